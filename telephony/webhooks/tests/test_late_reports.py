"""What is said of a transfer while the database is away is written down when it is back."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError

from accounts.secrets.vault import store_secret
from telephony.process.recent_calls import RecentCalls
from telephony.process.record_writer import RecordWriter
from telephony.process.runtime import Runtime
from telephony.spoken.languages import ENGLISH
from telephony.twilio.signatures import sign
from telephony.webhooks import asgi, transfers, without_database
from telephony.webhooks.asgi import WebhookApplication
from telephony.webhooks.callback_urls import Callback
from telephony.webhooks.late_reports import SENDERS
from telephony.webhooks.tests.test_transfers import (
    CHILD,
    ORIGIN,
    WARM,
    ending,
    put_through,
    url,
)
from telephony.webhooks.tests.test_without_database import next_of
from telephony.webhooks.without_database import MOST_WAITS, WAITS_OF_UNKNOWN
from testing.calls.served import media_process, state
from testing.cast import Cast
from testing.guard import GUARD_SECONDS
from testing.phone_number import CALL_SID, PhoneNumber, line_of
from tests.test_webhook_application import post
from usage.models import Call, Transfer
from voicex.web.lifecycle import lifecycle

pytestmark = pytest.mark.django_db(transaction=True)

BUSY = {"DialCallStatus": "busy"}
TOKEN = "t" * 32


@pytest.fixture
def line(cast: Cast) -> PhoneNumber:
    return line_of(cast.acorn)


@pytest.fixture
def recent(monkeypatch) -> RecentCalls:
    calls = RecentCalls()
    monkeypatch.setattr(without_database, "recent_calls", calls)
    return calls


@pytest.fixture
def process(settings, tmp_path, monkeypatch) -> Iterator[Runtime]:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 0.01)
    monkeypatch.setattr(asgi, "AGAIN_SECONDS", 0.002)
    with media_process() as shared:
        yield shared


@pytest.fixture
def away(monkeypatch) -> Iterator[pytest.MonkeyPatch]:
    """The database is away until this is undone."""
    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "database_is_away", lambda: True)
        patch.setattr(WebhookApplication, "_serve", pytest.fail)
        yield patch


def asks(
    line: PhoneNumber, path: str, *, token: str = "", address: str = "192.0.2.1", **fields: str
) -> str:
    """The answer to Twilio, or to another at `address`, who signs with `token`."""
    form = line.form(**({"CallStatus": "in-progress"} | fields))
    signed = sign(token, f"{ORIGIN}{path}", form) if token else ""
    answer = asyncio.run(post(path, form, state=state(), signed=signed, address=address))
    assert answer["status"] == 200
    return str(answer["body"].decode())


@contextmanager
def held(process: Runtime) -> Iterator[RecordWriter]:
    """The writer has something else in hand meanwhile."""
    busy, go_on = threading.Event(), threading.Event()

    def keep_busy() -> None:
        busy.set()
        go_on.wait(GUARD_SECONDS)

    process.recorder.submit(keep_busy)
    assert busy.wait(GUARD_SECONDS)
    try:
        yield process.recorder
    finally:
        go_on.set()


def written(process: Runtime) -> None:
    """The database is back, and has what was kept."""
    assert asyncio.run(process.recorder.written(seconds=30))


@pytest.mark.parametrize(
    ("fields", "end_reason", "result", "seconds"),
    [
        (
            {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "95"},
            "transferred", "answered", 95,
        ),
        ({"DialCallStatus": "no-answer", "CallStatus": "completed"}, "transfer_abandoned",
         "abandoned", 0),
        # As far as anybody can say they were connected, so they are hung up; but nobody took it.
        ({"DialCallStatus": "completed"}, "transfer_failed", "declined", 0),
    ],
)  # fmt: skip
def test_a_line_that_is_over_for_good_ends_the_call(
    line, process, away, fields, end_reason, result, seconds
):
    transfer = put_through(line, WARM)
    assert "<Hangup" in asks(line, url(Callback.DIALED, transfer), **fields)
    written(process)
    assert ending(line) == ("ended", end_reason)
    kept = Transfer.objects.get()
    assert (kept.result, kept.seconds) == (result, seconds)


def test_whom_nobody_took_waits_and_is_back_with_the_agent_when_the_database_is(
    line, process, away
):
    transfer = put_through(line)
    first = asks(line, url(Callback.DIALED, transfer), **BUSY)
    told = asks(line, next_of(first))
    assert "<Say" not in first
    assert ENGLISH.waiting[0] in told
    written(process)
    assert ending(line) == ("transfer", "")
    away.undo()
    assert "<Connect" in asks(line, next_of(told))
    assert ending(line) == ("return", "")
    assert Transfer.objects.get().result == "busy"


def test_what_became_of_the_line_is_known_where_its_process_was_lost_meanwhile(
    line, process, away, monkeypatch
):
    transfer = put_through(line)
    monkeypatch.setattr(process.recorder, "submit_among", lambda *_args, **_more: None)
    again = next_of(asks(line, url(Callback.DIALED, transfer), **BUSY))
    away.undo()
    assert "<Connect" in asks(line, again.replace("line=busy", "line=no_answer"))  # not ours
    assert Transfer.objects.get().result == "failed"
    Transfer.objects.update(result="", ended_at=None)
    asks(line, again)
    assert Transfer.objects.get().result == "busy"


@pytest.mark.parametrize("kind", [Callback.DIALED, Callback.AFTER])
def test_pages_that_follow_the_call_are_told(line, process, recent, away, monkeypatch, kind):
    transfer, told = put_through(line), []
    monkeypatch.setattr(type(process.live), "announce", lambda _live, *args: told.append(args))
    asks(line, url(kind, transfer), CallStatus="completed", **BUSY)
    written(process)
    assert told == [(line.org.public_id, transfer.call_id)]


def test_who_has_waited_as_long_as_that_hears_it_and_the_call_ends(line, process, away):
    path = url(Callback.DIALED, put_through(line))
    assert ENGLISH.no_way_back in asks(line, f"{path}?waited={MOST_WAITS}", **BUSY)
    written(process)
    assert ending(line) == ("ended", "transfer_failed")
    assert Transfer.objects.get().result == "busy"


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        (Callback.DIALED, BUSY, "<Connect"),
        (Callback.PERSON, {"CallSid": CHILD, "ParentCallSid": CALL_SID}, "<Gather"),
    ],
)
def test_a_database_that_restarts_is_back_before_anything_is_said(
    line, process, monkeypatch, kind, fields, told
):
    path = url(kind, put_through(line, WARM))
    answers = iter([True, True])
    monkeypatch.setattr(lifecycle, "database_is_away", lambda: next(answers, False))
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 60.0)
    assert told in asks(line, path, **fields)


def test_words_that_were_not_said_are_not_written_down(line, process, monkeypatch):
    """The database breaks off, and answers the same request a moment later."""
    path = url(Callback.DIALED, put_through(line))
    tries, ensure = [], transfers.ensure_carrier

    def breaks_off_once(*args, **kwargs) -> bool:
        tries.append(args)
        if len(tries) == 1:
            raise OperationalError
        return ensure(*args, **kwargs)

    monkeypatch.setattr(transfers, "ensure_carrier", breaks_off_once)
    monkeypatch.setattr(asgi, "BACK_WITHIN_SECONDS", 60.0)
    kept = []
    monkeypatch.setattr(process.recorder, "submit_among", lambda *args, **_more: kept.append(args))
    assert "<Connect" in asks(line, f"{path}?waited={MOST_WAITS}", **BUSY)
    assert len(tries) == 2
    assert kept == []


@pytest.mark.parametrize("is_known", [True, False])
def test_who_is_put_through_is_waited_for_and_dialled_when_the_database_is_back(
    line, process, recent, away, is_known
):
    transfer = put_through(line)
    if is_known:
        recent.begin(CALL_SID, language="en", generation=0)
        recent.end(CALL_SID, reason="transferred")
    again = next_of(asks(line, url(Callback.AFTER, transfer)))
    away.undo()
    assert "<Dial" in asks(line, again)


@pytest.mark.parametrize("is_known", [True, False])
def test_who_was_told_that_nobody_is_dialled_ends_the_call(line, process, recent, away, is_known):
    path = url(Callback.AFTER, put_through(line))
    if is_known:
        recent.begin(CALL_SID, language="en", generation=0)
        recent.end(CALL_SID, reason="transferred")
    waited = MOST_WAITS if is_known else WAITS_OF_UNKNOWN
    said = ENGLISH.no_way_back if is_known else ENGLISH.lost
    assert said in asks(line, f"{path}?waited={waited}")
    written(process)
    assert ending(line) == ("ended", "transfer_failed")
    assert Transfer.objects.get().result == "unknown"


def test_a_caller_who_hung_up_before_it_was_dialled_ends_the_call(line, process, recent, away):
    assert "<Hangup" in asks(line, url(Callback.AFTER, put_through(line)), CallStatus="completed")
    written(process)
    assert ending(line) == ("ended", "transfer_abandoned")


def test_a_call_that_is_on_the_line_is_left_to_its_process(line, process, recent, away):
    transfer = put_through(line)
    Transfer.objects.all().delete()
    Call.objects.update(state=Call.State.LIVE)
    asks(line, url(Callback.AFTER, transfer), CallStatus="completed")
    asks(line, f"{url(Callback.AFTER, transfer)}?waited={WAITS_OF_UNKNOWN}")
    asks(line, f"{url(Callback.DIALED, transfer)}?waited={MOST_WAITS}", **BUSY)
    written(process)
    assert ending(line) == ("live", "")


def test_the_person_who_has_pressed_1_has_taken_the_call(line, process, away):
    path = url(Callback.KEY, put_through(line, WARM))
    for digits in ("2", "1"):
        assert Transfer.objects.get().accepted_at is None
        asks(line, path, CallSid=CHILD, ParentCallSid=CALL_SID, Digits=digits)
        written(process)
    assert Transfer.objects.get().accepted_at is not None


def test_where_there_is_a_token_what_is_not_signed_is_not_written(line, process, away):
    path = f"{url(Callback.DIALED, put_through(line))}?waited={MOST_WAITS}"
    store_secret(line.org, name="twilio_auth_token", value=TOKEN, actor=None)
    for token in ("", "f" * 32):
        asks(line, path, token=token, **BUSY)
        written(process)
        assert ending(line) == ("transfer", "")
    asks(line, path, token=TOKEN, **BUSY)
    written(process)
    assert ending(line) == ("ended", "transfer_failed")


@pytest.mark.parametrize(
    ("address", "forged"),
    [("192.0.2.1", ""), ("198.51.100.7", "f" * 32), ("127.0.0.1", "f" * 32)],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_another_says_replaces_nothing_that_the_carrier_has_said(
    line, process, away, address, forged, is_first
):
    carrier = address if address == "127.0.0.1" else "192.0.2.1"  # behind a tunnel all have one
    path = url(Callback.DIALED, put_through(line, WARM))
    store_secret(line.org, name="twilio_auth_token", value=TOKEN, actor=None)
    done = {"DialCallStatus": "completed", "DialBridged": "true", "CallStatus": "completed"}
    with held(process):
        for says_carrier in (is_first, not is_first):
            if says_carrier:
                asks(line, path, token=TOKEN, address=carrier, DialCallDuration="95", **done)
            else:
                asks(line, path, token=forged, address=address, DialCallDuration="1", **done)
    written(process)
    assert ending(line) == ("ended", "transferred")
    assert Transfer.objects.get().seconds == 95


def test_of_one_line_few_reports_are_kept_and_signed_ones_before_others(line, process, away):
    path = f"{url(Callback.DIALED, put_through(line))}?waited={MOST_WAITS}"
    store_secret(line.org, name="twilio_auth_token", value=TOKEN, actor=None)
    with held(process) as writer:
        before = writer.waiting
        for number in range(2 * SENDERS):
            asks(line, path, address=f"198.51.100.{number}", **BUSY)
        assert writer.waiting == before + SENDERS
        asks(line, path, token=TOKEN, **BUSY)
        assert writer.waiting == before + SENDERS
    written(process)
    assert ending(line) == ("ended", "transfer_failed")
