"""Scripted engines and voice activity, controlled step by step by a test."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import cast

from agents.engines.conversation import Utterance
from agents.engines.model_events import ModelEvent, TextDelta
from testing.guard import GUARD_SECONDS

WINDOW = 256  # bytes of mu-law in one 32 ms window
LOUD = b"\x05"
QUIET = b"\xff"
SPEECH = LOUD * WINDOW
SILENCE = QUIET * WINDOW


class Gate:
    """Blocks a fake until the test opens it."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._opened = asyncio.Event()

    def open(self) -> None:
        """Let the blocked fake continue."""
        self._opened.set()

    @property
    def is_open(self) -> bool:
        """Whether `open` was called."""
        return self._opened.is_set()

    async def reached(self) -> None:
        """Wait until a fake is blocked here."""
        async with asyncio.timeout(GUARD_SECONDS):
            await self._reached.wait()

    async def passed(self) -> None:
        """Used by the fake: wait until opened."""
        self._reached.set()
        await self._opened.wait()


class StubSpeechToText:
    """Each request takes the next script: Gates to wait at, then a text or an error."""

    def __init__(self, *scripts: Sequence[Gate | str | Exception]) -> None:
        self.audio: list[bytes] = []
        self.cancelled = 0
        self._scripts = list(scripts)

    async def transcribe(self, audio: bytes) -> str:
        """The text of the script; "words N" when there are no more."""
        self.audio.append(audio)
        script = self._scripts.pop(0) if self._scripts else [f"words {len(self.audio)}"]
        text = ""
        try:
            for step in script:
                # A script may hold what is no text: what then breaks is for a test to see.
                text = cast(str, await _step(step) or text)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return text


class StubLanguageModel:
    """Each answer takes the next script: texts, model events, Gates and errors."""

    def __init__(self, *scripts: Sequence[Gate | str | ModelEvent | Exception]) -> None:
        self.asked: list[tuple[Utterance, ...]] = []
        self.written: list[str] = []
        self.closed = 0  # answers whose generator has been left, however it ended
        self._scripts = list(scripts)

    async def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """The script's answer; one short sentence when there are no more."""
        self.asked.append(conversation)
        try:
            for step in self._scripts.pop(0) if self._scripts else ["We open at nine."]:
                event = await _step(step)
                if isinstance(event, str):
                    self.written.append(event)
                    yield TextDelta(event)
                elif event is not None:
                    yield cast(ModelEvent, event)
        finally:
            self.closed += 1


class StubTextToSpeech:
    """Each request takes the next script: audio (bytes), Gates and errors."""

    cache_key = "told"

    def __init__(self, *scripts: Sequence[Gate | bytes | Exception]) -> None:
        self.spoken: list[str] = []
        self.closed = 0
        self._scripts = list(scripts)

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """The audio of the script; 10 ms a character when there are no more."""
        self.spoken.append(text)
        try:
            for step in self._scripts.pop(0) if self._scripts else [LOUD * 80 * len(text)]:
                audio = await _step(step)
                if isinstance(audio, bytes):
                    yield audio
        finally:
            self.closed += 1


async def _step(step: object) -> object:
    """Perform a step of a script; None if it yields nothing."""
    if isinstance(step, Gate):
        await step.passed()
        return None
    if isinstance(step, BaseException):
        raise step
    return step


class PlainVoiceActivity:
    """Replaces `VoiceActivity`: a window that begins with silence is silent, any other
    is speech. Callbacks come in later turns of the loop, none after `close`, as there."""

    def __init__(self) -> None:
        self.open: set[PlainListener] = set()
        self.heard = bytearray()  # by all listeners
        self.speaking: list[bool] = []  # what they were told of their callers

    def listener(self, on_probability: Callable[[float], None]) -> "PlainListener":
        """A new listener."""
        return PlainListener(self, on_probability)

    async def aclose(self) -> None:
        """There is nothing to close."""


class PlainListener:
    """One caller's ear."""

    def __init__(
        self, service: PlainVoiceActivity, on_probability: Callable[[float], None]
    ) -> None:
        self._service = service
        self._on_probability: Callable[[float], None] | None = on_probability
        self._part = bytearray()
        service.open.add(self)

    def push(self, payload: bytes) -> None:
        """Hear mu-law audio."""
        self._service.heard += payload
        self._part += payload
        while len(self._part) >= WINDOW:
            is_speech = self._part[:1] != QUIET
            del self._part[:WINDOW]
            asyncio.get_running_loop().call_soon(self._tell, 1.0 if is_speech else 0.0)

    def set_speaking(self, is_speaking: bool) -> None:
        """Nothing is skipped here in any case."""
        self._service.speaking.append(is_speaking)

    def close(self) -> None:
        """Hear nothing more."""
        self._service.open.discard(self)
        self._on_probability = None

    def _tell(self, probability: float) -> None:
        if self._on_probability:
            self._on_probability(probability)


async def settle() -> None:
    """Let the event loop run everything that is ready."""
    for _ in range(50):
        await asyncio.sleep(0)
