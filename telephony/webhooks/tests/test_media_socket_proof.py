"""The last segment of a stream's path proves that we wrote it: checked before all else."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from telephony.admission.tickets import make_stream_path, make_ticket
from telephony.process.runtime import Runtime
from telephony.webhooks import consumers
from telephony.webhooks.callback_urls import Callback, make_callback_token
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, process_without_engines, serving
from testing.guard import GUARD_SECONDS
from testing.phone_number import OTHER_CALL, PhoneNumber
from usage.models import Call
from voicex.bounds import log_throttle
from voicex.bounds.log_throttle import ThrottledWarning

pytestmark = pytest.mark.django_db(transaction=True)  # tickets are redeemed on a thread


@pytest.fixture
def shared(settings, tmp_path, monkeypatch) -> Iterator[Runtime]:
    """The runtime of the process; no engine can be made."""
    settings.VAR_DIR = tmp_path
    with process_without_engines(monkeypatch) as shared:
        yield shared


def proofs(call: Call) -> dict[str, str]:
    good = make_stream_path(call)
    old = Call(pk=call.pk, opened_at=timezone.now() - timedelta(seconds=62))
    number, expiry, mac = good.rpartition("/")[2].split(".")
    stream = "/api/twilio/stream"
    return {
        "none": stream,
        "empty": f"{stream}/",
        "of another kind": f"{stream}/{make_callback_token(Callback.STREAM_STATUS, call)}",
        "a ticket": f"{stream}/{make_ticket(call)}",
        "another call's": f"{stream}/{call.pk + 1}.{expiry}.{mac}",
        "made to last": f"{stream}/{number}.{int(expiry) + 60}.{mac}",
        "cut": good[:-1],
        "altered": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "expired": make_stream_path(old),
        "twice": f"{stream}/{number}.{expiry}.{mac}/{number}.{expiry}.{mac}",
        "a surrogate": f"{stream}/{number}.{expiry}.\udc80",
        "a digit of another script": f"{stream}/١.{expiry}.{mac}",
        "endless": good + "A" * 100_000,
    }


def test_a_path_that_we_did_not_write_is_refused_before_the_handshake(
    line: PhoneNumber, shared, monkeypatch, django_assert_num_queries
):
    call = line.answered()
    monkeypatch.setattr(consumers, "_redeem", pytest.fail)
    for name, path in proofs(call).items():
        stream = Stream()

        async def scenario(stream: Stream = stream, path: str = path) -> None:
            task = serving(stream, path=path)
            stream.starts(make_ticket(call))
            await task

        with django_assert_num_queries(0):
            asyncio.run(scenario())
        assert [message["type"] for message in stream.sent] == ["websocket.close"], name
    assert len(consumers.waiting) == 0


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_path_in_the_twiml_opens_its_stream(line: PhoneNumber, shared, slash):
    response = line.rings()
    call = Call.objects.get()
    url = ElementTree.fromstring(response.content)[0][0].get("url")
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream, path=urlsplit(url).path + slash)
        stream.starts(make_ticket(call))
        await task
        await all_written(shared)

    asyncio.run(scenario())
    assert Call.objects.get().ticket_redeemed_at is not None


def test_a_proof_brings_in_the_ticket_of_its_own_call_only(line: PhoneNumber, shared):
    call, other = line.answered(), line.answered(CallSid=OTHER_CALL)
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream, path=make_stream_path(other))
        stream.starts(make_ticket(call))
        async with asyncio.timeout(GUARD_SECONDS):
            await task

    asyncio.run(scenario())
    assert stream.close_codes == [1008]
    assert set(Call.objects.values_list("state", flat=True)) == {Call.State.OPENED}


def test_strangers_leave_one_line_a_minute(shared, monkeypatch, logged):
    monkeypatch.setattr(log_throttle, "EVERY_SECONDS", 60.0)
    monkeypatch.setattr(consumers, "unproven", ThrottledWarning("stream_unproven"))

    async def scenario() -> None:
        for _ in range(50):
            await serving(Stream(), path="/api/twilio/stream")

    asyncio.run(scenario())
    assert [(event["event"], event["count"]) for event in logged] == [("stream_unproven", 1)]
