"""Callers in line: who is answered next, what they hear, and what is left of them."""

from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from accounts.keys.api_keys import revoke_key
from accounts.members import trust
from telephony.admission.overflow import SPARE_ROUNDS
from telephony.spoken.languages import BY_LANGUAGE, ENGLISH
from telephony.spoken.music import SECONDS
from testing.office import browser_of
from testing.phone_number import attempts, line_of, post_form
from usage.billing.settlement import finalize
from usage.models import Call, CallRules, Quota, WaitingCaller
from usage.quota.quotas import slots_in_use
from usage.waiting import callers, order
from voicex.reasons.attempts import AttemptReason

FIRST, SECOND, THIRD = ("CA" + digit * 32 for digit in "123")


@pytest.fixture
def line(cast):
    """A number with one line, which is in use, and callers who wait."""
    cache.clear()  # how many have joined is counted there
    line = line_of(cast.acorn)
    Quota.objects.create(org=line.org, concurrent_calls=1)
    CallRules.objects.create(org=line.org, when_busy="queue")
    line.answered()
    return line


def verbs(response):
    assert response.status_code == 200
    return [(each.tag, each.text or "") for each in ElementTree.fromstring(response.content)]


class Waiting:
    """A caller whom the webhook has put in line; the carrier asks again with `asks`."""

    def __init__(self, line, call_sid):
        self.line, self.call_sid = line, call_sid
        self.heard = verbs(line.rings(CallSid=call_sid))
        self.url = urlsplit(dict(self.heard)["Redirect"]).path

    def asks(self, **fields):
        form = self.line.form(CallSid=self.call_sid, **{"CallStatus": "in-progress"} | fields)
        answer = post_form(self.line.client, self.url, form)
        self.heard = verbs(answer)
        self.forwarded_to = urlsplit(ElementTree.fromstring(answer.content)[0].get("action")).path
        return [tag for tag, _text in self.heard]

    @property
    def row(self):
        return WaitingCaller.objects.get(carrier_call_id=self.call_sid)


def a_line_is_free(line):
    for call in Call.objects.filter(org=line.org, ended_at=None):
        finalize(call.pk, reason="stop", now=timezone.now())


def test_a_waiting_caller_hears_words_the_place_and_music(line):
    first, second = Waiting(line, FIRST), Waiting(line, SECOND)
    said = [text for tag, text in first.heard if tag == "Say"]
    assert said == [ENGLISH.in_line, ENGLISH.next_in_line]
    assert ("Say", ENGLISH.place_in_line.replace("{place}", "2")) in second.heard
    sound = line.client.get(urlsplit(dict(first.heard)["Play"]).path)
    assert (sound.status_code, sound["Content-Type"]) == (200, "audio/wav")
    assert "max-age" in sound["Cache-Control"]
    again = line.client.get("/api/twilio/music.wav", headers={"If-None-Match": sound["ETag"]})
    assert again.status_code == 304
    assert first.asks() == ["Play", "Redirect"]  # the place is the same


def test_waiting_callers_hold_no_slot_and_the_first_is_answered_once(line):
    first, second = Waiting(line, FIRST), Waiting(line, SECOND)
    assert slots_in_use(line.org, now=timezone.now()) == 1
    a_line_is_free(line)
    assert second.asks()[-1] == "Redirect"  # asks first, and is second
    # Nor does a new caller pass them by.
    assert Waiting(line, THIRD).row.pk > second.row.pk
    assert first.asks() == first.asks() == ["Connect"]  # a repeat is the same call
    assert Call.objects.filter(org=line.org, carrier_call_id=FIRST).count() == 1
    assert Call.objects.get(carrier_call_id=FIRST).carrier_report.keys() <= {"waited_s"}
    assert second.asks()[0] == "Say"  # is next now
    assert second.heard[0][1] == ENGLISH.next_in_line
    assert ("answered", "", FIRST) in attempts(line.org)
    assert (first.row.result, first.row.from_number) == ("answered", "")


@pytest.mark.parametrize("how", ["asked", "status", "silence"])
def test_a_waiting_caller_who_hangs_up_is_a_missed_caller(line, how):
    first, second = Waiting(line, FIRST), Waiting(line, SECOND)
    if how == "asked":
        assert first.asks(CallStatus="completed") == ["Hangup"]
    elif how == "status":
        callers.left(org_id=line.org.public_id, call_id=FIRST, now=timezone.now())
    else:
        later = timezone.now() + callers.SILENT_AFTER + timedelta(seconds=1)
        WaitingCaller.objects.filter(pk=second.row.pk).update(seen_at=later)
        callers.sweep(now=later)
    assert (first.row.result, first.row.from_number) == ("left", "")
    rows = [each for each in attempts(line.org) if each[2] == FIRST]
    assert rows == [("answered", "waiting", FIRST), ("declined", "left_queue", FIRST)]
    a_line_is_free(line)
    assert second.asks() == ["Connect"]
    callers.sweep(now=timezone.now() + callers.KEPT + timedelta(minutes=5))
    assert not WaitingCaller.objects.exists()


