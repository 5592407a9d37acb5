"""The page of live calls: what it shows, and hanging up."""

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.carriers.accounts import name_account
from accounts.models import AuditEntry
from accounts.secrets.vault import store_secret
from agents.transfers.targets import Target
from dashboard.live import live_calls
from telephony.calls import live_hub
from telephony.calls.supervision import asking
from testing.filled_forms import as_shown
from testing.office import Office, browser_of
from usage.billing.settlement import record_end
from usage.models import Call, Turn
from usage.outbox.hang_ups import note_refusal
from usage.records.calls import save_usage
from usage.transfers.records import TransferOrder, begin

CALL_SID = "CA" + "7" * 32


@pytest.fixture
def orders(monkeypatch):
    given = []

    async def order(call_id, what, **said):
        given.append((call_id, what, *filter(None, said.values())))

    monkeypatch.setattr(live_hub, "order", order)
    return given


async def answers_nothing(*_args, **_said):
    return ""


def beats(call):
    """A heartbeat of the process that carries the call: why it is to end, or ""."""
    facts = ("stream_ms", "stt_ms", "llm_tokens_in", "llm_tokens_out", "tts_characters")
    nothing = dict.fromkeys(facts, 0)
    return save_usage(call.pk, sequence=1, is_final=False, now=timezone.now(), **nothing)


def test_the_page_says_what_to_do_when_nobody_is_on_the_line(cast, acorn):
    text = browser_of(cast.vera).get(acorn.url("calls/live/")).text
    assert "No calls in progress" in text


def test_live_calls_are_shown_with_their_last_words_and_no_others(cast, acorn):
    call = acorn.rings(CALL_SID)
    acorn.says(call, 1, "Hello.")
    acorn.says(call, 2, "<b>when</b> do you open")
    acorn.hangs_up(acorn.rings("CA" + "6" * 32))
    Office(cast.birch).rings("CA" + "8" * 32)
    text = browser_of(cast.vera).get(acorn.url("calls/live/part/")).text
    assert "&lt;b&gt;when&lt;/b&gt; do you open" in text
    assert "thinking" in text
    assert text.count("data-began") == 1
    assert "1 call in progress" in text
    assert "CA" + "8" * 32 not in text


def test_a_tools_arguments_are_not_shown_as_words_of_the_caller(cast, acorn):
    call = acorn.rings(CALL_SID)
    acorn.says(call, 2, "Where is my order?")
    acorn.says(call, 3, "One moment, please.")
    acorn.runs(call, 4, 'find_order {"order_id": "4711"}', gave="{}")
    text = browser_of(cast.vera).get(acorn.url("calls/live/part/")).text
    assert "One moment, please." in text
    assert "4711" not in text
    assert str(live_calls.THINKING) in text


@pytest.mark.parametrize(
    ("turn", "doing"),
    [
        (None, live_calls.THINKING),  # about its greeting
        (Turn(role="caller", text="hi"), live_calls.THINKING),
        (Turn(role="agent", text="We open", heard_text="We"), live_calls.SPEAKING),
        (Turn(role="agent", text="We open ", heard_text="We open"), live_calls.LISTENING),
        (
            Turn(role="agent", text="We open", heard_text="We", interrupted=True),
            live_calls.LISTENING,
        ),
    ],
)
def test_what_the_agent_does_follows_from_the_turns(turn, doing):
    assert live_calls.doing(Call(state="live"), turn) == doing
    assert live_calls.doing(Call(state="opened"), turn) == live_calls.CONNECTING


def test_the_page_asks_few_questions_however_many_calls_there_are(
    cast, acorn, django_assert_max_num_queries
):
    browser = browser_of(cast.vera)
    for number in range(5):
        call = acorn.rings(f"CA{number:032}")
        acorn.says(call, 1, "Hello.")
        Call.objects.filter(pk=call.pk).update(state="live")
    with django_assert_max_num_queries(9):
        browser.get(acorn.url("calls/live/part/"))


def put_through(call, target="Sales"):
    order = TransferOrder(Target(target, "+14155550100"))
    began = timezone.now() - timedelta(minutes=3)
    begin(call.pk, order, generation=call.generation, now=began)


def test_callers_who_are_with_a_person_are_listed_apart(cast, acorn, django_assert_max_num_queries):
    put_through(acorn.rings(CALL_SID))
    put_through(Office(cast.birch).rings("CA" + "8" * 32), "Elsewhere")
    browser, page = browser_of(cast.adam), acorn.url("calls/live/part/")
    with django_assert_max_num_queries(9):
        text = browser.get(page).text
    assert text.count("1 caller with a person") == 2  # a screen reader's, and the title
    assert "Sales" in text
    assert "Elsewhere" not in text
    assert acorn.url(f"calls/{CALL_SID}/hang-up/") in text
    assert "No caller is with an agent" in text
    assert "No calls in progress" not in text
    assert "data-listen" not in text
    assert "hang-up/" not in browser_of(cast.bob).get(page).text
    Call.objects.filter(carrier_call_id=CALL_SID).update(state="ended", ended_at=timezone.now())
    assert "No calls in progress" in browser.get(page).text


