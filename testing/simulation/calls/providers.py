"""Providers of simulated calls: what they say can be told from its sound, and nothing comes twice.

Each wait and each failure is a choice. A word of the model is made once in a run, so a caller who
hears it twice was told something twice.
"""

import asyncio
from collections.abc import AsyncGenerator
from itertools import count
from typing import Final

from agents.engines.cascade.speaking import VOICE_SECONDS
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.model_events import ModelEvent, TextDelta
from agents.tools import hang_up, take_message
from testing.simulation.choices import Choices
from voicex.errors import EngineBusy, EngineError, EngineTimeout

MS_A_CHARACTER: Final = 10
BYTES: Final = 8 * MS_A_CHARACTER  # of its sound
_HIGH: Final = 0x80  # sound that is no text
_SYLLABLES: Final = tuple(f"{first}{second}" for first in "bdfgklmnprtv" for second in "aiou")
WAITS: Final = (0.05, 0.0, 0.3, 2.0)  # seconds
FAILURES: Final[tuple[Exception | None, ...]] = (
    None,
    EngineBusy(),
    EngineError(),
    EngineTimeout(),
    ValueError("of a provider's package"),
)
RARELY: Final = 0.1


class Providers:
    """Hears, writes and speaks, for all processes of one call."""

    cache_key = "simulated"

    def __init__(self, choices: Choices) -> None:
        self.words: list[str] = []  # all that the model wrote
        self.broken_off: set[str] = set()  # of which a part was said; it may be said again
        self.messages_wanted = 0
        self._choices = choices
        self._numbers = count(len(_SYLLABLES))
        self._heard = count(1)

    async def transcribe(self, audio: bytes) -> str:
        """What the caller said: it differs each time."""
        await self._wait()
        return f"question number {next(self._heard)}"

    async def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """One to three sentences of new words; now and then a message is taken, or the last one."""
        await self._wait()
        for _ in range(1 + self._choices.pick(3)):
            sentence = [self._word() for _ in range(3)]
            for word in (sentence[0].capitalize(), *sentence[1:-1], f"{sentence[-1]}."):
                yield TextDelta(f"{word} ")
            await self._wait()
        if wanted := self._wanted(conversation):
            yield wanted

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """The sound of `text`, in pieces."""
        await self._wait()
        sound = sounding(text)
        middle = len(text) // 2 * BYTES
        began = asyncio.get_running_loop().time()
        yield sound[:middle]
        try:
            await self._wait()
        except BaseException as error:
            # A process that stood still for so long cancels it, as if the voice had broken off.
            is_late = asyncio.get_running_loop().time() - began >= VOICE_SECONDS
            if is_late or isinstance(error, Exception):
                self.broken_off.add(text)
            raise
        yield sound[middle:]

    def _wanted(self, conversation: tuple[Utterance, ...]) -> ToolCall | None:
        """What the model has done behind its words."""
        last = conversation[-1]
        if last.role is Role.CALLER and not self.messages_wanted and self._choices.pick(3) == 1:
            self.messages_wanted += 1
            return ToolCall(take_message.NAME, '{"message": "Call back."}', id="m1")
        return ToolCall(hang_up.NAME, "{}", id="h1") if self._choices.happens(0.15) else None

    def _word(self) -> str:
        """One that was never used before."""
        number, word = next(self._numbers), ""
        while number:
            number, digit = divmod(number, len(_SYLLABLES))
            word = _SYLLABLES[digit] + word
        self.words.append(word)
        return word

    async def _wait(self) -> None:
        choices = self._choices
        await asyncio.sleep(WAITS[choices.pick(len(WAITS), odds=0.5)])
        if failure := FAILURES[choices.pick(len(FAILURES), odds=RARELY)]:
            raise type(failure)(*failure.args)


def sounding(text: str) -> bytes:
    """The sound of a text."""
    return b"".join(bytes([min(ord(char), 0x7D) | _HIGH]) * BYTES for char in text)


def text_of(sound: bytes) -> str:
    """What is heard in whole characters of a sound."""
    whole = len(sound) - len(sound) % BYTES
    return "".join(chr(sound[at] & ~_HIGH) for at in range(0, whole, BYTES))