@pytest.mark.parametrize("is_swept", [True, False])
def test_who_was_not_heard_of_while_the_database_was_away_has_their_place_again(line, is_swept):
    first, second = Waiting(line, FIRST), Waiting(line, SECOND)
    WaitingCaller.objects.update(parameters={"shop": "5"})
    away = callers.SILENT_AFTER + timedelta(seconds=1)
    WaitingCaller.objects.filter(pk=first.row.pk).update(seen_at=timezone.now() - away)
    if is_swept:
        callers.sweep(now=timezone.now())
        assert first.row.result == "left"
    assert first.asks() == ["Play", "Redirect"]  # the place is the same
    row = first.row
    assert (row.result, row.ended_at, row.from_number) == ("", None, "+4930123456")
    assert row.parameters == {"shop": "5"}
    a_line_is_free(line)
    assert second.asks()[-1] == "Redirect"
    assert first.asks() == ["Connect"]


def test_who_was_reported_to_have_left_does_not_come_back(line):
    first = Waiting(line, FIRST)
    away = callers.SILENT_AFTER + timedelta(seconds=1)
    WaitingCaller.objects.update(seen_at=timezone.now() - away)
    assert first.asks(CallStatus="completed") == ["Hangup"]
    assert first.asks() == ["Hangup"]


def test_a_repeated_request_of_an_answered_caller_returns_the_same_call(line, monkeypatch):
    first = Waiting(line, FIRST)
    a_line_is_free(line)
    assert first.asks() == ["Connect"]
    monkeypatch.setattr("telephony.admission.overflow.TRIED", 1)
    second = Waiting(line, SECOND)
    CallRules.objects.update(longest_wait_minutes=1)
    WaitingCaller.objects.update(arrived_at=timezone.now() - timedelta(minutes=2))
    assert first.asks() == ["Connect"]
    assert Call.objects.filter(carrier_call_id=FIRST).count() == 1
    assert second.row.result == ""


def test_the_longest_sentence_is_over_before_the_caller_is_taken_for_gone(line):
    CallRules.objects.update(busy_sentence="a" * 300)
    Waiting(line, FIRST)
    answer = line.rings(CallSid=SECOND)
    plays = [each for each in ElementTree.fromstring(answer.content) if each.tag == "Play"]
    music = sum(SECONDS * int(each.get("loop", "1")) for each in plays)
    words = sum(len(text) for tag, text in verbs(answer) if tag == "Say") / 10  # a slow voice's
    # The longest place of another language is longer.
    places = [len(each.place_in_line) for each in BY_LANGUAGE.values()]
    words += (max(places) - len(ENGLISH.place_in_line)) / 10
    assert music + words < order.UNASKED_FOR.total_seconds() < order.GONE_AFTER.total_seconds()


def test_the_wait_is_limited_by_the_organization(line):
    first = Waiting(line, FIRST)
    WaitingCaller.objects.update(arrived_at=timezone.now() - timedelta(minutes=6))
    assert first.asks() == ["Say", "Hangup"]
    assert first.heard[0][1] == ENGLISH.declines[AttemptReason.WAITED_TOO_LONG]
    assert attempts(line.org)[-1] == ("declined", "waited_too_long", FIRST)
    assert first.asks() == ["Hangup"]
    second = Waiting(line, SECOND)
    CallRules.objects.update(busy_number="+14155550100", longest_wait_minutes=1)
    WaitingCaller.objects.update(arrived_at=timezone.now() - timedelta(minutes=2))
    assert second.asks() == ["Dial"]
    dialed = {"CallSid": SECOND, "CallStatus": "in-progress", "DialCallStatus": "busy"}
    over = post_form(line.client, second.forwarded_to, line.form(**dialed))
    assert [tag for tag, _text in verbs(over)] == ["Say", "Hangup"]


def test_unsigned_fake_callers_do_not_delay_others(line):
    for n in range(6):
        line.rings(CallSid=f"CA{n:032x}", From=f"+4930555000{n}")
    real = Waiting(line, FIRST)
    # What they are told is true if the others exist.
    assert ("Say", ENGLISH.place_in_line.replace("{place}", "7")) in real.heard
    a_line_is_free(line)
    assert real.asks()[-1] == "Redirect"
    unasked = WaitingCaller.objects.filter(rounds=0)
    unasked.update(seen_at=timezone.now() - order.UNASKED_FOR)
    assert real.asks() == ["Connect"]


