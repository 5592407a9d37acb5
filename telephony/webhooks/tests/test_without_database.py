"""While the database is away callers hear words, at once and in the agent's language."""

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from agents.versions.publishing import publish
from telephony.process.known_keys import KnownKeys
from telephony.process.recent_calls import RecentCalls
from telephony.process.runtime import Runtime
from telephony.spoken.languages import ENGLISH, GERMAN
from telephony.webhooks import asgi, callbacks, decorators, without_database
from telephony.webhooks import voice as voice_webhook
from telephony.webhooks.asgi import WebhookApplication
from telephony.webhooks.callback_urls import Callback, make_callback_token
from telephony.webhooks.without_database import MOST_WAITS, WAITS_OF_UNKNOWN
from testing.calls.served import media_process, state
from testing.cast import Cast
from testing.phone_number import CALL_SID, PhoneNumber, attempts, line_of
from tests.test_webhook_application import post
from usage.models import Call
from usage.records.attempts import attempt_log
from voicex.bounds import log_throttle
from voicex.bounds.log_throttle import ThrottledWarning
from voicex.reasons.attempts import AttemptReason
from voicex.web.lifecycle import lifecycle

pytestmark = pytest.mark.django_db(transaction=True)

BUSY = AttemptReason.DATABASE_AWAY


@pytest.fixture
def line(cast: Cast) -> PhoneNumber:
    line = line_of(cast.acorn)
    publish(line.agent, language="de-AT")
    return line


@pytest.fixture
def known(monkeypatch) -> KnownKeys:
    """What the process knows of keys: nothing yet."""
    keys = KnownKeys()
    for module in (without_database, voice_webhook):
        monkeypatch.setattr(module, "known_keys", keys)
    return keys


@pytest.fixture
def recent(monkeypatch) -> RecentCalls:
    calls = RecentCalls()
    monkeypatch.setattr(without_database, "recent_calls", calls)
    return calls


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    """Nobody is waited for longer than a test may take."""
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 0.01)
    monkeypatch.setattr(asgi, "AGAIN_SECONDS", 0.002)


@pytest.fixture
def process(settings, tmp_path) -> Iterator[Runtime]:
    settings.VAR_DIR = tmp_path
    with media_process() as shared:
        yield shared


@pytest.fixture
def away(monkeypatch) -> None:
    monkeypatch.setattr(lifecycle, "database_is_away", lambda: True)
    monkeypatch.setattr(WebhookApplication, "_serve", pytest.fail)  # no thread is taken


def says(line: PhoneNumber, url: str, **fields: str) -> str:
    answer = asyncio.run(post(url, line.form(**fields), state=state()))
    assert answer["status"] == 200
    assert line.key_text.encode() not in answer["scope"]["query_string"]
    return str(answer["body"].decode())


def test_a_caller_of_a_line_that_has_rung_before_hears_why_and_is_written_down(
    line, known, process, monkeypatch
):
    assert line.rings(CallSid="CA" + "5e" * 16).status_code == 200
    monkeypatch.setattr(lifecycle, "database_is_away", lambda: True)

    async def rings() -> str:
        attempt_log.start(process.recorder)
        answer = await post(line.url(), line.form(), state=state())
        await asyncio.to_thread(process.recorder.close)
        attempt_log.close()
        return str(answer["body"].decode())

    said = asyncio.run(rings())
    assert GERMAN.declines[BUSY] in said
    assert 'language="de-DE"' in said
    assert not Call.objects.filter(carrier_call_id=CALL_SID).exists()
    assert attempts(line.org)[-1] == ("declined", "database_away", CALL_SID)


def test_keys_read_at_the_start_are_known_like_those_of_calls(line, known, process, away):
    known.read()
    for url in (line.url(), line.url(agent_id=line.agent.public_id)):
        assert GERMAN.declines[BUSY] in says(line, url)
    unknown = line.url(key_text="vx_" + "0" * 40)
    assert ENGLISH.declines[BUSY] in says(line, unknown)
    assert known.find("vx_" + line.key.prefix + "0" * 32, agent_id="") is None


def test_what_is_no_key_is_refused(line, process, away):
    answer = asyncio.run(post("/api/twilio/voice?api_key=vx_1", line.form(), state=state()))
    assert answer["status"] == 403


