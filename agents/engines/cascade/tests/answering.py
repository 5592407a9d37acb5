"""A Cascade on engines that a test made, and everything that it emitted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agents.engines import registry
from agents.engines.base import Usage
from agents.engines.cascade.cascade import Cascade
from agents.engines.cascade.clips import ClipCache
from agents.engines.events import AudioDelta, ResponseEnded, ResponseFailed
from agents.settings.config import Speech
from agents.speech.audio.wide_voice import WideVoice
from testing.engines import (
    PlainVoiceActivity,
    StubLanguageModel,
    StubSpeechToText,
    StubTextToSpeech,
)
from testing.guard import GUARD_SECONDS
from testing.setups import setup


class Answering:
    """What the engine gave; `cascade` is the engine itself."""

    cascade: Cascade

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._changed = asyncio.Event()
        self._breaks_at: type | None = None

    @property
    def usage(self) -> Usage:
        """What the engine has used so far."""
        return self.cascade.usage

    def breaks_at(self, kind: type) -> None:
        """The next event of this kind meets a fault in its receiver."""
        self._breaks_at = kind

    def emit(self, event: object) -> None:
        if type(event) is self._breaks_at:
            self._breaks_at = None
            raise UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed")
        self.events.append(event)
        self._changed.set()

    def audio(self, response_id: str = "r1") -> bytes:
        return b"".join(
            event.audio
            for event in self.events
            if isinstance(event, AudioDelta) and event.response_id == response_id
        )

    def texts(self) -> list[str]:
        """The sentences whose audio has begun."""
        return [event.text for event in self.events if isinstance(event, AudioDelta) and event.text]

    async def until(self, kind: type, response_id: str = "r1") -> Any:
        """Wait for an event of the response, and give the latest."""
        async with asyncio.timeout(GUARD_SECONDS):
            while not (found := self._of(kind, response_id)):
                self._changed.clear()
                await self._changed.wait()
        return found[-1]

    async def done(self, response_id: str = "r1") -> ResponseEnded | ResponseFailed:
        """Wait until the response has ended or failed."""
        return await self.until(ResponseEnded | ResponseFailed, response_id)

    def _of(self, kind: type, response_id: str) -> list[Any]:
        return [e for e in self.events if isinstance(e, kind) and e.response_id == response_id]


@asynccontextmanager
async def answering(
    *,
    llm: StubLanguageModel | None = None,
    tts: StubTextToSpeech | None = None,
    fallback: StubTextToSpeech | None = None,
    clips: ClipCache | None = None,
    voice: str = "told",
    language: str = "en",
    speech: Speech | None = None,
    wide: WideVoice | None = None,
    **config: object,
) -> AsyncIterator[Answering]:
    """A running engine for an agent with `voice`; "local", to fall back on, is `fallback`.

    wide: of a line that plays more than the telephone's band. config: further fields of its
    AgentConfig.
    """
    answers = Answering()
    voices = {"local": fallback or StubTextToSpeech(), "told": tts or StubTextToSpeech()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "text_to_speech", lambda name, _: voices[name])
        before = asyncio.all_tasks()
        async with asyncio.TaskGroup() as tasks:
            answers.cascade = Cascade(
                setup(tts=voice, language=language, speech=speech or Speech(), **config),
                stt=StubSpeechToText(),
                llm=llm or StubLanguageModel(),
                tts=voices[voice],
                voice_activity=PlainVoiceActivity(),
                clips=clips or ClipCache(),
            )
            if wide is not None:
                answers.cascade.speak_beside(wide)
            answers.cascade.start(tasks=tasks, emit=answers.emit)
            yield answers
            answers.cascade.close()
            for task in asyncio.all_tasks() - before:
                task.cancel()
