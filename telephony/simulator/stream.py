"""One media socket, from Twilio's side: 50 frames a second out, the server's audio in."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from telephony.simulator import wire
from telephony.simulator.caller import Act, Caller, HangUp, LoseLine, Press, Say, Unanswered
from telephony.simulator.clock import Clock
from telephony.simulator.codes import CarrierError
from telephony.simulator.media_socket import MediaSocket
from telephony.simulator.metronome import Metronome
from telephony.simulator.report.history import Said, StreamLog
from telephony.simulator.sound.loudness import FRAME_MS
from telephony.simulator.sound.playout import Playout
from telephony.simulator.sound.utterance import (
    LINE_NOISE,
    LINE_NOISE_PAYLOADS,
    Utterance,
    payload_of,
)

# Twilio does not say how long it keeps caller audio for a server that does not read.
MAX_BLOCKED_SECONDS: Final = 5.0
# A server that sends garbage for ever must not fill the report.
MAX_ERRORS: Final = 20
NORMAL_CLOSE: Final = frozenset({1000, 1001})


Tell = Callable[[str, str], None]
# What the line makes of a frame of the caller (mu-law) at a time, having played so much: an echo.
LineEffect = Callable[[bytes, Playout, float], bytes]


class MediaStream:
    """Speaks for the caller on an open socket until one of the two sides ends it."""

    def __init__(
        self,
        socket: MediaSocket,
        *,
        outbox: wire.MessageWriter,
        clock: Clock,
        metronome: Metronome,
        keep_audio: bool = False,
        tell: Tell = lambda what, words: None,
        effect: LineEffect | None = None,
    ) -> None:
        self.log = StreamLog(stream_sid=outbox.stream_sid)
        self._socket = socket
        self._outbox = outbox
        self._clock = clock
        self._metronome = metronome
        self._keep_audio = keep_audio
        self._tell = tell
        self._effect = effect
        self._speaking: Utterance | None = None
        self._spoken_frames = 0
        self._first_voiced_ms = 0.0
        self._last_voiced_ms = 0.0
        self._held_back = 0
        self._blocked_seconds = 0.0
        self._is_over = asyncio.Event()

    async def run(
        self, parameters: Mapping[str, str], make_caller: Callable[[float], Caller]
    ) -> StreamLog:
        """Be on the line from `start` (with `parameters`) to the end; returns what happened.

        make_caller: makes the person who speaks, given the moment the stream began.
        """
        socket = self._socket
        try:
            socket.send(wire.CONNECTED)
            socket.send(self._outbox.start(parameters))
            self.log.started_ms = self._clock.now_ms()
            await self._talk(make_caller(self.log.started_ms))
        finally:
            now_ms = self._clock.now_ms()
            self._finish_utterance(is_complete=False)
            self.log.unheard_ms = self.log.playout.stop(now_ms=now_ms)
            self.log.ended_ms = now_ms
            self.log.close_code = socket.close_code
            # A cancelled call must not leave its socket behind.
            socket.abort()
        if self.log.ended_by == "server":
            self._judge_close()
        return self.log

    def _judge_close(self) -> None:
        self._tell("closed", "the server closes the media stream")
        code, reason = self._socket.close_code, self._socket.close_reason
        if code not in NORMAL_CLOSE:
            words = f"the server closed the media socket with code {code}"
            self._error(CarrierError(31921, f"{words} ({reason})" if reason else words))

    async def _talk(self, caller: Caller) -> None:
        self._socket.listen(self._hear)
        self._socket.closed.add_done_callback(lambda _: self._is_over.set())
        beat = self._metronome.join(lambda late_ms: self._on_beat(caller, late_ms))
        try:
            await self._is_over.wait()
        finally:
            beat.leave()
        if self.log.ended_by == "caller":
            self._socket.close()
            await self._socket.closed
        self._end("server")  # unless the caller was first

    def _hear(self, message: str | bytes) -> None:
        now_ms = self._clock.now_ms()
        try:
            match wire.read(message, stream_sid=self._outbox.stream_sid):
                case wire.Media(audio):
                    self.log.playout.media(audio, now_ms=now_ms)
                case wire.Mark(name):
                    self.log.marks_received += 1
                    self.log.playout.mark(name, now_ms=now_ms)
                case wire.Clear():
                    self._clear(now_ms)
        except CarrierError as error:
            self._error(error)

    def _clear(self, now_ms: float) -> None:
        was_playing = self.log.playout.is_playing(now_ms)
        flushed = self.log.playout.clear(now_ms=now_ms)
        if was_playing:
            self._tell("clear", "the agent falls silent")
        for name in flushed:
            self._return_mark(name)

    def _return_mark(self, name: str) -> None:
        self.log.marks_returned += 1
        self._socket.send(self._outbox.mark(name))

    def _on_beat(self, caller: Caller, late_ms: float) -> None:
        """20 ms have passed: a frame is due, and those that a full socket held back."""
        self.log.late_ms = max(self.log.late_ms, late_ms)
        if (blocked := self._socket.blocked_seconds) > 0:
            self._held_back += 1
            self._blocked_seconds = blocked
            return
        if self._blocked_seconds > MAX_BLOCKED_SECONDS:
            self._lose_frames(self._held_back)
            self._held_back = 0
        self._blocked_seconds = 0.0
        for _ in range(1 + self._held_back):
            if not self._is_over.is_set():
                self._frame(caller)
        self._held_back = 0

    def _frame(self, caller: Caller) -> None:
        now_ms = self._clock.now_ms()
        for name in self.log.playout.reached(now_ms=now_ms):
            self._return_mark(name)
        act = caller.act(self.log.playout, now_ms=now_ms)
        if act is not None and self._do(act, now_ms):
            self._is_over.set()
        else:
            self._send_frame(now_ms)

    def _lose_frames(self, count: int) -> None:
        """Twilio throws away what it cannot send for so long."""
        for _ in range(count):
            self._outbox.lose_media()
        seconds = count * FRAME_MS / 1000
        self._error(CarrierError(31930, f"the server read nothing for {seconds:.0f} s"))

    def _do(self, act: Act, now_ms: float) -> bool:
        """Carry out what the caller decided; True when it ends the stream."""
        match act:
            case Say(utterance):
                self._speaking, self._spoken_frames = utterance, 0
                manner = "interrupts" if self.log.playout.is_playing(now_ms) else "says"
                self._tell("said", f"the caller {manner}: {utterance.text}")
            case Press(digit):
                self.log.pressed.append((now_ms, digit))
                self._tell("pressed", f"the caller presses {digit}")
                self._socket.send(self._outbox.dtmf(digit))
            case Unanswered(waited_ms):
                self.log.unanswered_ms.append(now_ms)
                self._tell("silence", f"no answer for {waited_ms / 1000:.0f} s")
            case HangUp():
                self._end("caller")
                self._tell("hang_up", "the caller hangs up")
                self._socket.send(self._outbox.stop())
                return True
            case LoseLine():
                self._end("line lost")
                self._tell("line_lost", "the line breaks")
                self._socket.abort()
                return True
        return False

    def _send_frame(self, now_ms: float) -> None:
        number = self.log.frames_sent
        speaking = self._speaking
        if speaking is not None and self._spoken_frames < len(speaking.frames):
            frame = speaking.frames[self._spoken_frames]
            payload = speaking.payloads[self._spoken_frames]
            # When they were sent, not when they were due: what a late phone makes up for in one
            # burst may be answered before it was due.
            if self._spoken_frames == speaking.first_voiced:
                self._first_voiced_ms = now_ms
            if self._spoken_frames <= speaking.last_voiced:
                self._last_voiced_ms = now_ms
            self._spoken_frames += 1
            if self._spoken_frames == len(speaking.frames):
                self._finish_utterance(is_complete=True)
        else:
            frame = LINE_NOISE[number % len(LINE_NOISE)]
            payload = LINE_NOISE_PAYLOADS[number % len(LINE_NOISE)]
        if self._effect is not None:
            frame = self._effect(frame, self.log.playout, now_ms)
            payload = payload_of(frame)
        if self._keep_audio:
            self.log.caller_audio += frame
        self._socket.send(self._outbox.media(payload))
        self.log.frames_sent += 1

    def _finish_utterance(self, *, is_complete: bool) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is None or self._spoken_frames <= speaking.first_voiced:
            return
        self.log.said.append(
            Said(
                text=speaking.text,
                first_voiced_ms=self._first_voiced_ms,
                last_voiced_ms=self._last_voiced_ms,
                is_complete=is_complete,
            )
        )

    def _end(self, whom: str) -> None:
        self.log.ended_by = self.log.ended_by or whom

    def _error(self, error: CarrierError) -> None:
        # The same complaint again and again says nothing new.
        if len(self.log.errors) < MAX_ERRORS and str(error) not in map(str, self.log.errors):
            self.log.errors.append(error)
            self._tell("error", str(error))
