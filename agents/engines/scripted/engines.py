"""Scripted engines that ship with the product, with configurable latencies.

For load tests, demonstrations of timing, and tests of what happens when a provider fails.
It needs nothing from outside, and says the same on every run. Agent options, times in ms:

    scripted.transcripts        texts of the caller's utterances, in order
    scripted.replies            answers, in order; `[hang up]` at the end of one ends the call, and
                                `[take_message {"message": "..."}]` has that tool run
    scripted.hears_marks        no     texts are read from the audio (`marks.py`), not the list
    scripted.reply              the answer when the script has no more
    scripted.by_turn            no     an answer is chosen by how often the caller has spoken, so a
                                process that continues a call goes on in the script; `{first}` in
                                one stands for what the caller said first
    scripted.analyses           texts of the model about calls that are over, in order; without one
                                it refuses
    scripted.stt_ms             100    until the text is there
    scripted.llm_ms             150    until the first token
    scripted.token_ms           20     from token to token
    scripted.tts_ms             100    until the first byte
    scripted.tts_speed          0      audio comes N times as fast as it plays; 0: all at once
    scripted.ms_per_character   60     length of the audio
    scripted.fail               {"stt": 2, "tts": [1, 3]}: which requests fail
    scripted.hang               the same: which requests are never answered
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.engines import options, tokens
from agents.engines.base import EngineSetup, LanguageModel
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.model_events import ModelEvent, TextDelta, TokensUsed
from agents.engines.scripted import marks
from agents.settings.config import AgentConfig
from agents.speech.audio import mulaw
from voicex.errors import ConfigurationError, EngineError, EngineRefused

# Seven tokens, then a second sentence: long enough to be interrupted.
DEFAULT_REPLY: Final = "We are open until six today. Is there anything else that I can do for you?"
# A tool at the end of an answer, with its arguments.
_TOOL: Final = re.compile(r"\[(?P<name>[a-z_]{1,64}) (?=\{)")
CHUNK_MS: Final = 200  # audio a chunk when it is streamed

Sleep = Callable[[float], Awaitable[None]]


def make_stt(setup: EngineSetup) -> "ScriptedSpeechToText":
    """The engine for one call; its script begins anew. Raises ConfigurationError."""
    return ScriptedSpeechToText(setup.config)


def make_llm(setup: EngineSetup) -> LanguageModel:
    """The engine for one call; its script begins anew. Raises ConfigurationError."""
    return ScriptedAnalyst(setup.config) if setup.task else ScriptedLanguageModel(setup.config)


def make_tts(setup: EngineSetup) -> "ScriptedTextToSpeech":
    """The engine for one call; its script begins anew. Raises ConfigurationError."""
    return ScriptedTextToSpeech(setup.config)


class Script:
    """Counts the requests of one part, and makes configured ones fail or hang."""

    def __init__(self, config: AgentConfig, part: str) -> None:
        self._part = part
        self._fails = _chosen(config, "scripted.fail", part)
        self._hangs = _chosen(config, "scripted.hang", part)
        self.number = 0  # of the latest request

    async def next(self) -> int:
        """The number of this request, from 1. Raises EngineError, or never returns."""
        self.number += 1
        number = self.number
        if number in self._hangs:
            await asyncio.Event().wait()
        if number in self._fails:
            raise EngineError(f"Request {number} of the scripted {self._part} fails")
        return number


class ScriptedSpeechToText:
    """Gives the next text of the script, whatever was said; or what is marked in the audio."""

    def __init__(self, config: AgentConfig, *, sleep: Sleep = asyncio.sleep) -> None:
        self._script = Script(config, "stt")
        self._transcripts = options.texts(config, "scripted.transcripts")
        self._hears_marks = options.flag(config, "scripted.hears_marks", False)
        self._seconds = options.number(config, "scripted.stt_ms", 100) / 1000
        self._sleep = sleep

    async def transcribe(self, audio: bytes) -> str:
        """The next text; "caller utterance N" when the script has no more. audio: mu-law, 8 kHz."""
        number = await self._script.next()
        await self._sleep(self._seconds)
        return self._text(number, audio)

    async def transcribe_part(self, audio: bytes) -> str:
        """What `transcribe` will give next, of an utterance in progress; takes nothing of a script.

        audio: mu-law, 8 kHz.
        """
        await self._sleep(self._seconds)
        return self._text(self._script.number + 1, audio)

    def _text(self, number: int, audio: bytes) -> str:
        if self._hears_marks:
            # A full stop behind every piece, as recognisers write one: it gives no turn away.
            words = marks.read(audio)
            return f"{words}." if words else ""
        if number <= len(self._transcripts):
            return self._transcripts[number - 1]
        return f"caller utterance {number}"


class ScriptedLanguageModel:
    """Writes the next reply of the script, token by token."""

    def __init__(self, config: AgentConfig, *, sleep: Sleep = asyncio.sleep) -> None:
        self._script = Script(config, "llm")
        self._replies = options.texts(config, "scripted.replies")
        self._reply = options.text(config, "scripted.reply", DEFAULT_REPLY)
        self._by_turn = options.flag(config, "scripted.by_turn", False)
        self._first_seconds = options.number(config, "scripted.llm_ms", 150) / 1000
        self._token_seconds = options.number(config, "scripted.token_ms", 20) / 1000
        self._sleep = sleep

    async def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """TextDelta a token, TokensUsed, and the tool at the end of the script's answer, if any.

        For hanging up a script writes the mark of models without tools.
        """
        number = await self._script.next()
        text = self._after(conversation) if self._by_turn else self._numbered(number)
        await self._sleep(self._first_seconds)
        tool = _TOOL.search(text) if text.endswith("}]") else None
        pieces = split_tokens(text[: tool.start()].rstrip() if tool else text)
        for index, piece in enumerate(pieces):
            if index:
                await self._sleep(self._token_seconds)
            yield TextDelta(piece)
        tokens_in = sum(tokens.estimate(utterance.text) for utterance in conversation)
        yield TokensUsed(tokens_in, len(pieces))
        if tool:
            yield ToolCall(tool["name"], text[tool.end() : -1])

    def _numbered(self, number: int) -> str:
        return self._replies[number - 1] if 0 < number <= len(self._replies) else self._reply

    def _after(self, conversation: tuple[Utterance, ...]) -> str:
        """The answer by what the model is told, less what of it was heard before it broke off."""
        said = [each.text for each in conversation if each.role is Role.CALLER]
        last = conversation[-1] if conversation else None
        if last is not None and last.role is Role.AGENT and last.tools:
            return self._reply  # to what the tool gave
        text = self._numbered(len(said)).replace("{first}", said[0] if said else "nothing")
        if last is not None and last.role is Role.AGENT and last.is_unfinished:
            text = text.removeprefix(last.text.strip()).lstrip()
        return text


class ScriptedAnalyst:
    """Writes the next analysis of the script, whatever it is told."""

    def __init__(self, config: AgentConfig) -> None:
        self._texts = options.texts(config, "scripted.analyses")
        self._number = 0

    async def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """All of it at once, and the tokens. Raises EngineRefused when the script has no more."""
        if self._number >= len(self._texts):
            raise EngineRefused
        text = self._texts[self._number]
        self._number += 1
        yield TextDelta(text)
        tokens_in = sum(tokens.estimate(utterance.text) for utterance in conversation)
        yield TokensUsed(tokens_in, tokens.estimate(text))


class ScriptedTextToSpeech:
    """Speaks a tone that sounds like a voice, as long as the text would take."""

    def __init__(self, config: AgentConfig, *, sleep: Sleep = asyncio.sleep) -> None:
        self._script = Script(config, "tts")
        self._first_seconds = options.number(config, "scripted.tts_ms", 100) / 1000
        self._speed = options.number(config, "scripted.tts_speed", 0)
        self._ms_per_character = options.number(config, "scripted.ms_per_character", 60)
        self._sleep = sleep

    @property
    def cache_key(self) -> str:
        """What, beside the text, decides the sound."""
        return f"scripted|{self._ms_per_character:g}"

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Audio for `text`: mu-law, 8 kHz mono. Raises EngineError when the script says so."""
        await self._script.next()
        await self._sleep(self._first_seconds)
        audio = tone_mulaw(int(len(text) * self._ms_per_character))
        if not self._speed:
            yield audio
            return
        size = CHUNK_MS * mulaw.RATE // 1000
        for start in range(0, len(audio), size):
            if start:
                await self._sleep(CHUNK_MS / 1000 / self._speed)
            yield audio[start : start + size]