def test_only_admins_are_offered_listening_and_hanging_up(cast, acorn):
    acorn.rings(CALL_SID)
    for user, is_offered in ((cast.adam, True), (cast.bob, False)):
        text = browser_of(user).get(acorn.url("calls/live/part/")).text
        assert ("data-listen" in text) is is_offered
        assert ("hang-up/" in text) is is_offered


def test_hanging_up_is_asked_for_first_ordered_and_written_down(cast, acorn, orders):
    call = acorn.rings(CALL_SID)
    browser = browser_of(cast.adam)
    page = acorn.url(f"calls/{CALL_SID}/hang-up/")
    assert "Hang up this call?" in browser.get(page).text
    assert orders == []
    answer = browser.post(page, follow=True)
    assert "Hanging up …" in answer.text
    assert orders == [(call.pk, live_hub.HANG_UP)]
    [entry] = AuditEntry.objects.filter(action="call.hung_up")
    assert (entry.actor, entry.target) == (cast.adam, CALL_SID)


def test_a_call_that_is_over_cannot_be_hung_up(cast, acorn, orders):
    acorn.hangs_up(acorn.rings(CALL_SID))
    page = acorn.url(f"calls/{CALL_SID}/hang-up/")
    answer = browser_of(cast.adam).post(page, follow=True)
    assert "has already ended" in answer.text
    assert orders == []


@pytest.mark.parametrize("state", ["transfer", "return"])
def test_a_call_that_is_put_through_is_not_said_to_be_over(cast, acorn, orders, state):
    call = acorn.rings(CALL_SID)
    Call.objects.filter(pk=call.pk).update(state=state)
    browser = browser_of(cast.adam)
    paths = {"hang-up/": {}, "say/": {"text": "One moment"}}
    if state == "transfer":
        del paths["hang-up/"]  # its carrier could end it
    for path, posted in paths.items():
        text = browser.post(acorn.url(f"calls/{CALL_SID}/{path}"), posted, follow=True).text
        assert "isn’t with an agent right now" in text
        assert "already ended" not in text
    assert orders == []


def test_a_caller_who_is_with_a_person_is_hung_up_or_it_is_said_who_can(cast, acorn, orders):
    account = "AC" + "1" * 32
    call = acorn.rings(CALL_SID)
    Call.objects.filter(pk=call.pk).update(state="transfer", account_sid=account)
    browser, page = browser_of(cast.adam), acorn.url(f"calls/{CALL_SID}/hang-up/")
    assert page in browser.get(acorn.url(f"calls/{CALL_SID}/")).text
    for ask in (browser.get, browser.post):
        assert "End the call in Twilio’s Console" in ask(page, follow=True).text
    assert Call.objects.get(pk=call.pk).ended_at is None
    name_account(acorn.org, account, carrier="twilio", actor=None)
    store_secret(acorn.org, name="twilio_auth_token", value="0" * 32, actor=None)
    assert "Twilio is asked to end the call for both" in browser.get(page).text
    assert "Twilio is being asked to end the call" in browser.post(page, follow=True).text
    note_refusal(call.pk, "wrong_token")
    refused = browser.get(acorn.url(f"calls/{CALL_SID}/")).text
    assert "may still be connected to a person" in refused
    assert "Twilio rejected this auth token" in refused
    assert orders == []


def assists(acorn, browser, path, typed, *, is_by_script):
    cache.clear()
    headers = {"HX-Request": "true"} if is_by_script else {}
    return browser.post(acorn.url(f"calls/{CALL_SID}/{path}/"), typed, headers=headers)


def test_a_sentence_that_was_sent_leaves_its_own_form_alone_and_is_announced(cast, acorn, orders):
    call = acorn.rings(CALL_SID)
    browser = browser_of(cast.adam)
    typed = {"say": "One moment", "note": "Offer the later"}
    answer = assists(acorn, browser, "say", typed, is_by_script=True)
    assert orders == [(call.pk, "say", "One moment")]
    assert answer.status_code == 200
    # What is being written in the two other fields is not replaced, and the focus finds its button.
    assert 'id="say-text-send"' in answer.text
    assert 'id="tell-text"' not in answer.text
    assert 'id="own-number"' not in answer.text
    assert "One moment" not in answer.text
    told = json.loads(answer.headers["HX-Trigger"])["voicex:toast"]["text"]
    assert told == "The agent says it as soon as nobody else is speaking."


@pytest.mark.parametrize("is_by_script", [True, False])
@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("say", {"say": "word " * 101}, "Shorten it"),
        ("tell", {"note": "word " * 101}, "Shorten it"),
        ("tell", {"text": "word " * 101}, "Shorten it"),  # of a page from before an update
        ("take-over", {"number": "0171 what"}, "with + and country code, such as"),
    ],
)
def test_what_was_refused_stays_in_its_field(cast, acorn, orders, path, typed, said, is_by_script):
    acorn.rings(CALL_SID)
    browser = browser_of(cast.adam)
    answer = assists(acorn, browser, path, typed, is_by_script=is_by_script)
    assert answer.status_code == 422
    assert next(iter(typed.values())) in answer.text
    assert said in answer.text
    assert 'role="alert"' in answer.text
    assert orders == []


