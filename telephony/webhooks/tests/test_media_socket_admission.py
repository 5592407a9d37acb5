"""Who may open a media stream. Nothing is made for other clients: no engine, no listener."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Organization
from accounts.secrets.vault import store_secret
from telephony.admission.pending_sockets import PendingSockets
from telephony.admission.tickets import make_ticket
from telephony.process.capacity import capacity
from telephony.process.runtime import Runtime
from telephony.webhooks import consumers
from testing.calls.media_stream import Stream, start
from testing.calls.served import all_written, process_without_engines, serving
from testing.engines import settle
from testing.guard import GUARD_SECONDS
from testing.phone_number import ACCOUNT_SID, CALL_SID, OTHER_ACCOUNT, OTHER_CALL, PhoneNumber
from usage.billing.settlement import finalize
from usage.models import Call
from usage.records.calls import redeem_ticket
from voicex.bounds import log_throttle
from voicex.bounds.log_throttle import ThrottledWarning
from voicex.errors import TicketRefused

pytestmark = pytest.mark.django_db(transaction=True)  # tickets are redeemed on a thread

Arrive = Callable[[Stream], None]


@pytest.fixture
def shared(settings, tmp_path, monkeypatch) -> Iterator[Runtime]:
    """The runtime of the process; no engine can be made."""
    settings.VAR_DIR = tmp_path
    with process_without_engines(monkeypatch) as shared:
        yield shared


def test_a_visitor_who_leaves_in_the_middle_of_the_handshake_is_no_crash(shared, logged):
    class Gone(Stream):
        async def send(self, message):
            raise OSError

    async def scenario() -> None:
        async with asyncio.timeout(GUARD_SECONDS):
            await serving(Gone())

    asyncio.run(scenario())
    assert logged == []


def serve(shared: Runtime, arrive: Arrive) -> Stream:
    """Serve one socket to its end and its records to theirs; `arrive` is what it brings."""
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream)
        arrive(stream)
        async with asyncio.timeout(GUARD_SECONDS):
            await task
        await all_written(shared)

    asyncio.run(scenario())
    return stream


def check_refused(stream: Stream, shared: Runtime, code: int = 1008) -> None:
    assert [message["type"] for message in stream.sent] == ["websocket.accept", "websocket.close"]
    assert stream.close_codes == [code]
    assert len(stream.sent[-1]["reason"].encode()) <= 123  # what a close frame holds
    assert shared.voice_activity.heard == b""
    assert len(consumers.waiting) == capacity.count == 0


# --- Tickets -----------------------------------------------------------------------------------


def used(call: Call) -> None:
    redeem_ticket(
        call_id=call.pk,
        ticket_id=call.ticket_id,
        carrier="twilio",
        stream_sid="MZ1",
        call_sid=CALL_SID,
        account_sid=ACCOUNT_SID,
        now=timezone.now(),
    )


def expired(call: Call) -> None:
    Call.objects.update(opened_at=timezone.now() - timedelta(seconds=61))


def ended(call: Call) -> None:
    finalize(call.pk, reason="completed", now=timezone.now())


def suspended(call: Call) -> None:
    Organization.objects.update(state=Organization.State.SUSPENDED)


@pytest.mark.parametrize("arrange", [used, expired, ended, suspended])
def test_a_ticket_that_is_no_longer_good_opens_nothing(line: PhoneNumber, shared, arrange):
    call = line.answered()
    arrange(call)
    before = Call.objects.values().get()
    check_refused(serve(shared, lambda stream: stream.starts(make_ticket(call))), shared)
    assert Call.objects.values().get() == before


def test_a_ticket_waits_for_a_database_that_restarts(
    line: PhoneNumber, shared, monkeypatch, logged
):
    call, known = line.answered(), []

    def breaks_off(**ticket) -> None:
        known.append(ticket["known"])
        if len(known) < 3:
            raise OperationalError
        raise TicketRefused

    monkeypatch.setattr(consumers.calls, "redeem_ticket", breaks_off)
    warning = ThrottledWarning("ticket_waits_for_database")
    monkeypatch.setattr(log_throttle, "EVERY_SECONDS", 60.0)
    monkeypatch.setattr(consumers, "without_database", warning)
    check_refused(serve(shared, lambda stream: stream.starts(make_ticket(call))), shared)
    assert known == [call] * 3  # what was prepared for it serves each try
    assert [each["event"] for each in logged].count("ticket_waits_for_database") == 1
    known.clear()
    monkeypatch.setattr(consumers, "DATABASE_SECONDS", 0.0)
    given_up = serve(shared, lambda stream: stream.starts(make_ticket(call)))
    check_refused(given_up, shared, 1013)  # and the carrier asks what follows
    assert len(known) == 1
    monkeypatch.setattr(consumers.lifecycle, "database_is_away", lambda: True)
    given_up = serve(shared, lambda stream: stream.starts(make_ticket(call)))
    check_refused(given_up, shared, 1013)  # without a try, which may wait as long as others' did
    assert len(known) == 1


@pytest.mark.parametrize(
    "changed",
    [{"callSid": OTHER_CALL}, {"accountSid": OTHER_ACCOUNT}, {"callSid": ""}, {"accountSid": ""}],
    ids=str,
)
def test_a_ticket_opens_the_stream_of_its_own_call_only(line: PhoneNumber, shared, changed):
    call = line.answered()
    line.answered(CallSid=OTHER_CALL)
    check_refused(serve(shared, lambda stream: stream.starts(make_ticket(call), **changed)), shared)
    assert set(Call.objects.values_list("state", flat=True)) == {Call.State.OPENED}


@pytest.mark.parametrize(
    "ticket", [None, "", "garbage", "1.x.y", "9" * 5000, "\x00", "..", "١.x.y", "1." + "é" * 400]
)
def test_without_a_genuine_ticket_the_database_is_not_asked(shared, ticket, monkeypatch):
    monkeypatch.setattr(consumers.calls, "redeem_ticket", pytest.fail)
    check_refused(serve(shared, lambda stream: stream.starts(ticket)), shared)


def test_a_refusal_writes_no_ticket_to_the_log(line: PhoneNumber, shared, logged):
    call = line.answered()
    ticket = make_ticket(call)
    serve(shared, lambda stream: stream.starts(ticket, callSid=OTHER_CALL))
    serve(shared, lambda stream: stream.sends_text(f'{{"event":"start","ticket":"{ticket}"'))
    serve(shared, lambda stream: stream.sends_text(f'{{"event":"{ticket}","event":"start"}}'))
    assert [event["event"] for event in logged if event["event"] == "stream_refused"] == [
        "stream_refused"
    ] * 3
    told = str(logged)
    assert ticket not in told
    assert call.ticket_id not in told
    assert line.key_text not in told


# --- Before start --------------------------------------------------------------------------------

ACCENTS = "é" * 900
LONG = json.dumps({"event": "connected", "x": "x" * 16_400})
HOSTILE = {
    "not JSON": ("hello", 1008),
    "deep nesting": ('{"event":"connected","x":' + "[" * 12_000, 1008),
    "more than 16 KB": (LONG, 1008),
    "quoted in the close reason": (f'{{"event":"{ACCENTS}","event":"start"}}', 1008),
    "an array": ("[]", 1008),
}


@pytest.mark.parametrize(("text", "code"), HOSTILE.values(), ids=HOSTILE)
def test_garbage_before_start_closes_the_socket(shared, text, code):
    check_refused(serve(shared, lambda stream: stream.sends_text(text)), shared, code)


def test_binary_messages_in_the_place_of_a_start_close_the_socket(shared):
    def arrive(stream: Stream) -> None:
        for _ in range(consumers.START_CHARACTERS // consumers.BINARY_CHARACTERS + 1):
            stream.sends_bytes(b"\xff" * 160)

    check_refused(serve(shared, arrive), shared, 1008)


def test_sound_before_start_is_passed_over(line: PhoneNumber, shared):
    call = line.answered()
    sound = json.dumps({"event": "media", "streamSid": "MZ", "media": {"payload": "/w=="}})

    def arrive(stream: Stream) -> None:
        for _ in range(10):
            stream.sends_text(sound)
        stream.sends_bytes(b"\xff" * 160)
        stream.starts(make_ticket(call))
        stream.stops()

    serve(shared, arrive)
    assert Call.objects.get().state != Call.State.OPENED


def test_a_start_in_a_binary_message_is_read(shared):
    begin = json.dumps(start("1.no-ticket")).encode()
    check_refused(serve(shared, lambda stream: stream.sends_bytes(begin)), shared, 1008)


@pytest.mark.parametrize("text", ['{"event":"weather"}', '{"event":"connected"}'])
def test_start_comes_among_the_first_messages(line: PhoneNumber, shared, text):
    call = line.answered()

    def arrive(stream: Stream) -> None:
        for _ in range(consumers.START_MESSAGES):
            stream.sends_text(text)
        stream.starts(make_ticket(call))

    check_refused(serve(shared, arrive), shared)
    assert Call.objects.get().state == Call.State.OPENED


def test_16_kb_before_start_may_not_come_in_pieces_either(line: PhoneNumber, shared):
    def arrive(stream: Stream) -> None:
        stream.sends_text('{"event":"weather","x":"' + "x" * 8_000 + '"}')
        stream.sends_text('{"event":"weather","x":"' + "x" * 8_400 + '"}')

    check_refused(serve(shared, arrive), shared)


@pytest.mark.parametrize(
    "media_format",
    [
        {"encoding": "audio/x-l16", "sampleRate": 8000, "channels": 1},
        {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1},
        {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 2},
        {"encoding": "audio/x-mulaw", "sampleRate": "16000", "channels": 1},
        {"encoding": "audio/x-mulaw", "sampleRate": "many", "channels": 1},
        7,
    ],
    ids=str,
)
def test_another_sound_than_mulaw_at_8_khz_is_refused(line: PhoneNumber, shared, media_format):
    ticket = make_ticket(line.answered())
    stream = serve(shared, lambda stream: stream.starts(ticket, media_format=media_format))
    check_refused(stream, shared)
    assert Call.objects.get().state == Call.State.OPENED


@pytest.mark.parametrize("stream_sid", ["", "M", 'MZ","x":"', "MZ\n", "MZ" + "0" * 63, "MZé"])
def test_a_stream_sid_that_could_break_our_messages_is_refused(
    line: PhoneNumber, shared, stream_sid
):
    ticket = make_ticket(line.answered())
    check_refused(serve(shared, lambda stream: stream.starts(ticket, streamSid=stream_sid)), shared)


def test_a_socket_that_never_starts_is_closed(shared, monkeypatch, logged):
    monkeypatch.setattr(consumers, "START_SECONDS", 0)
    check_refused(serve(shared, lambda stream: stream.sends_text('{"event":"connected"}')), shared)
    [refusal] = [event for event in logged if event["event"] == "stream_refused"]
    assert refusal["reason"] == "no_start"


def test_a_socket_that_leaves_before_start_is_forgotten(shared, logged):
    stream = serve(shared, Stream.disconnects)
    assert [message["type"] for message in stream.sent] == ["websocket.accept"]
    assert len(consumers.waiting) == 0
    assert logged == []


# --- Too many ------------------------------------------------------------------------------------


def waiting_streams(count: int) -> list[Stream]:
    streams = [Stream() for _ in range(count)]
    for number, stream in enumerate(streams):
        stream.call_id = number + 1
    return streams


@pytest.fixture
def small_room(monkeypatch) -> None:
    monkeypatch.setattr(consumers, "waiting", PendingSockets(most=2, most_of_one=2))


def test_a_new_socket_evicts_the_oldest_pending_one(shared, small_room):
    async def scenario() -> None:
        streams = waiting_streams(3)
        tasks = []
        for stream in streams:
            tasks.append(serving(stream))
            await settle()
        await tasks[0]
        assert [stream.close_codes for stream in streams] == [[1008], [], []]
        assert streams[0].sent[-1]["reason"] == "no_start"
        tasks[1].cancel()
        streams[2].disconnects()
        await asyncio.wait(tasks[1:])

    asyncio.run(scenario())
    assert len(consumers.waiting) == 0


def test_a_call_that_is_being_admitted_loses_its_place_to_no_other(
    line: PhoneNumber, shared, small_room, monkeypatch
):
    """The rush comes while the database is slow, and every place is taken and taken again."""
    call = line.answered()
    gate, waits = threading.Event(), threading.Event()

    def held(**_):
        waits.set()
        assert gate.wait(GUARD_SECONDS)
        raise TicketRefused

    monkeypatch.setattr(consumers.calls, "redeem_ticket", held)

    async def scenario() -> None:
        real = Stream()
        task = serving(real)
        real.starts(make_ticket(call))
        assert await asyncio.to_thread(waits.wait, GUARD_SECONDS)
        rush = waiting_streams(4)
        tasks = [serving(stream) for stream in rush]
        await settle()
        assert real.close_codes == []
        assert [stream.close_codes for stream in rush] == [[1008], [1008], [], []]
        gate.set()
        await task
        assert real.sent[-1]["reason"] == str(TicketRefused())
        for stream in rush:
            stream.disconnects()
        await asyncio.wait(tasks)

    asyncio.run(scenario())


def test_one_proof_holds_no_more_than_two_places(shared):
    async def scenario() -> None:
        streams = [Stream() for _ in range(4)]
        tasks = [serving(stream) for stream in streams]
        await settle()
        kinds = [[message["type"] for message in stream.sent] for stream in streams]
        assert kinds == [["websocket.accept"]] * 2 + [["websocket.close"]] * 2
        for stream in streams:
            stream.disconnects()
        await asyncio.wait(tasks)

    asyncio.run(scenario())
    assert len(consumers.waiting) == 0


# --- Faults of ours ------------------------------------------------------------------------------


def test_a_fault_of_ours_closes_the_socket_without_a_word_of_it(shared, monkeypatch, line, logged):
    ticket = make_ticket(line.answered())

    def broken(**_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(consumers.calls, "redeem_ticket", broken)
    stream = serve(shared, lambda stream: stream.starts(ticket))
    assert stream.close_codes == [1011]
    assert "secret detail" not in str(stream.sent)
    assert [event["event"] for event in logged] == ["call_crashed"]
    assert len(consumers.waiting) == 0


def test_a_start_may_come_without_connected_and_in_any_order_of_fields(line: PhoneNumber, shared):
    call = line.answered()
    message = start(make_ticket(call))

    def arrive(stream: Stream) -> None:
        stream.call_id = call.pk
        stream.sends(dict(reversed(message.items())))

    serve(shared, arrive)
    assert Call.objects.get().ticket_redeemed_at is not None


def test_a_call_whose_engines_cannot_be_made_is_ended(line: PhoneNumber, shared, logged):
    ticket = make_ticket(line.answered())
    stream = serve(shared, lambda stream: stream.starts(ticket))
    assert stream.close_codes == [1011]
    call = Call.objects.get()
    assert (call.state, call.end_reason) == (Call.State.ENDED, "internal_error")
    assert capacity.count == 0
    assert ticket not in str(logged)


def test_a_call_whose_secrets_cannot_be_opened_is_ended(
    line: PhoneNumber, shared, settings, logged
):
    store_secret(line.org, name="openai_api_key", value="sk-canary-0123456789", actor=None)
    ticket = make_ticket(line.answered())
    settings.FIELD_ENCRYPTION_KEYS = ["another-key-" + "x" * 40]
    stream = serve(shared, lambda stream: stream.starts(ticket))
    assert stream.close_codes == [1011]
    call = Call.objects.get()
    assert (call.state, call.end_reason) == (Call.State.ENDED, "internal_error")
    assert "canary" not in str(logged)
