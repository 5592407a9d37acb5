"""The call's page says what failed and why."""

import zlib

import pytest
from django.utils import timezone

from agents.engines.events import ResponseFailed, TranscriptionFailed
from dashboard.calls.failures import MOST, failures_of
from telephony.calls.flight_recorder import FlightRecorder
from telephony.session.events import CallOpened
from telephony.session.tests.conversation import config
from testing.office import browser_of
from testing.phone_number import PhoneNumber
from usage.billing.settlement import finalize
from usage.models import Call
from usage.records.turns import save_flight_record

pytestmark = pytest.mark.django_db


def page_of(line: PhoneNumber, cast, call: Call) -> str:
    finalize(call.pk, reason="stop", now=timezone.now())
    return browser_of(cast.adam).get(f"/o/{line.org.public_id}/calls/{call.call_sid}/").text


def test_each_failure_is_explained_in_words_with_its_time(line: PhoneNumber, cast):
    call = line.answered()
    recorder = FlightRecorder(config())
    recorder.record(CallOpened(), 0)
    recorder.record(ResponseFailed("r2", "EngineTimeout"), 65_000)
    recorder.record(TranscriptionFailed("AttributeError"), 71_000)
    save_flight_record(call.pk, recorder.pack())
    text = page_of(line, cast, call)
    assert "Errors" in text
    assert "It didn’t respond in time." in text
    assert "It returned an unusable response." in text
    assert "1:05" in text


def test_a_call_without_a_failure_has_no_such_list(line: PhoneNumber, cast):
    call = line.answered()
    recorder = FlightRecorder(config())
    recorder.record(CallOpened(), 0)
    save_flight_record(call.pk, recorder.pack())
    assert "Errors" not in page_of(line, cast, call)


@pytest.mark.parametrize("record", [b"", b"no zlib"])
def test_a_record_that_cannot_be_read_does_not_hide_the_call(line: PhoneNumber, cast, record):
    call = line.answered()
    save_flight_record(call.pk, record)
    assert call.call_sid in page_of(line, cast, call)


def test_a_record_whose_words_were_deleted_is_no_fault(line: PhoneNumber, logged):
    call = line.answered()
    save_flight_record(call.pk, b"")
    assert failures_of(call) == []
    assert logged == []


def test_no_more_is_read_than_is_shown(line: PhoneNumber, logged):
    call = line.answered()
    recorder = FlightRecorder(config())
    for now_ms in range(MOST):
        recorder.record(ResponseFailed("r2", "EngineTimeout"), now_ms)
    lines = zlib.decompress(recorder.pack()) + b'[1, "EventOfAnotherRelease"]\n'
    save_flight_record(call.pk, zlib.compress(lines))
    assert [failure.at_ms for failure in failures_of(call)] == list(range(MOST))
    assert logged == []