def test_what_was_typed_for_a_call_that_has_ended_is_shown_on_its_page(cast, acorn, orders):
    acorn.hangs_up(acorn.rings(CALL_SID))
    typed = {"note": "Ask for the <invoice>", "say": "I’m sorry"}
    answer = assists(acorn, browser_of(cast.adam), "tell", typed, is_by_script=False)
    assert "Ask for the &lt;invoice&gt;" in answer.text
    assert "I’m sorry" in answer.text
    assert "already ended" in answer.text


TYPED = {"say": "One moment", "note": "Offer the later date", "number": "+14155550100"}


def fields_of(page):
    shown = as_shown(page, "say")
    return {name: shown[name] for name in TYPED}


@pytest.mark.parametrize(
    ("path", "name", "wrong", "left"),
    [
        ("say", "say", "", ""),
        ("tell", "note", "word " * 101, ""),
        # The number of the last time stands there by itself.
        ("take-over", "number", "0171 what", "+14155550100"),
    ],
)
def test_without_a_script_what_stood_in_the_other_fields_stays(
    cast, acorn, orders, monkeypatch, path, name, wrong, left
):
    monkeypatch.setattr(asking, "ask", answers_nothing)
    acorn.rings(CALL_SID)
    browser = browser_of(cast.adam)
    refused = assists(acorn, browser, path, TYPED | {name: wrong}, is_by_script=False)
    assert refused.status_code == 422
    assert fields_of(refused.text) == TYPED | {name: wrong}
    page = acorn.url(f"calls/{CALL_SID}/")
    assert assists(acorn, browser, path, TYPED, is_by_script=False).url == page
    # On the page of no other call, and once.
    acorn.rings("CA" + "6" * 32)
    other = browser.get(acorn.url(f"calls/CA{'6' * 32}/")).text
    assert fields_of(other)["say" if name != "say" else "note"] == ""
    assert fields_of(browser.get(page).text) == TYPED | {name: left}
    assert fields_of(browser.get(page).text)["say" if name != "say" else "note"] == ""


def test_enter_in_the_number_takes_over_and_says_nothing(cast, acorn):
    """A browser presses the first button of the form: text areas know no such Enter."""
    acorn.rings(CALL_SID)
    page = browser_of(cast.adam).get(acorn.url(f"calls/{CALL_SID}/")).text
    assert re.search(r"<button[^>]*formaction=\"([^\"]*)\"", page)[1].endswith("/take-over/")


def test_the_heading_of_a_call_comes_before_what_may_be_done_in_it(cast, acorn):
    acorn.rings(CALL_SID)
    browser = browser_of(cast.adam)
    page = browser.get(acorn.url(f"calls/{CALL_SID}/")).text
    assert page.index("<h1>") < page.index('id="supervise"') < page.index("data-live=")
    # A script brings the head and what is below, and leaves what is written in between.
    part = browser.get(acorn.url(f"calls/{CALL_SID}/live/")).text
    assert (
        part.index('id="call-head" data-with-live') < part.index("<h1>") < part.index("data-live=")
    )
    assert 'id="supervise"' not in part


def test_a_call_that_was_said_to_be_over_is_shown_and_hung_up_while_it_is_carried(
    cast, acorn, orders
):
    call = acorn.rings(CALL_SID)
    assert record_end(call.pk, reason="stream_stopped", now=timezone.now())
    browser = browser_of(cast.adam)
    assert "1 call in progress" in browser.get(acorn.url("calls/live/part/")).text
    answer = browser.post(acorn.url(f"calls/{CALL_SID}/hang-up/"), follow=True)
    assert "Hanging up …" in answer.text
    assert orders == [(call.pk, live_hub.HANG_UP)]


def test_a_call_whose_process_fell_silent_is_not_shown_as_live(cast, acorn, orders):
    call = acorn.rings(CALL_SID)
    Call.objects.filter(pk=call.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    browser = browser_of(cast.adam)
    assert "No calls in progress" in browser.get(acorn.url("calls/live/part/")).text
    answer = browser.post(acorn.url(f"calls/{CALL_SID}/hang-up/"), follow=True)
    assert "has already ended" in answer.text
    assert Call.objects.get().end_reason == "hung_up_by_member"


def test_a_server_that_cannot_be_reached_is_said_in_words(cast, acorn, monkeypatch):
    async def away(*_args):
        raise ConnectionError

    monkeypatch.setattr(live_hub, "order", away)
    acorn.rings(CALL_SID)
    page = acorn.url(f"calls/{CALL_SID}/hang-up/")
    answer = browser_of(cast.adam).post(page, follow=True)
    assert "Can’t reach the server that handles this call" in answer.text
    # Its process reads it with its next heartbeat all the same.
    assert beats(Call.objects.get()) == "hung_up_by_member"