def test_a_webhook_that_waits_for_a_database_is_answered_within_seconds(
    line, known, process, monkeypatch
):
    known.read()
    may_end, is_away = threading.Event(), threading.Event()
    admit = voice_webhook.admit

    def slow(*args, **kwargs) -> Call:
        is_away.set()
        may_end.wait(60)
        return admit(*args, **kwargs)

    monkeypatch.setattr(voice_webhook, "admit", slow)
    monkeypatch.setattr(asgi, "WORDS_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(lifecycle, "database_is_away", is_away.is_set)

    async def rings() -> str:
        answer = await post(line.url(), line.form(), state=state())
        may_end.set()  # the database answers after all, and nobody waits for it
        assert await asyncio.to_thread(has_ended.wait, 60)
        return str(answer["body"].decode())

    finalize = voice_webhook.settlement.finalize
    has_ended = threading.Event()

    def ended(*args, **kwargs) -> None:
        finalize(*args, **kwargs)
        has_ended.set()

    monkeypatch.setattr(voice_webhook.settlement, "finalize", ended)
    assert GERMAN.declines[BUSY] in asyncio.run(rings())
    assert Call.objects.get().end_reason == "no_stream"


def test_one_whose_database_answers_late_is_waited_for(line, process, monkeypatch):
    monkeypatch.setattr(asgi, "WORDS_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(asgi, "AGAIN_SECONDS", 0.001)
    assert "<Stream" in says(line, line.url())


def test_a_database_that_refuses_is_no_fault_for_a_caller(line, known, monkeypatch):
    def refused(*_args, **_kwargs) -> Call:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(voice_webhook, "admit", refused)
    response = line.rings()
    assert response.status_code == 200
    assert ENGLISH.declines[BUSY] in response.text  # nothing is known of the line


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("agent_hung_up", None),
        ("transferred", GERMAN.no_way_back),
        ("media_lost", GERMAN.lost),
        ("", GERMAN.lost),
    ],
)
def test_after_a_goodbye_the_carrier_says_nothing(
    line, process, recent, away, monkeypatch, reason, said
):
    call = Call(pk=7, carrier="twilio", carrier_call_id=CALL_SID)
    recent.begin(CALL_SID, language="de", generation=0)
    recent.end(CALL_SID, reason=reason)
    url = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    waited = f"{url}?waited={MOST_WAITS}"
    if said:
        assert "<Redirect" in says(line, url, CallStatus="in-progress")
    told = says(line, waited if said else url, CallStatus="in-progress")
    assert said in told if said else "<Say" not in told
    assert "<Hangup" in told
    # Of another stream of the call this says nothing.
    call.generation = 1
    url = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}?waited={WAITS_OF_UNKNOWN}"
    assert GERMAN.lost in says(line, url, CallStatus="in-progress")
    assert "<Say" not in says(line, url, CallStatus="completed")


def next_of(document: str) -> str:
    """The path that is asked next."""
    found = re.search(r">http://localhost:8000([^<]+)</Redirect>", document)
    assert found is not None, document
    return found[1].replace("&amp;", "&")


def test_the_start_of_a_wait_is_only_taken_from_the_carrier(rf, line, process, away):
    call = Call(pk=7, carrier="twilio", carrier_call_id=CALL_SID)
    url = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    again = next_of(says(line, url, CallStatus="in-progress"))
    found = without_database.asked_at(rf.post(again))
    assert found is not None
    assert abs(timezone.now() - found) < timedelta(minutes=5)
    stamp = again.partition("since=")[2].partition(".")[0]
    for forged in (again.replace(stamp, f"{int(stamp) - 9_000}"), f"{url}?since=1", url):
        assert without_database.asked_at(rf.post(forged)) is None
    other = again.replace("/after/7.", "/after/8.")
    assert without_database.asked_at(rf.post(other)) is None


def test_whose_line_was_lost_waits_for_the_database_in_words(line, process, recent, away):
    call = Call(pk=7, carrier="twilio", carrier_call_id=CALL_SID)
    recent.begin(CALL_SID, language="de", generation=0)
    url = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    first = says(line, url, CallStatus="in-progress")
    again = next_of(first)
    assert again.startswith(f"{url}?waited=1&since=")
    assert "<Say" not in first
    assert "<Play" not in first
    since = again.partition("since=")[2]
    asked = 1
    while asked < MOST_WAITS:
        told = says(line, again, CallStatus="in-progress")
        assert GERMAN.waiting[(asked - 1) % len(GERMAN.waiting)] in told
        asked += 1
        again = next_of(told)
        assert again == f"{url}?waited={asked}&since={since}"  # since the first question
    for written in (f"{asked}", "-1", "1e1", "%D9%A3", "9" * 300, ""):
        assert GERMAN.lost in says(line, f"{url}?waited={written}", CallStatus="in-progress")


def test_after_a_possible_goodbye_elsewhere_the_wait_is_short(line, process, recent, away):
    call = Call(pk=7, carrier="twilio", carrier_call_id=CALL_SID)
    again = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    words = ["<Redirect", *ENGLISH.waiting[: WAITS_OF_UNKNOWN - 1], ENGLISH.lost]
    for said in words:
        told = says(line, again, CallStatus="in-progress")
        assert said in told
        again = next_of(told) if said != words[-1] else ""
    assert "<Hangup" in told


