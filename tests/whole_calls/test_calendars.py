"""A caller books in a call: the time that was chosen is taken, and the next one is booked."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from accounts.secrets import host_secrets
from agents.calendars.settings import Calendar, Provider
from agents.http_tools import storing
from agents.http_tools.definition import Definition
from agents.versions.publishing import publish
from telephony.admission.tickets import make_ticket
from telephony.process.runtime import Runtime
from testing.calendars.calcom_server import EVENT_TYPE, KEY, CalComServer
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, greeted_and_answered, media_process, serving
from testing.engines import SILENCE, SPEECH, settle
from testing.phone_number import CALL_SID
from testing.providers.threaded import in_a_thread
from usage.models import Turn
from voicex import fence

pytestmark = pytest.mark.django_db(transaction=True)

SORRY, DONE = "Nine is taken. Would half past nine do?", "You are booked."


@pytest.fixture
def shared(settings, tmp_path) -> Iterator[Runtime]:
    settings.VAR_DIR = tmp_path
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    with media_process() as shared:
        yield shared


def books(start: datetime) -> str:
    """A model's words that book."""
    arguments = {"start": f"{start:%Y-%m-%dT%H:%M}", "caller_name": "Ann"}
    return f"[visits_book {json.dumps(arguments)}]"


def test_of_a_time_that_is_taken_the_caller_hears_and_gets_another(line, shared):
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    nine = datetime.combine(tomorrow, time(9), UTC)
    half = nine + timedelta(minutes=30)
    early = nine - timedelta(minutes=30)  # before the agent's hours of that day
    server = CalComServer([early, nine, half])
    server.book(nine)
    with in_a_thread(server):
        host = fence.host_of(server.origin)
        host_secrets.store(line.org, name="cal_key", host=host, value=KEY, actor=None)
        calendar = Calendar(Provider.CALCOM, str(EVENT_TYPE), "cal_key", days=7)
        tool = Definition("visits", "Visits.", server.origin, writes=True, calendar=calendar)
        storing.save(line.org, tool, actor=None)
        publish(
            line.agent,
            settings={
                "engines": {
                    "scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0,
                    "scripted.tts_ms": 0, "scripted.ms_per_character": 10,
                    "scripted.transcripts": ["Book me in for tomorrow at nine", "Yes, please."],
                    "scripted.replies": [books(nine), SORRY, books(half), DONE, DONE],
                },
                "tools": {"enabled": "visits"},
                "opening": {"exceptions": f"{tomorrow} 9:00-10:00", "time_zone": "UTC"},
            },
        )  # fmt: skip
        run(line, shared)
    [booking] = [each for each in server.bookings.values() if each["metadata"]]
    assert datetime.fromisoformat(booking["start"]) == half
    assert booking["attendees"][0]["phoneNumber"] == "+4930123456"
    assert booking["metadata"]["voicex_call"] == CALL_SID
    refused, booked = Turn.objects.filter(role="tool").order_by("number")
    assert "is not free. Nothing is booked. Offer one of these instead:" in refused.heard_text
    assert f"[{half:%Y-%m-%dT%H:%M}]" in refused.heard_text
    assert f"[{early:%Y-%m-%dT%H:%M}]" not in refused.heard_text
    assert booked.heard_text.startswith("Booked for Ann: ")
    said = Turn.objects.filter(role="agent").order_by("number").values_list("text", flat=True)
    assert [each for each in said if each in (SORRY, DONE)] == [SORRY, DONE]


def run(line, shared: Runtime) -> None:
    """Carry the call through its two questions, to its last record."""
    ticket = make_ticket(line.answered())
    stream = Stream()

    async def carry() -> None:
        task = serving(stream)
        stream.starts(ticket)
        await greeted_and_answered(stream)
        stream.returns_marks()
        await settle()
        before = len(stream.audio)
        for window in (SPEECH, SILENCE):
            for _ in range(10):
                stream.speaks(window)
                await settle()
        await stream.until(lambda: len(stream.audio) > before)
        stream.stops()
        await task
        await all_written(shared)

    asyncio.run(carry())
