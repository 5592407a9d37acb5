"""One media socket, from Twilio's side: 50 frames a second out, the server's audio in."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Mapping
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    WebSocketException,
)

from telephony.simulator import wire
from telephony.simulator.caller import Act, Caller, HangUp, LoseLine, Press, Say, Unanswered
from telephony.simulator.clock import Clock
from telephony.simulator.codes import CarrierError
from telephony.simulator.history import Said, StreamLog
from telephony.simulator.loudness import FRAME_MS
from telephony.simulator.utterance import LINE_NOISE, LINE_NOISE_PAYLOADS, Utterance

OPEN_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 5.0
# Twilio does not say how long it keeps caller audio for a server that does not read.
MAX_BLOCKED_SECONDS: Final = 5.0
# A server that sends garbage for ever must not fill the report.
MAX_ERRORS: Final = 20
NORMAL_CLOSE: Final = frozenset({1000, 1001})


Tell = Callable[[str, str], None]


class MediaStream:
    """Speaks for the caller on an open socket until one of the two sides ends it."""

    def __init__(
        self,
        socket: ClientConnection,
        *,
        outbox: wire.Outbox,
        clock: Clock,
        keep_audio: bool = False,
        tell: Tell = lambda what, words: None,
    ) -> None:
        self.log = StreamLog(stream_sid=outbox.stream_sid)
        self._socket = socket
        self._outbox = outbox
        self._clock = clock
        self._keep_audio = keep_audio
        self._tell = tell
        self._speaking: Utterance | None = None
        self._spoken_frames = 0
        self._spoken_since_ms = 0.0

    async def run(
        self, parameters: Mapping[str, str], make_caller: Callable[[float], Caller]
    ) -> StreamLog:
        """Be on the line from `start` (with `parameters`) to the end; returns what happened.

        make_caller: makes the person who speaks, given the moment the stream began.
        """
        try:
            await self._socket.send(wire.CONNECTED)
            await self._socket.send(self._outbox.start(parameters))
            self.log.started_ms = self._clock.now_ms()
            await self._talk(make_caller(self.log.started_ms))
        except ConnectionClosed:
            self._end("server")
        finally:
            now_ms = self._clock.now_ms()
            self._finish_utterance(is_complete=False)
            self.log.unheard_ms = self.log.playout.stop(now_ms=now_ms)
            self.log.ended_ms = now_ms
            self.log.close_code = self._socket.close_code
            # A cancelled call must not leave its socket behind.
            self._socket.transport.abort()
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
        listening = asyncio.create_task(self._listen(), name="simulated-ear")
        try:
            await self._speak(caller)
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await listening

    async def _listen(self) -> None:
        async for message in self._socket:
            now_ms = self._clock.now_ms()
            try:
                heard = wire.read(message, stream_sid=self._outbox.stream_sid)
                match heard:
                    case wire.Media(audio):
                        self.log.playout.media(audio, now_ms=now_ms)
                    case wire.Mark(name):
                        self.log.marks_received += 1
                        self.log.playout.mark(name, now_ms=now_ms)
                    case wire.Clear():
                        await self._clear(now_ms)
            except CarrierError as error:
                self._error(error)

    async def _clear(self, now_ms: float) -> None:
        was_playing = self.log.playout.is_playing(now_ms)
        flushed = self.log.playout.clear(now_ms=now_ms)
        if was_playing:
            self._tell("clear", "the agent falls silent")
        for name in flushed:
            await self._return_mark(name)

    async def _return_mark(self, name: str) -> None:
        self.log.marks_returned += 1
        await self._socket.send(self._outbox.mark(name))

    async def _speak(self, caller: Caller) -> None:
        """Send a frame each 20 ms of an absolute clock, so that lateness never adds up."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        number = 0
        while True:
            number += 1
            due = began + number * FRAME_MS / 1000
            asked = loop.time()
            await asyncio.sleep(due - asked)
            woke = loop.time()
            self.log.late_ms = max(self.log.late_ms, (woke - max(due, asked)) * 1000)
            now_ms = self._clock.now_ms()
            for name in self.log.playout.reached(now_ms=now_ms):
                await self._return_mark(name)
            act = caller.act(self.log.playout, now_ms=now_ms)
            if act is not None and await self._do(act, now_ms):
                return
            await self._send_frame(number)
            # Sending takes time only while the socket is full because the server does not read.
            if (blocked := loop.time() - woke) > MAX_BLOCKED_SECONDS:
                number += self._lose_frames(blocked)

    def _lose_frames(self, seconds: float) -> int:
        """Twilio throws away what it cannot send for so long; returns how many frames that is."""
        lost = int(seconds * 1000 / FRAME_MS)
        for _ in range(lost):
            self._outbox.lose_media()
        self._error(CarrierError(31930, f"the server read nothing for {seconds:.0f} s"))
        return lost

    async def _do(self, act: Act, now_ms: float) -> bool:
        """Carry out what the caller decided; True when it ends the stream."""
        match act:
            case Say(utterance):
                self._speaking, self._spoken_frames = utterance, 0
                self._spoken_since_ms = now_ms
                manner = "interrupts" if self.log.playout.is_playing(now_ms) else "says"
                self._tell("said", f"the caller {manner}: {utterance.text}")
            case Press(digit):
                self.log.pressed.append((now_ms, digit))
                self._tell("pressed", f"the caller presses {digit}")
                await self._socket.send(self._outbox.dtmf(digit))
            case Unanswered(waited_ms):
                self.log.unanswered_ms.append(now_ms)
                self._tell("silence", f"no answer for {waited_ms / 1000:.0f} s")
            case HangUp():
                self._end("caller")
                self._tell("hang_up", "the caller hangs up")
                await self._socket.send(self._outbox.stop())
                await self._socket.close()
                return True
            case LoseLine():
                self._end("line lost")
                self._tell("line_lost", "the line breaks")
                self._socket.transport.abort()
                return True
        return False

    async def _send_frame(self, number: int) -> None:
        speaking = self._speaking
        if speaking is not None and self._spoken_frames < len(speaking.frames):
            frame = speaking.frames[self._spoken_frames]
            payload = speaking.payloads[self._spoken_frames]
            self._spoken_frames += 1
            if self._spoken_frames == len(speaking.frames):
                self._finish_utterance(is_complete=True)
        else:
            frame = LINE_NOISE[number % len(LINE_NOISE)]
            payload = LINE_NOISE_PAYLOADS[number % len(LINE_NOISE)]
        if self._keep_audio:
            self.log.caller_audio += frame
        await self._socket.send(self._outbox.media(payload))
        self.log.frames_sent += 1

    def _finish_utterance(self, *, is_complete: bool) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is None or self._spoken_frames <= speaking.first_voiced:
            return
        last = min(speaking.last_voiced, self._spoken_frames - 1)
        self.log.said.append(
            Said(
                text=speaking.text,
                first_voiced_ms=self._spoken_since_ms + speaking.first_voiced * FRAME_MS,
                last_voiced_ms=self._spoken_since_ms + last * FRAME_MS,
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


async def open_socket(url: str, headers: Mapping[str, str]) -> ClientConnection:
    """An open media socket, without compression. Raises CarrierError with Twilio's code."""
    try:
        return await connect(
            url,
            additional_headers=dict(headers),
            compression=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            max_size=None,
            max_queue=None,
            ping_interval=None,
            proxy=None,
            user_agent_header="TwilioMediaStreams/1.0",
        )
    except TimeoutError as error:
        raise CarrierError(31901, f"{url} did not answer within {OPEN_SECONDS:.0f} s") from error
    except InvalidStatus as error:
        raise CarrierError(
            31920, f"{url} answered the upgrade with HTTP {error.response.status_code}"
        ) from error
    except InvalidHandshake as error:
        raise CarrierError(31920, f"{url} did not upgrade: {error}") from error
    except WebSocketException as error:
        raise CarrierError(31924, f"{url} broke the WebSocket protocol: {error}") from error
    except ssl.SSLError as error:
        raise CarrierError(31910, f"TLS with {url} failed: {error.reason}") from error
    except OSError as error:
        raise CarrierError(31902, f"{url} cannot be reached: {error.strerror or error}") from error
