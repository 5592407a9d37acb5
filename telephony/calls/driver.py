"""The driver of a live call: the I/O around the pure session (socket, engine, clock, records).

    socket --decode--> session.receive() --commands--> engine, outgoing queue, recorder
    engine events ----------^

From a message to its commands everything runs on the event loop without an await; with our own
server within the event that reads the socket. Only the record writer uses the database.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Final

import structlog
from django.utils import timezone

from agents.engines.base import Engine
from telephony.admission.message_budget import MessageBudget
from telephony.calls.audio import CallAudio
from telephony.calls.command_runner import CommandRunner
from telephony.calls.flight_recorder import FlightRecorder
from telephony.calls.private.records import records_of
from telephony.calls.resuming.bookkeeper import OF_THE_CALLER, Bookkeeper
from telephony.calls.resuming.owners_recorder import Liveness, OwnersRecorder
from telephony.calls.sink import EventSink
from telephony.calls.socket import CallSocket
from telephony.calls.streams.live_call import LiveCall, config_for
from telephony.calls.streams.put_through import PutThrough
from telephony.calls.tasks import CallTasks
from telephony.calls.tool_tasks import tools_of
from telephony.calls.transport import Message, Transport
from telephony.process import metrics
from telephony.process.runtime import Runtime
from telephony.process.stall_watch import Owner, register_owner
from telephony.session.commands import Command, HangUp, Leave
from telephony.session.events import (
    BudgetSpent,
    CallerGone,
    CallOpened,
    CallResumed,
    Event,
    FrameHeard,
    HangUpAsked,
    LeaveAsked,
    MarkPlayed,
    MoveAsked,
    Tick,
)
from telephony.session.turns import TurnState
from usage.records.calls import LOST_CALL
from voicex.errors import ProtocolError
from voicex.reasons.ends import EndReason
from voicex.sockets import CLOSE_NORMAL, CLOSE_POLICY, CLOSE_UNSUPPORTED

log = structlog.get_logger(__name__)

TICK_SECONDS: Final = 0.25
SNAPSHOT_SECONDS: Final = 10.0
PLAYBACK_EVENTS: Final = frozenset({MarkPlayed, Tick})  # after which more of a reply was heard
RECORD_SECONDS: Final = 2.0  # seconds that a closing call waits for its records
# The message budget. A telephone sends in real time, or catches up after the engines were warmed
# up. A client that sends faster would slow down the other calls of this process.
MAX_AHEAD_MS: Final = 60_000


class CallDriver:
    """Runs one call from the redeemed ticket to the last record.

    For the event loop's thread. engine: made for this call and not started yet; owned by the driver
    from now on. lost: the end reason when the socket closes unexpectedly.
    """

    def __init__(
        self,
        call: LiveCall,
        *,
        transport: Transport,
        socket: CallSocket,
        engine: Engine,
        runtime: Runtime,
        lost: EndReason = EndReason.SOCKET_CLOSED,
    ) -> None:
        config = config_for(engine, call.setup.config)
        self.generation = call.generation
        self._call = call
        self._transport = transport
        self._runtime = runtime
        self._socket = socket
        self._lost = lost
        self._session = call.session(config)
        self._flight_recorder = FlightRecorder(config)
        self._is_over = asyncio.Event()
        self._began_ms = call.clock_ms(timezone.now())
        self._opened_at = monotonic() - self._began_ms / 1000
        self._budget = MessageBudget()
        self._is_left = False  # to another process
        self._is_deaf = False  # the call is over; further messages are ignored
        self._broken_messages = 0
        self._close_code = CLOSE_NORMAL
        self._liveness = Liveness()
        self._recorder = OwnersRecorder.of(call, runtime.recorder, self._liveness)
        self._audio = _audio_of(call, runtime, self._recorder, is_private=config.privacy.is_on)
        self._mixer = self._audio.mixer
        self._records = records_of(
            call.call_id,
            config,
            recorder=self._recorder,
            show=lambda turn: socket.send(transport.show(turn)),
            settle=self._audio.settle,
            earlier=call.earlier,
            written=call.turns,
        )
        self._books = Bookkeeper(
            call,
            session=self._session,
            engine=engine,
            runtime=runtime,
            redact=self._records.without_words,
        )
        self._tasks = CallTasks()
        self.sink = EventSink(self._on_event)
        self.put_through = PutThrough(call, session=self._session, ready=self.sink.emit)
        self._tools = tools_of(
            call, runtime, self._session, self.put_through, tasks=self._tasks, emit=self.sink.emit
        )
        self._commands = CommandRunner(
            self._session,
            engine=engine,
            transport=transport,
            socket=socket,
            audio=self._audio,
            records=self._records,
            books=self._books,
            tools=self._tools,
            began_ms=self._began_ms,
        )
        self._engine = engine
        engine.start(tasks=self._tasks, emit=self.sink.emit)

    async def run(self) -> None:
        """Run the call until it ends. Records are handed over in any case."""
        self._runtime.live.enter(self._call.call_id, self)
        self._books.announce()
        try:
            async with self._tasks as tasks:
                tasks.create_task(self._carry_messages(), name="socket")
                tasks.create_task(self._watch_clock(), name="clock")
                try:
                    self._open()
                    await self._is_over.wait()
                finally:
                    self._engine.close()  # while tasks end, no frame may start another one
                    tasks.cancel()
        finally:
            self.sink.close()  # the engine's tasks have ended
            self._leave()
        # Twilio requests the `<Connect action>` URL as soon as the socket closes, and the answer
        # depends on the final record: so that is written first.
        if self._is_left:
            await self._audio.leave(seconds=RECORD_SECONDS)
        await self._runtime.recorder.written(seconds=RECORD_SECONDS)
        self._socket.take_back(self._transport.is_sound)
        await self._socket.close(self._close_code, self._transport.end(self._session.end_reason))

    def _open(self) -> None:
        before, has_audio = self._call.resumed, self._transport.has_audio
        self._on_event(CallResumed(before.lost_at_ms) if before else CallOpened(has_audio))
        self._books.save_state(now_ms=self._now_ms())

    def give_up(self, close_code: int, reason: EndReason) -> None:
        """End the call as if the caller had hung up. close_code: for the WebSocket. Idempotent."""
        if self._session.state is TurnState.ENDED:
            return
        log.warning("stream_refused", reason=reason)
        self._close_code = close_code
        self._on_event(CallerGone(reason))

    def hang_up(self) -> None:
        """End the call because a member asked for it. Idempotent."""
        self._on_event(HangUpAsked(EndReason.HUNG_UP_BY_MEMBER))

    def move(self, *, is_urgent: bool = False, in_any_pause: bool = False) -> None:
        """Hand the call over to another process (see `MoveAsked`), or end it with a goodbye."""
        move = MoveAsked(is_urgent, in_any_pause)
        self._on_event(move if self._call.is_resumable else LeaveAsked())

    def end_gracefully(self, *, is_over_budget: bool = False) -> None:
        """End the call with a goodbye: this process stops, or a budget is spent. Idempotent."""
        self._on_event(BudgetSpent() if is_over_budget else LeaveAsked())

    def end(self, reason: str) -> None:
        """End the call at once. reason: an `EndReason`, or LOST_CALL. Idempotent."""
        self._recorder.doubt()  # the carrier may have asked another process to continue the call
        self._on_event(CallerGone(reason))

    def listen(self) -> None:
        """Publish the call's sound to listeners for the next seconds."""
        self._audio.listen(monotonic())

    # --- events in, commands out -----------------------------------------------------------

    def _now_ms(self) -> int:
        return int((monotonic() - self._opened_at) * 1000)

    def _on_frame(self, frame: FrameHeard) -> None:
        payload, heard_at = frame.payload, monotonic()  # fast path: 50 frames a second
        self._liveness.heard_at = heard_at
        now = heard_at - self._opened_at
        now_ms = int(now * 1000)
        if not self._budget.takes_frame(now):
            self.give_up(CLOSE_POLICY, EndReason.TOO_MANY_MESSAGES)
            return
        self._flight_recorder.record_frame(payload, now_ms)
        if self._session.hear(len(payload), now_ms=now_ms):
            self._engine.hear(payload)
        media_ms = self._session.media_ms
        if self._mixer.is_running:
            self._mixer.frame(payload, media_ms)
        if media_ms > now_ms - self._began_ms + MAX_AHEAD_MS:
            self.give_up(CLOSE_POLICY, EndReason.AUDIO_TOO_FAST)

    def _on_event(self, event: Event) -> None:
        now_ms = self._now_ms()
        self._flight_recorder.record(event, now_ms)
        self._records.observe(event, self._session.media_ms)
        for command in self._session.receive(event, now_ms=now_ms):
            self._apply(command)
        self._records.received(self._session.media_ms)
        if type(event) in OF_THE_CALLER:
            self._books.note_change()
        if type(event) in PLAYBACK_EVENTS and (heard := self._session.heard(now_ms)):
            self._engine.heard(*heard)
        self._enqueue(self._transport.show_state(self._session.state))

    def _apply(self, command: Command) -> None:
        if isinstance(command, Leave | HangUp):
            self._is_left = isinstance(command, Leave)
            self._books.save_state(now_ms=self._now_ms())  # not of a call that has ended
            self._is_deaf = True
            self._is_over.set()
        elif not self._commands.run(command, self._now_ms()):
            self.give_up(CLOSE_POLICY, EndReason.SOCKET_STALLED)

    # --- the socket ------------------------------------------------------------------------

    async def _carry_messages(self) -> None:
        await self._socket.carry(self._on_message)
        if not self._is_left:  # else a server that ends has closed it
            self.end(self._lost)

    def _on_message(self, message: Message) -> None:
        if self._is_deaf:
            return
        try:
            event = self._transport.read(message)
        except ProtocolError as error:
            self._on_garbage(error, message)
            return
        if type(event) is FrameHeard:
            self._on_frame(event)
            return
        is_sound = isinstance(message, bytes) and self._transport.takes_bytes
        kind = FrameHeard if is_sound else type(event)
        if not self._budget.takes(kind, self._now_ms() / 1000):
            self.give_up(CLOSE_POLICY, EndReason.TOO_MANY_MESSAGES)
        elif event is not None:
            self._on_event(event)

    def _on_garbage(self, error: ProtocolError, message: Message) -> None:
        self._broken_messages += 1
        if self._broken_messages == 1:
            log.warning("broken_message", error=str(error))
        if not self._budget.takes(ProtocolError, self._now_ms() / 1000):
            if isinstance(message, bytes) and not self._transport.takes_bytes:
                self.give_up(CLOSE_UNSUPPORTED, EndReason.BINARY_MESSAGE)
            else:
                self.give_up(CLOSE_POLICY, EndReason.PERSISTENT_GARBAGE)

    def _enqueue(self, messages: Sequence[Message]) -> None:
        if messages and not self._socket.send(messages):
            self.give_up(CLOSE_POLICY, EndReason.SOCKET_STALLED)

    # --- the clock and the records ------------------------------------------------------------

    async def _watch_clock(self) -> None:
        snapshot_at = monotonic() + SNAPSHOT_SECONDS
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if not self._liveness.tick():
                self._recorder.doubt()
                self._books.save_state(now_ms=self._now_ms())  # tells whether we still own the call
                continue  # read messages that arrived meanwhile before the line counts as lost
            self._on_event(Tick())
            self._audio.poll(monotonic(), self._session.media_ms)
            self._books.save_changes(now_ms=self._now_ms())
            if monotonic() >= snapshot_at:
                snapshot_at += SNAPSHOT_SECONDS
                self._books.save_usage(is_final=False)

    def _leave(self) -> None:
        """Close everything that is still open, then write the last records, even after a
        failure.
        """
        self._runtime.live.leave(self._call.call_id)
        try:
            if self._session.state is not TurnState.ENDED and not self._is_left:
                self.end(EndReason.INTERNAL_ERROR)
        finally:
            self._save_last_records()

    def _save_last_records(self) -> None:
        """Hand over the last records, the most important first."""
        reason = self._session.end_reason or EndReason.INTERNAL_ERROR
        if self._is_left:
            self._books.leave()
            return
        if reason == LOST_CALL:  # the process that continues the call writes all further records
            log.warning("call_continued_elsewhere", generation=self._call.generation)
            return
        self._books.save_usage(is_final=True)
        self.put_through.end_stream(self._runtime.recorder, reason=reason, now=timezone.now())
        packed = None if self._call.earlier.is_return else self._flight_recorder.pack()
        self._records.finish(packed, self._session.media_ms)
        self._books.announce()
        self._audio.finish()
        metrics.count_ended(self._session)
        metrics.LOST_FRAMES.inc(self._transport.lost_frames)
        log.info(
            "call_ended",
            reason=self._session.end_reason,
            turns=len(self._session.transcript.turns),
            media_ms=self._session.media_ms,
            lost_frames=self._transport.lost_frames,
            broken_messages=self._broken_messages,
            strange_messages=self._transport.strange_messages,
        )


def _audio_of(
    call: LiveCall, runtime: Runtime, records: OwnersRecorder, *, is_private: bool
) -> CallAudio:
    return CallAudio(
        call.call_id,
        call.org_id,
        uploader=runtime.recordings,
        live=runtime.live,
        is_private=is_private,
        records=records,
        so_far=call.recording,
    )


register_owner(
    CallDriver,
    lambda driver: Owner(driver._call.org_id, driver._call.setup.config.agent_id),
)
