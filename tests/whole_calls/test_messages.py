"""A caller leaves a message with a model that calls the tool: stored, mailed, told, shown."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable

import pytest
from django.core import mail
from django.utils import timezone

from agents.versions.publishing import publish
from telephony.admission.tickets import make_ticket
from telephony.process.runtime import Runtime
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, greeted_and_answered, serving
from testing.engines import SILENCE, SPEECH, settle
from testing.guard import GUARD_SECONDS
from testing.office import browser_of
from testing.phone_number import CALL_SID, PhoneNumber
from usage.messages import mails, taking
from usage.models import Message, Turn
from usage.reads.calls import call_of, call_report

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = {"message": "The boiler leaks", "caller_name": "Ann Lee", "urgency": "urgent"}
CALLED = f"[take_message {json.dumps(ASKED)}]"
TAKEN = "I have passed it on."


@pytest.fixture
def line(line: PhoneNumber) -> PhoneNumber:
    """Its agent takes a message at once, and sends it to the desk."""
    publish(
        line.agent,
        settings={
            "engines": {
                "scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0,
                "scripted.tts_ms": 0, "scripted.ms_per_character": 10,
                "scripted.transcripts": ["The boiler leaks, tell them", "Hello?"],
                "scripted.replies": [CALLED, TAKEN, TAKEN],
            },
            "messages": {"notify": "desk@example.com"},
        },
    )  # fmt: skip
    mail.outbox.clear()  # owners are told of a new recipient
    return line


def run(line: PhoneNumber, shared: Runtime, scenario: Callable[[Stream], Awaitable[None]]) -> None:
    """Carry a call through `scenario`, to its last record."""
    ticket = make_ticket(line.answered())
    stream = Stream()

    async def carry() -> None:
        task = serving(stream)
        stream.starts(ticket)
        await scenario(stream)
        stream.stops()
        await task
        await all_written(shared)

    asyncio.run(carry())


async def says_something(stream: Stream) -> None:
    await stream.until(lambda: bool(stream.heard("mark")))
    await settle()
    stream.returns_marks()
    for window in (SPEECH, SILENCE):
        await hears(stream, window)


async def hears(stream: Stream, window: bytes) -> None:
    for _ in range(10):
        stream.speaks(window)
        await settle()


class HeldUp:
    """The storing of a message, which waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self._take = taking.take
        monkeypatch.setattr(taking, "take", self._wait)

    def _wait(self, *args, **kwargs):
        self.begun.set()
        assert self.may_end.wait(GUARD_SECONDS)
        return self._take(*args, **kwargs)

    async def ends(self, shared: Runtime) -> None:
        """Let it go, and wait until the call has been told of its result."""
        self.may_end.set()
        await asyncio.gather(*(t for t in shared._tasks if t.get_name() == "tool-write"))
        await settle()

    async def is_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, GUARD_SECONDS)


def test_it_is_stored_and_mailed_and_stands_wherever_the_call_does(line, cast, shared):
    run(line, shared, greeted_and_answered)
    message = Message.objects.get()
    assert (message.org, message.name, message.number, message.text, message.is_urgent) == (
        line.org, "Ann Lee", "+4930123456", "The boiler leaks", True,
    )  # fmt: skip
    mails.send_waiting(now=timezone.now())
    assert [one.to for one in mail.outbox] == [["desk@example.com"]]
    assert "The boiler leaks" in mail.outbox[0].body
    call = call_of(line.org, call_sid=CALL_SID)
    assert call is not None
    report = call_report(call)
    assert report["message"] == {
        "name": "Ann Lee", "number": "+4930123456", "text": "The boiler leaks",
    }  # fmt: skip
    [tool] = report["tools"]
    assert (tool["name"], tool["arguments"]) == ("take_message", ASKED)
    assert "The message is taken" in tool["result"]
    assert report["turns"][-1]["text"] == TAKEN
    browser = browser_of(cast.bob)
    home = f"/o/{line.org.public_id}"
    for page in (f"{home}/messages/", f"{home}/calls/{CALL_SID}/"):
        assert "Ann Lee" in browser.get(page).text


def test_a_caller_who_interrupts_has_it_taken_once(line, shared, monkeypatch):
    held = HeldUp(monkeypatch)

    async def scenario(stream: Stream) -> None:
        await says_something(stream)
        await held.is_begun()
        await hears(stream, SPEECH)
        await held.ends(shared)
        before = len(stream.audio)
        await hears(stream, SILENCE)
        await stream.until(lambda: len(stream.audio) > before)

    run(line, shared, scenario)
    assert Message.objects.get().text == "The boiler leaks"
    [tool] = Turn.objects.filter(role="tool")
    assert "The message is taken" in tool.heard_text


def test_a_caller_who_hangs_up_meanwhile_has_left_it_all_the_same(line, shared, monkeypatch):
    held = HeldUp(monkeypatch)

    async def scenario(stream: Stream) -> None:
        await says_something(stream)
        await held.is_begun()

    run(line, shared, scenario)
    assert not Message.objects.exists()
    held.may_end.set()
    shared.setup_threads.shutdown()
    assert Message.objects.get().text == "The boiler leaks"


def test_where_it_cannot_be_stored_the_model_is_told_and_the_call_continues(
    line, shared, monkeypatch, logged
):
    def broken(*args, **kwargs):
        raise OSError("no room")

    monkeypatch.setattr(taking, "take", broken)
    run(line, shared, greeted_and_answered)
    assert not Message.objects.exists()
    assert Turn.objects.get(role="tool").heard_text == "take_message does not work at the moment."
    assert Turn.objects.last().text == TAKEN
    assert "tool_broke" in [line["event"] for line in logged]
