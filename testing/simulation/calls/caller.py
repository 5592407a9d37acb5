"""The caller and the carrier of a simulated call: one line, whatever stream carries it."""

import asyncio
import json
import re
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import Any, Final

from telephony.simulator.sound.playout import Playout
from testing.calls.media_stream import STREAM_SID, Stream
from testing.engines import QUIET
from testing.simulation.calls.providers import text_of
from testing.simulation.choices import Choices

PIECE: Final = 0.064  # seconds of sound in a message; telephones send 20 ms
LOUD: Final = b"\x05"
_BYTES: Final = 512
_WORD: Final = re.compile(r"(?<![a-z])[a-z]+(?![a-z])", re.IGNORECASE)
MOST_SECONDS: Final = 40.0
CLEAR: Final = '{"event":"clear"'


class CarriedStream(Stream):
    """One stream, with the carrier's buffer behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.playout = Playout()
        self.is_over = asyncio.Event()  # for the carrier
        self.clears = 0  # that came, heard by somebody or not

    def speaks(self, audio: bytes) -> None:
        """As of any stream, but cheaper."""
        self._sequence += 1
        self.sends_text(
            f'{{"event": "media", "sequenceNumber": "{self._sequence}", "streamSid": '
            f'"{STREAM_SID}", "media": {{"track": "inbound", "payload": "{_base64(audio)}"}}}}'
        )

    def take(self, message: dict[str, Any]) -> None:
        """What the process sends."""
        super().take(message)
        if message["type"] == "websocket.close":
            self.loses_line()
        self.clears += message.get("text", "").startswith(CLEAR)
        if self.is_over.is_set():  # nobody hears it
            return
        sent = json.loads(message["text"])
        match sent["event"]:
            case "media":
                payload = b64decode(sent["media"]["payload"])
                self.playout.media(payload, now_ms=now_ms())
            case "mark":
                self.playout.mark(sent["mark"]["name"], now_ms=now_ms())
            case "clear":
                self._give_back(self.playout.clear(now_ms=now_ms()))

    def plays(self) -> None:
        """Time passes at the telephone."""
        self._give_back(self.playout.reached(now_ms=now_ms()))

    def loses_line(self) -> None:
        """The socket is gone: what waits is never heard."""
        if not self.is_over.is_set():
            self.playout.stop(now_ms=now_ms())
            self.is_over.set()

    def _give_back(self, names: list[str]) -> None:
        for name in names:
            self.sends_event("mark", mark={"name": name})


class Caller:
    """Speaks now and then, also over the agent, and hangs up at some time."""

    def __init__(self, choices: Choices) -> None:
        self.has_hung_up = False
        self.streams: list[CarriedStream] = []
        self._choices = choices
        self._questions = 1 + choices.pick(3)
        self._pieces = 0  # of speech that are still to come
        self._silent = 0  # since when nobody has spoken, in pieces

    def line(self) -> CarriedStream:
        """A new stream of the call."""
        self.streams.append(CarriedStream())
        return self.streams[-1]

    async def talk(self, stream: CarriedStream) -> None:
        """Be on the line until the stream is over, or hang up."""
        while not stream.is_over.is_set() and now_ms() < MOST_SECONDS * 1000:
            stream.plays()
            stream.speaks(self._sound(LOUD if self._speaks(stream) else QUIET))
            if self._is_done():
                break
            await asyncio.sleep(PIECE)
        if not stream.is_over.is_set():
            self.has_hung_up = True
            self._hang_up(stream)

    def _speaks(self, stream: CarriedStream) -> bool:
        agent_speaks = stream.playout.is_playing(now_ms())
        if self._pieces:
            self._pieces -= 1
            self._silent = 0
            return True
        self._silent = 0 if agent_speaks else self._silent + 1
        asks = self._silent > 8 if not agent_speaks else self._choices.happens(0.01)
        if asks and self._questions:
            self._questions -= 1
            self._pieces = 4 + self._choices.pick(12)
        return False

    def _sound(self, like: bytes) -> bytes:
        """The next piece: speech or none."""
        return like * _BYTES

    def _is_done(self) -> bool:
        is_satisfied = not self._questions and not self._pieces and self._silent > 40
        return is_satisfied or self._choices.happens(0.002)

    def _hang_up(self, stream: CarriedStream) -> None:
        if self._choices.pick(2):
            stream.disconnects()
        else:
            stream.stops()
            stream.disconnects()
        stream.loses_line()

    def words(self) -> list[str]:
        """Every word that was heard whole, as often as it was."""
        found = []
        for stream in self.streams:
            for stretch in stream.playout.stretches:
                text = text_of(bytes(stretch.audio))
                ends = len(text) if not stretch.is_cut else len(text.rstrip()) - 1
                found += [match[0].lower() for match in _WORD.finditer(text) if match.end() <= ends]
        return found


@lru_cache(maxsize=2)  # as a rule, silence and speech
def _base64(audio: bytes) -> str:
    return b64encode(audio).decode()


def now_ms() -> float:
    """The run's clock."""
    return asyncio.get_running_loop().time() * 1000
