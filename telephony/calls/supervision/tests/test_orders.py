"""Orders of members to live calls: audited, bounded, and obeyed by the process with the call."""

import asyncio
from types import SimpleNamespace

import pytest
from channels.layers import get_channel_layer
from django.core.cache import cache

from accounts.models import AuditEntry, Membership
from agents.transfers.targets import Target
from telephony.calls.supervision import asking, control, orders
from telephony.calls.supervision.orders import Sent
from telephony.session.events import NoteGiven, SayAsked
from testing.cast import PASSWORD
from testing.guard import GUARD_SECONDS
from testing.office import browser_of
from usage.models import Call, Transfer

LONG_AGO = 100_000  # seconds since the log-in


class Carried:
    """A live call, and what it was ordered."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.answer = control.TakeOver.BEGINS
        self.sink = self.put_through = self

    def emit(self, event):
        self.told.append(event)

    def order(self, target):
        self.told.append(target)
        return self.answer


@pytest.fixture
def carried(monkeypatch):
    """A call of this process, which gets what is sent."""
    carried = Carried()

    async def order(call_id, what, *, answer_to="", **rest):
        if answer := control.supervise(carried, {"order": what, **rest}):
            await get_channel_layer().send(answer_to, {"type": "answer", "answer": answer})

    monkeypatch.setattr(orders.live_hub, "order", order)
    cache.clear()
    return carried


@pytest.fixture
def sent(carried):
    """What was sent to the processes, as a call of this one would take it."""
    return carried.told


def entries():
    return list(
        AuditEntry.objects.filter(action__startswith="call.")
        .order_by("pk")
        .values_list("action", "target")
    )


def test_words_notes_and_a_number_reach_the_call_and_the_audit_log_without_the_words(
    cast, acorn, sent
):
    call = acorn.rings("CA1")
    assert orders.say(call, "We open\n at  eight.", actor=cast.adam) is Sent.SENT
    assert orders.note(call, "A good client.", actor=cast.adam) is Sent.SENT
    assert orders.take_over(call, "+1 (415) 555-0100", actor=cast.adam) is Sent.SENT
    assert sent == [
        SayAsked("We open at eight."),
        NoteGiven("A good client."),
        Target("adam@example.com", "+14155550100"),
    ]
    assert sorted(entries()) == [
        ("call.noted", "CA1"), ("call.said", "CA1"), ("call.taken_over", "CA1")
    ]  # fmt: skip
    assert orders.own_number(acorn.org, cast.adam) == "+14155550100"
    assert not Membership.objects.get(user=cast.alice, org=acorn.org).phone


def test_words_that_are_too_long_are_not_said_in_part_and_stay_in_their_field(cast, acorn, sent):
    call, page = acorn.rings("CA1"), acorn.url("calls/CA1/")
    longest = "We open at eight. " * 28  # 503 characters without the last blank
    for text in (longest, "Late." + " " * 2_000 + "Later."):
        assert orders.say(call, text, actor=cast.adam) is Sent.TOO_LONG
        assert orders.note(call, text, actor=cast.adam) is Sent.TOO_LONG
    browser = browser_of(cast.adam)
    part = browser.post(f"{page}say/", {"text": longest}, headers={"HX-Request": "true"}).text
    assert "That is longer than 500 characters." in part
    assert longest in part
    assert (sent, entries()) == ([], [])
    assert orders.say(call, longest[:500] + "   ", actor=cast.adam) is Sent.SENT


@pytest.mark.parametrize("number", ["", "0900 1234", "sip:me@example.com", "+1" * 90, "911"])
def test_only_a_whole_number_takes_a_call_over(cast, acorn, sent, number):
    call = acorn.rings("CA1")
    assert orders.take_over(call, number, actor=cast.adam) is Sent.NO_NUMBER
    assert (sent, entries()) == ([], [])


def test_orders_are_refused_for_ended_calls_empty_texts_tests_and_floods(
    cast, acorn, sent, monkeypatch
):
    call = acorn.rings("CA1")
    assert orders.say(call, " \n", actor=cast.adam) is Sent.EMPTY
    Call.objects.filter(pk=call.pk).update(channel="browser")
    call.refresh_from_db()
    assert orders.take_over(call, "+14155550100", actor=cast.adam) is Sent.NO_LINE
    monkeypatch.setattr(orders, "MOST_A_MINUTE", 1)
    assert orders.say(call, "One.", actor=cast.adam) is Sent.SENT
    assert orders.say(call, "Two.", actor=cast.adam) is Sent.TOO_MANY
    acorn.hangs_up(call)
    call.refresh_from_db()
    assert orders.say(call, "Late.", actor=cast.alice) is Sent.OVER
    assert sent == [SayAsked("One.")]


def test_a_new_organizations_call_is_not_taken_over_and_the_page_says_why(cast, acorn, sent):
    call = acorn.rings("CA1")
    Call.objects.filter(pk=call.pk).update(is_pooled=True)
    page = acorn.url("calls/CA1/")
    browser = browser_of(cast.adam)
    answer = browser.post(f"{page}take-over/", {"number": "+14155550100"})
    assert answer.status_code == 422
    assert "An owner has to confirm their email address first." in answer.text
    assert (sent, entries()) == ([], [])


def test_a_caller_who_was_put_through_too_often_is_not_taken_over(cast, acorn, sent):
    call = acorn.rings("CA1")
    for number in range(1, 6):
        Transfer.objects.create(
            call=call, number=number, target="Sales", address="+1", began_at=call.opened_at
        )
    assert orders.take_over(call, "+14155550100", actor=cast.adam) is Sent.TOO_OFTEN
    assert (sent, entries()) == ([], [])


def test_an_admin_assists_from_the_page_of_the_call_and_others_do_not_see_it(cast, acorn, sent):
    call = acorn.rings("CA1")
    page = acorn.url("calls/CA1/")
    admin = browser_of(cast.adam)
    assert 'id="supervise"' in admin.get(page).text
    assert 'id="supervise"' not in browser_of(cast.bob).get(page).text
    assert admin.post(f"{page}say/", {"say": "Hold on."}).url == page
    assert "as soon as nobody else is speaking" in admin.get(page).text
    part = admin.post(f"{page}take-over/", {"number": "12"}, headers={"HX-Request": "true"}).text
    assert "Enter your number with +" in part
    assert 'value="12"' in part
    assert sent == [SayAsked("Hold on.")]
    acorn.hangs_up(call)
    assert 'id="supervise"' not in admin.get(page).text


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (control.TakeOver.ENDING, "The agent is saying goodbye"),
        (control.TakeOver.UNDER_WAY, "already being put through"),
        (control.TakeOver.IMPOSSIBLE, "can’t be put through"),
    ],
)
def test_a_take_over_that_does_not_begin_is_said_so_in_the_form_and_no_number_is_kept(
    cast, acorn, carried, answer, told
):
    acorn.rings("CA1")
    carried.answer = answer
    page = acorn.url("calls/CA1/take-over/")
    part = browser_of(cast.adam).post(
        page, {"number": "+14155550100"}, headers={"HX-Request": "true"}
    )
    assert part.status_code == 422
    assert told in part.text
    assert [action for action, _ in entries()] == ["call.taken_over", "call.not_taken_over"]
    assert orders.own_number(acorn.org, cast.adam) == ""


def test_an_old_session_confirms_a_new_number_and_then_the_caller_is_put_through(cast, acorn, sent):
    acorn.rings("CA1")
    page = acorn.url("calls/CA1/")
    stale = browser_of(cast.adam, logged_in_ago=LONG_AGO)
    typed = {"number": "+14155550100", "note": "She is a regular."}
    asked = stale.post(f"{page}take-over/", typed, headers={"HX-Request": "true"})
    assert (asked.status_code, sent, entries()) == (401, [], [])
    done = stale.post(asked.headers["HX-Redirect"], {"password": PASSWORD})
    assert done.url == page
    assert sent == [Target("adam@example.com", "+14155550100")]
    assert "She is a regular." in stale.get(page).text


def test_an_old_session_takes_over_at_the_number_of_the_last_time(cast, acorn, sent):
    acorn.rings("CA1")
    Membership.objects.filter(org=acorn.org, user=cast.adam).update(phone="+14155550100")
    stale = browser_of(cast.adam, logged_in_ago=LONG_AGO)
    page = acorn.url("calls/CA1/")
    assert stale.post(f"{page}take-over/", {"number": "+1 415 555-0100"}).url == page
    assert sent == [Target("adam@example.com", "+14155550100")]


async def test_a_layer_that_does_not_answer_is_not_waited_for(carried, monkeypatch):
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(asking.live_hub, "SEND_SECONDS", 0.01)
    monkeypatch.setattr(asking, "get_channel_layer", lambda: SimpleNamespace(new_channel=never))
    async with asyncio.timeout(GUARD_SECONDS):
        with pytest.raises(TimeoutError):
            await asking.ask(81, control.Order.SAY, text="Hello.", address="")
    assert carried.told == []


async def test_an_order_that_no_process_answers_counts_as_sent(carried, monkeypatch):
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.01)
    assert await asking.ask(81, control.Order.SAY, text="Hello.", address="") == ""
    assert carried.told == [SayAsked("Hello.")]