def split_tokens(text: str) -> list[str]:
    """`text` cut roughly as a tokenizer does: words with the space before them, marks."""
    return re.findall(r"\s*\w+|\s*[^\w\s]|\s+$", text)


def voice_like(milliseconds: int, rate: int) -> NDArray[np.int16]:
    """A loud voiced sound, 16-bit at `rate` Hz: 125 Hz and its harmonics, four syllables
    a second that never fall to silence. Shape [milliseconds * rate / 1000].
    """
    length = milliseconds * rate // 1000
    return np.resize(_voiced_second(rate), length)


def tone_mulaw(milliseconds: int) -> bytes:
    """`voice_like` as mu-law 8 kHz."""
    length = milliseconds * mulaw.RATE // 1000
    second = _mulaw_second()
    return (second * -(-length // mulaw.RATE))[:length]


@cache
def _mulaw_second() -> bytes:
    return mulaw.encode(_voiced_second(mulaw.RATE))


@cache
def _voiced_second(rate: int) -> NDArray[np.int16]:
    """One second; all its frequencies are whole, so that it can be repeated seamlessly."""
    at = np.arange(rate) / rate
    # Harmonics fall off as a voice's do, and stay inside the telephone's band.
    voiced = sum(np.sin(2 * np.pi * 125 * n * at) / n for n in range(1, 25))
    syllables = 0.7 - 0.3 * np.cos(2 * np.pi * 4 * at)
    signal = np.asarray(voiced) * syllables
    return np.asarray(signal / np.abs(signal).max() * 20_000, dtype=np.int16)


def _chosen(config: AgentConfig, name: str, part: str) -> frozenset[int]:
    """The request numbers that option `name` gives for `part`."""
    by_part = config.options.get(name, {})
    chosen = by_part.get(part, []) if isinstance(by_part, dict) else by_part
    numbers = [chosen] if isinstance(chosen, int) else chosen
    if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
        raise ConfigurationError(
            f'The engine option {name} is {by_part!r}; expected something like {{"stt": 2}}'
        )
    return frozenset(numbers)