def test_a_database_that_restarts_is_back_before_anything_is_said(line, process, monkeypatch):
    answers = iter([True, True])
    monkeypatch.setattr(lifecycle, "database_is_away", lambda: next(answers, False))
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 60.0)
    call = line.rings() and Call.objects.get()
    url = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    told = says(line, url, CallStatus="in-progress")
    assert ENGLISH.lost in told or GERMAN.lost in told  # it never had a stream
    assert "<Redirect" not in told
    assert next(answers, None) is None


def test_where_it_broke_off_the_same_request_asks_once_more(line, process, monkeypatch):
    call = line.rings() and Call.objects.get()
    tries, ensure = [], callbacks.ensure_carrier

    def breaks_off_once(*args, **kwargs) -> None:
        tries.append(args)
        if len(tries) == 1:
            raise OperationalError
        ensure(*args, **kwargs)

    monkeypatch.setattr(callbacks, "ensure_carrier", breaks_off_once)
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 60.0)
    url = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    told = says(line, url, CallStatus="in-progress")
    assert "<Redirect" not in told
    assert len(tries) == 2
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 0.0)
    tries.clear()
    assert "<Redirect" in says(line, url, CallStatus="in-progress")


def test_who_asks_again_and_again_counts_among_those_that_wait(line, process, monkeypatch, logged):
    """And the last try comes when the time is over, not up to a pause later."""
    call = line.rings() and Call.objects.get()
    held, slept, tries, asked = [], [], [], []
    may_wait = WebhookApplication._may_wait

    def breaks_off(*_args, **_kwargs) -> None:
        tries.append(1)
        raise OperationalError

    def noted(application: WebhookApplication, scope) -> bool:
        asked.append(application)
        return may_wait(application, scope)

    async def sleep(seconds: float, pause=asyncio.sleep) -> None:
        held.append(asked[-1]._held)
        slept.append(seconds)
        await pause(seconds)

    monkeypatch.setattr(log_throttle, "EVERY_SECONDS", 60.0)
    warning = ThrottledWarning("carrier_webhook_without_database")
    monkeypatch.setattr(decorators, "_broken_off", warning)
    monkeypatch.setattr(callbacks, "ensure_carrier", breaks_off)
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 0.5)
    monkeypatch.setattr(WebhookApplication, "_may_wait", noted)
    monkeypatch.setattr(asgi.asyncio, "sleep", sleep)
    url = f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}"
    assert "<Redirect" in says(line, url, CallStatus="in-progress")
    assert set(held) == {1}
    assert sum(slept) <= 0.5
    assert len(tries) > 2
    assert [each["event"] for each in logged].count("carrier_webhook_without_database") == 1


def test_no_more_callers_than_that_wait_for_it(line, process, monkeypatch):
    answers = iter([True, True])
    monkeypatch.setattr(lifecycle, "database_is_away", lambda: next(answers, False))
    monkeypatch.setattr(asgi, "MOST_HELD", 0)
    call = line.rings() and Call.objects.get()
    told = says(
        line, f"/api/twilio/after/{make_callback_token(Callback.AFTER, call)}", CallStatus="x"
    )
    assert "<Redirect" in told
    assert next(answers) is True  # it was not asked again


def test_a_new_caller_does_not_wait_for_it(line, process, monkeypatch):
    answers = iter([True, True])
    monkeypatch.setattr(lifecycle, "database_is_away", lambda: next(answers, False))
    assert "<Hangup" in says(line, line.url())
    assert next(answers) is True


def test_a_strangers_url_gets_no_words_and_a_report_is_not_taken(line, process, away):
    call = Call(pk=7, carrier="twilio", carrier_call_id="CA" + "9" * 32)
    for kind in (Callback.AFTER, Callback.DIALED, Callback.PERSON, Callback.KEY):
        url = f"/api/twilio/{kind}/{make_callback_token(kind, call)}"
        form = line.form(ParentCallSid=CALL_SID)
        assert asyncio.run(post(url, form, state=state()))["status"] == 403
    call.carrier_call_id = CALL_SID
    url = f"/api/twilio/stream-status/{make_callback_token(Callback.STREAM_STATUS, call)}"
    form = line.form(StreamEvent="stream-stopped")
    assert asyncio.run(post(url, form, state=state()))["status"] == 503


def test_a_process_without_a_database_says_that_it_is_not_ready(monkeypatch, client: Client):
    monkeypatch.setattr(lifecycle, "is_draining", False)
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(lifecycle, "database_is_away", lambda: True)
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
