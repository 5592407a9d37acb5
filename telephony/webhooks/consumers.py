"""Media sockets of carriers: authentication, then the call's driver."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache
from time import monotonic
from typing import Any, Final

import structlog
from django.db import transaction
from django.utils import timezone

from agents.engines import registry
from agents.engines.base import EngineSetup, WideHearing, WideSpeaking
from agents.speech.audio.wide_sound import WideSound
from agents.speech.audio.wide_voice import WideVoice
from telephony.admission import preparation, stream_paths, tickets
from telephony.admission.pending_sockets import PendingSockets
from telephony.calls.driver import CallDriver
from telephony.calls.resuming.resumed import ResumedCall
from telephony.calls.socket import CallSocket, call_socket
from telephony.calls.streams.earlier import (
    FIRST,
    config_of,
    earlier_in,
    earlier_of,
    lasted_of,
    within_carriers_time,
)
from telephony.calls.streams.live_call import LiveCall
from telephony.calls.transport import Transport
from telephony.carriers import registry as carriers
from telephony.carriers.base import StreamStart
from telephony.process.capacity import capacity
from telephony.process.runtime import Runtime, runtime_of
from telephony.session.resuming.state import UnreadableState
from usage.billing import settlement
from usage.models import Call
from usage.records import calls
from usage.records.database import AWAY
from usage.takeover import states, takeovers
from voicex.bounds.log_throttle import ThrottledWarning
from voicex.errors import NotPrepared, ProtocolError, SecretUnreadable, TicketRefused
from voicex.reasons.ends import EndReason
from voicex.sockets import (
    CLOSE_POLICY,
    CLOSE_TRY_LATER,
    BinaryMessage,
    GuardedSocket,
    Receive,
    Send,
    SocketEnded,
    accept,
    receive_text,
    refusals_logged,
)
from voicex.web.lifecycle import lifecycle

log = structlog.get_logger(__name__)

START_SECONDS: Final = 5.0
# Some gateways send sound before it: up to 0.8 s of it, or 16 KB, which nobody has heard yet.
START_MESSAGES: Final = 40
# How long a stream waits for the database; more than the restart of one takes.
DATABASE_SECONDS: Final = 4.0
DATABASE_AGAIN_SECONDS: Final = 0.1
START_CHARACTERS: Final = 16_384
BINARY_CHARACTERS: Final = 1_024  # as which one counts that is no text
# The limit of sockets that are connected without a redeemed ticket. Only clients with the URL from
# a call's TwiML get this far, and Twilio opens it once.
MAX_WAITING_SOCKETS: Final = 500
MAX_WAITING_OF_ONE: Final = 2

waiting = PendingSockets(most=MAX_WAITING_SOCKETS, most_of_one=MAX_WAITING_OF_ONE)
unproven: Final = ThrottledWarning("stream_unproven")
refused: Final = ThrottledWarning("stream_refused")
without_database: Final = ThrottledWarning("ticket_waits_for_database")


class MediaStreamConsumer(GuardedSocket):
    """One media stream of a carrier: signed path, handshake, ticket, then the driver."""

    crash_event = "call_crashed"

    def __init__(self, carrier: str) -> None:
        """carrier: its name, as in the path of the stream."""
        self._carrier = carriers.carrier(carrier)

    async def serve(self, scope: Any, receive: Receive, send: Send) -> None:
        """Run the call of the signed path. Raises: SocketEnded."""
        call_id = stream_paths.read(scope["path"], now=timezone.now())
        if call_id is None:
            unproven.warn()
            raise SocketEnded(CLOSE_POLICY)
        runtime = runtime_of(scope)
        call, transport = await self._admit(call_id, runtime, receive, send)
        await run_call(call, transport, call_socket(scope, receive, send), runtime=runtime)

    async def _admit(
        self, call_id: int, runtime: Runtime, receive: Receive, send: Send
    ) -> tuple[LiveCall, Transport]:
        """The call of a valid, unused ticket. Raises: SocketEnded."""
        patience = asyncio.timeout(START_SECONDS)

        def evict() -> None:
            with suppress(RuntimeError):  # its start has been read
                patience.reschedule(0)

        pending = waiting.enter(call_id, evict)
        if pending is None:
            unproven.warn(call_id=call_id)
            raise SocketEnded(CLOSE_POLICY)
        try:
            with refusals_logged(refused):
                async with patience:
                    await accept(send)
                    start = await self._read_start(receive)
                return await self._redeem(call_id, start, runtime), start.transport
        finally:
            waiting.leave(pending)

    async def _redeem(self, call_id: int, start: StreamStart, runtime: Runtime) -> LiveCall:
        """Exchange the ticket, after a restart of the database if need be.

        Raises: TicketRefused; SocketEnded, when the database does not come back.

        Its caller hears nothing meanwhile. What was committed when the connection broke is not
        known; the carrier of a ticket that was exchanged then asks what follows.
        """
        until = monotonic() + DATABASE_SECONDS
        take = cache(preparation.prepared_calls.take)  # each try knows what the first has taken
        while True:
            try:
                return await runtime.setup_threads.run(
                    _redeem, call_id, start, carrier=self._carrier.name, take=take, until=until
                )
            except AWAY as error:
                if monotonic() >= until:
                    raise SocketEnded(CLOSE_TRY_LATER, "database_away") from error
                without_database.warn(error=type(error).__name__)
                await asyncio.sleep(DATABASE_AGAIN_SECONDS)

    async def _read_start(self, receive: Receive) -> StreamStart:
        characters = 0
        for _ in range(START_MESSAGES):
            start, size = await self._read_before_start(receive)
            characters += size
            if characters > START_CHARACTERS:
                raise ProtocolError("More than 16 KB came before start")
            if start is not None:
                return start
        raise ProtocolError("No start among the first messages")

    async def _read_before_start(self, receive: Receive) -> tuple[StreamStart | None, int]:
        """The start in the next message, if it is one, and for how many characters it counts."""
        try:
            text = await receive_text(receive, in_bytes=True)  # as the driver reads what follows
        except BinaryMessage:
            return None, BINARY_CHARACTERS
        # One that is too long is not read.
        return self._carrier.read_start(text) if len(text) <= START_CHARACTERS else None, len(text)


async def run_call(
    call: LiveCall,
    transport: Transport,
    socket: CallSocket,
    *,
    runtime: Runtime,
    watch: Callable[[CallDriver], Coroutine[Any, Any, None]] | None = None,
    lost: EndReason = EndReason.SOCKET_CLOSED,
    wide: WideSound | None = None,
    wide_voice: WideVoice | None = None,
) -> None:
    """Run the call until its end, which is always recorded.

    lost: as in `CallDriver`. watch: a coroutine beside the call that may end it
    (`CallDriver.give_up`). wide: the caller's wide-band audio; None on a telephone line.
    wide_voice: receives the voice's wide-band audio; None if the line cannot play it.
    """
    structlog.contextvars.bind_contextvars(call_sid=call.call_sid, org_id=call.org_id)
    if call.setup.config.privacy.is_on:
        structlog.contextvars.bind_contextvars(is_private=True)
    config = call.setup.config
    capacity.enter()
    try:
        await registry.warm({config.stt, config.llm, config.tts})  # the first time takes long
        engine = runtime.engine(call.setup)
        if wide is not None and isinstance(engine, WideHearing):
            engine.hear_beside(wide)
        if wide_voice is not None and isinstance(engine, WideSpeaking):
            engine.speak_beside(wide_voice)
        driver = CallDriver(
            call, transport=transport, socket=socket, engine=engine, runtime=runtime, lost=lost
        )
        if watch is None:
            await driver.run()
            return
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watch(driver), name="watch")
            await driver.run()
            watching.cancel()
    except BaseException:  # also when cancelled while warming up; the first reason counts
        runtime.recorder.submit(
            settlement.finalize,
            call.call_id,
            reason=EndReason.INTERNAL_ERROR,
            generation=call.generation,
            now=timezone.now(),
        )
        raise
    finally:
        capacity.leave()


def _redeem(
    call_id: int,
    start: StreamStart,
    *,
    carrier: str,
    take: Callable[[str], preparation.PreparedCall | None],
    until: float,
) -> LiveCall:
    """Exchange the ticket for its call, once. On a database thread.

    call_id: the call that the socket's path was made for. take: finds what is prepared for a
    ticket. until: on the monotonic clock. Raises: TicketRefused; SocketEnded, without a try, where
    it is later and the database is away: others had the few threads, and each of them waited.
    """
    if monotonic() >= until and lifecycle.database_is_away():
        raise SocketEnded(CLOSE_TRY_LATER, "database_away")
    ticket = tickets.read_ticket(start.ticket)
    if ticket.call_id != call_id:
        raise TicketRefused
    now = timezone.now()
    presented: dict[str, Any] = {
        "call_id": ticket.call_id,
        "ticket_id": ticket.ticket_id,
        "carrier": carrier,
        "stream_sid": start.stream_id,
        "call_sid": start.call_id,
        "account_sid": start.account_id,
        "now": now,
    }
    if ticket.generation and (
        resumed := takeovers.redeem(**presented, generation=ticket.generation)
    ):
        return _continued(resumed, carrier=carrier)
    ready = take(ticket.ticket_id)
    call = calls.redeem_ticket(**presented, known=ready.call if ready else None)
    if call is None:
        raise TicketRefused
    return _redeemed(call, ready, carrier=carrier, now=now)


def _redeemed(
    call: Call, ready: preparation.PreparedCall | None, *, carrier: str, now: datetime
) -> LiveCall:
    """The call of a stream that is no takeover: its first one, or after a transfer."""
    setup = ready.setup if ready else setup_of(call)
    # A row that was read before its first stream knows of none.
    has_been_live = call.live_at is not None and call.live_at < now
    earlier = earlier_of(call) if has_been_live else FIRST
    config = config_of(setup.config, earlier)
    config = within_carriers_time(config, clock_ms=0, lasted=lasted_of(call, now))
    return LiveCall(
        call_id=call.pk,
        call_sid=call.call_sid,
        org_id=call.org.public_id,
        setup=replace(setup, config=config),
        has_transfers=carriers.carrier(carrier).transfers is not None,
        is_pooled=call.is_pooled,
        earlier=earlier,
        is_resumable=True,
        generation=call.generation,
    )


def _continued(resumed: takeovers.Resumed, *, carrier: str) -> LiveCall:
    """The call to resume from its saved state. On a database thread. Raises: TicketRefused."""
    call = resumed.call
    try:
        before = ResumedCall.read(resumed)
    except UnreadableState as error:  # of another release: the carrier asks, and says words
        log.error("state_not_read", call_id=call.pk, error=str(error))
        with transaction.atomic():
            if states.hold(call.pk, call.generation):
                takeovers.keep_used(call.pk)
                states.forget(call.pk)
        raise TicketRefused from error
    setup, earlier, now = setup_of(call), earlier_in(before.state), timezone.now()
    config = within_carriers_time(
        config_of(setup.config, earlier),
        clock_ms=before.clock_ms(now),
        lasted=lasted_of(call, now),
    )
    return LiveCall(
        call_id=call.pk,
        call_sid=call.call_sid,
        org_id=call.org.public_id,
        setup=replace(setup, config=config),
        has_transfers=carriers.carrier(carrier).transfers is not None,
        earlier=earlier,
        is_pooled=call.is_pooled,
        is_resumable=True,
        generation=call.generation,
        resumed=before,
    )


def setup_of(call: Call) -> EngineSetup:
    """What the engines of a redeemed call are made from; a call without any ends here."""
    try:
        return preparation.setup_of(call)
    except (SecretUnreadable, NotPrepared):
        settlement.finalize(
            call.pk,
            reason=EndReason.INTERNAL_ERROR,
            generation=call.generation,
            now=timezone.now(),
        )
        raise
