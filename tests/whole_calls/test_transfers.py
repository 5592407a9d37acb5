"""A caller is put through: declined, back to the agent, put through again, answered, billed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from agents.versions.publishing import publish
from telephony.process.runtime import Runtime
from telephony.spoken.languages import ENGLISH
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, greeted_and_answered, serving
from testing.engines import settle
from testing.office import browser_of
from testing.phone_number import CALL_SID, PhoneNumber, post_form
from usage.billing.settlement import settle as settle_call
from usage.models import Call, FlightRecord, Transfer, Turn
from usage.quota.quotas import slots_in_use
from usage.reads.calls import call_of, call_report

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://localhost:8000"
CHILD = "CA" + "7e" * 16
CALLED = f"[transfer_call {json.dumps({'target': 'Sales', 'briefing': 'Ann wants an order.'})}]"
Element = ElementTree.Element


@pytest.fixture
def line(line: PhoneNumber) -> PhoneNumber:
    """Its agent puts each caller through as soon as they have spoken."""
    publish(
        line.agent,
        settings={
            "engines": {
                "scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0,
                "scripted.tts_ms": 0, "scripted.ms_per_character": 10,
                "scripted.transcripts": ["Put me through to sales"],
                "scripted.reply": CALLED,
            },
            "transfers": {"targets": "Sales = +14155550100; announce; orders"},
        },
    )  # fmt: skip
    return line


def verb(response: Any) -> Element:
    """The first of a document; the document itself when it holds none."""
    assert response.status_code == 200
    root = ElementTree.fromstring(response.content)
    return root[0] if len(root) else root


def asked(line: PhoneNumber, url: str | None, **fields: str) -> Element:
    """What a callback of Twilio is answered."""
    assert url is not None
    form = line.form(**{"CallStatus": "in-progress", **fields})
    return verb(post_form(line.client, url.removeprefix(ORIGIN), form))


def carried(
    shared: Runtime, connect: Element, scenario: Callable[[Stream], Awaitable[None]]
) -> None:
    """Carry the stream that a document opens through `scenario`, to its last record."""
    ticket = connect[0][0].get("value")
    stream = Stream()

    async def carry() -> None:
        task = serving(stream)
        stream.starts(ticket)
        await scenario(stream)
        await task
        await all_written(shared)

    asyncio.run(carry())


async def is_put_through(stream: Stream) -> None:
    await greeted_and_answered(stream)
    while not stream.close_codes:
        await settle()
        stream.returns_marks()


async def hangs_up(stream: Stream) -> None:
    await greeted_and_answered(stream)
    stream.stops()


def test_declined_back_to_the_agent_and_answered_in_the_end(line, cast, shared):
    first = verb(line.rings())
    carried(shared, first, is_put_through)
    assert slots_in_use(line.org, now=timezone.now()) == 0

    dial = asked(line, first.get("action"))
    person = {"CallSid": CHILD, "ParentCallSid": CALL_SID}
    gather = asked(line, dial[0].get("url"), **person)
    assert "Ann wants an order." in [say.text for say in gather]
    assert asked(line, gather.get("action"), Digits="2", **person).tag == "Hangup"
    declined = {"DialCallStatus": "completed", "DialCallDuration": "4", "DialBridged": "false"}
    second = asked(line, dial.get("action"), **declined)
    assert slots_in_use(line.org, now=timezone.now()) == 1

    carried(shared, second, is_put_through)
    dial = asked(line, second.get("action"))
    answered = {"DialCallStatus": "completed", "DialCallDuration": "75", "DialBridged": "true"}
    assert asked(line, dial.get("action"), **answered).tag == "Hangup"

    call = Call.objects.get(org=line.org)
    assert (call.state, call.end_reason) == ("ended", "transferred")
    said = [turn.text for turn in Turn.objects.filter(call=call, role="agent").order_by("number")]
    assert said == ["Hello.", ENGLISH.putting_through, ENGLISH.nobody_answered, said[1]]
    numbers = list(Turn.objects.filter(call=call).values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    began = list(Turn.objects.order_by("number").values_list("started_ms", flat=True))
    assert max(began[:4]) <= 640 <= min(began[4:])  # both streams on one clock
    assert FlightRecord.objects.filter(call=call).count() == 1

    assert settle_call(call.pk, now=timezone.now())
    report = call_report(call_of(line.org, call_sid=CALL_SID))
    assert report["transfers"] == [
        {"target": "Sales", "result": "declined", "seconds": 4},
        {"target": "Sales", "result": "answered", "seconds": 75},
    ]
    assert [entry["quantity"] for entry in report["ledger"] if entry["unit"] == "minute"] == [1]
    page = browser_of(cast.bob).get(f"/o/{line.org.public_id}/calls/{CALL_SID}/").text
    assert "+14155550100" in page
    assert "1 min 15 s" in page


def test_a_caller_who_comes_back_and_hangs_up_ends_the_call_once(line, shared):
    first = verb(line.rings())
    carried(shared, first, is_put_through)
    dial = asked(line, first.get("action"))
    second = asked(line, dial.get("action"), DialCallStatus="busy")
    carried(shared, second, hangs_up)
    call = Call.objects.get(org=line.org)
    assert (call.state, call.end_reason) == ("ended", "stop")
    assert slots_in_use(line.org, now=timezone.now()) == 0
    assert Transfer.objects.get().result == "busy"
    # The line's report comes again, late.
    assert asked(line, dial.get("action"), DialCallStatus="busy").tag == "Hangup"
    call.refresh_from_db()
    assert call.end_reason == "stop"


def test_a_caller_who_hangs_up_while_they_are_told_is_not_put_through(line, shared):
    carried(shared, verb(line.rings()), hangs_up)
    assert Call.objects.get().end_reason == "stop"
    assert not Transfer.objects.exists()