def test_without_signatures_callers_who_come_together_are_told_their_places(line):
    numbers = [f"+4930555000{n}" for n in range(5)]
    for n, number in enumerate(numbers):
        line.rings(CallSid=f"CA{n:032x}", From=number)
    said = WaitingCaller.objects.order_by("pk").values_list("place_said", flat=True)
    assert list(said) == [1, 2, 3, 4, 5]


def test_unsigned_fake_callers_do_not_fill_the_line(line, monkeypatch):
    monkeypatch.setattr(callers, "MOST_WAITING", 2)
    for n in range(3):
        line.rings(CallSid=f"CA{n:032x}", From=f"+4930555000{n}")
    real = Waiting(line, FIRST)
    assert real.asks()[-1] == "Redirect"


def test_another_reason_ends_the_waiting_in_words(line):
    first = Waiting(line, FIRST)
    type(line.org).objects.filter(pk=line.org.pk).update(state="suspended")
    assert first.asks() == ["Say", "Hangup"]
    assert first.row.result == "declined"
    assert attempts(line.org)[-1] == ("declined", "suspended", FIRST)


def test_who_asks_more_often_than_the_music_ends_loses_the_place(line):
    first, second = Waiting(line, FIRST), Waiting(line, SECOND)
    most = int(5 * 60 / SECONDS) + SPARE_ROUNDS
    WaitingCaller.objects.update(rounds=most)
    assert second.asks()[-1] == "Redirect"
    WaitingCaller.objects.update(rounds=most + 1)
    assert first.asks() == ["Say", "Hangup"]
    assert first.row.result == "too_long"


def test_a_key_that_has_ended_ends_the_waiting(line, cast):
    first = Waiting(line, FIRST)
    revoke_key(line.org, key=line.key, actor=cast.alice)
    assert first.asks() == ["Say", "Hangup"]
    assert first.heard[0][1] == ENGLISH.declines[AttemptReason.NO_ACTIVE_AGENT]
    assert first.row.result == "declined"


def test_only_so_many_wait_and_few_of_a_new_organization(line, monkeypatch):
    monkeypatch.setattr(callers, "MOST_WAITING", 1)
    Waiting(line, FIRST)
    WaitingCaller.objects.update(rounds=1)
    response = line.rings(CallSid=SECOND)
    assert [tag for tag, _text in verbs(response)] == ["Say", "Hangup"]
    assert attempts(line.org)[-1] == ("declined", "no_slot", SECOND)
    assert cache.get(f"rate:line:{line.org.pk}") == 1  # a full line counts nobody
    assert order.MOST_OF_UNPROVEN < order.MOST_WAITING


@pytest.mark.parametrize(
    ("is_proven", "bound"), [(True, "JOINS_A_MINUTE"), (False, "JOINS_OF_POOL_A_MINUTE")]
)
def test_who_joins_and_leaves_again_and_again_is_stopped(line, monkeypatch, is_proven, bound):
    monkeypatch.setattr(trust, bound, 2)
    if not is_proven:
        type(line.org).objects.filter(pk=line.org.pk).update(proven_at=None)
    for call_sid in (FIRST, SECOND):
        waiting = Waiting(line, call_sid)
        assert line.rings(CallSid=call_sid).status_code == 200  # a repeat does not count
        assert waiting.asks(CallStatus="completed") == ["Hangup"]
    assert [tag for tag, _text in verbs(line.rings(CallSid=THIRD))] == ["Say", "Hangup"]
    assert WaitingCaller.objects.count() == 2
    cache.clear()  # a minute later
    assert Waiting(line, THIRD).row.result == ""


def test_callers_are_counted_before_the_lock_that_calls_are_opened_under(line, monkeypatch):
    """The cache that counts may hang."""
    locks = []

    def counted(_org) -> bool:
        locks.append(list(connection.savepoint_ids))  # of transactions in that of the test
        return True

    monkeypatch.setattr(callers, "may_join_line", counted)
    Waiting(line, FIRST)
    assert locks == [[]]


def test_a_url_is_of_one_caller_and_asked_by_the_carrier_alone(line):
    first = Waiting(line, FIRST)
    form = line.form(CallSid=SECOND, CallStatus="in-progress")
    assert post_form(line.client, first.url, form).status_code == 403
    assert line.client.get(first.url).status_code == 405
    WaitingCaller.objects.all().delete()
    form = line.form(CallSid=FIRST, CallStatus="in-progress")
    assert post_form(line.client, first.url, form).status_code == 403


def test_the_page_of_live_calls_shows_waiting_callers(line, cast):
    Waiting(line, FIRST)
    page = browser_of(cast.alice).get(f"/o/{line.org.public_id}/calls/live/")
    assert "+4930123456" in page.content.decode()
    assert "1 caller in line" in page.content.decode()
