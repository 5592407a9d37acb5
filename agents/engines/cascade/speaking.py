"""The voice of a call, with fallbacks: another voice, or cached clips.

A sentence that broke off is continued at the position estimated by the length of its audio: a
repeated word is better than a missing one.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

import structlog

from agents.engines import registry
from agents.engines.base import EngineSetup, TextToSpeech, WideTextToSpeech
from agents.engines.boundary import guarded, wait_before_retry
from agents.engines.cascade.clips import PLATFORM, ClipCache
from agents.engines.cascade.playback_lead import BEGIN_MS
from agents.engines.cascade.response import Response
from agents.engines.cascade.rolling_timeout import RollingTimeout
from agents.engines.events import Stage
from agents.engines.health import PartHealth, engine_health
from agents.settings.config import AgentConfig
from agents.speech.said.said import Said
from agents.speech.text.sentences import sentences
from voicex.errors import ConfigurationError, EngineError, EngineSilent, EngineTimeout

log = structlog.get_logger(__name__)

VOICE_SECONDS: Final = 5.0  # timeout of the first byte, and between two
FALLBACK_VOICE: Final = "local"  # the fallback voice, for its languages
ENGLISH: Final = "en"
# After a timeout a voice is not used for so long, if another one can speak; after a refusal for as
# long as it asks for.
REST_SECONDS: Final = 30.0
# A voice that asks us to wait is waited for so long, and longer only where no other can speak.
MOST_REST_SECONDS: Final = 300.0
SHORT_WAIT_SECONDS: Final = 1.0
MOST_WAIT_SECONDS: Final = 5.0
# Of a slow speaker, so that the rest of a sentence begins too early rather than too late.
SLOW_MS_PER_CHARACTER: Final = 90


@dataclass(slots=True, eq=False)
class _Voice:
    """A voice. rests_until: not used before, seconds on the monotonic clock.

    has_failed: it has failed in this call, so narrow-band clips are preferred to it.
    """

    tts: TextToSpeech
    health: PartHealth
    rests_until: float = 0.0
    has_failed: bool = False


class Speaker:
    """Speaks the sentences of one call in the agent's voice, or in a fallback voice."""

    def __init__(self, setup: EngineSetup, tts: TextToSpeech, clips: ClipCache) -> None:
        """tts: the agent's own voice."""
        self._setup = setup
        self._clips = clips
        self._owner = setup.org_id or PLATFORM
        self._said = said_by(setup.config)
        self._own = _Voice(tts, engine_health.part("tts", setup.config.tts))
        self._fallback: _Voice | None = None

    async def say(
        self, text: str, response: Response, *, is_fixed: bool = True, in_english: str = ""
    ) -> None:
        """Speak a whole text, or `in_english` if nothing of it can be spoken.

        is_fixed: it may be cached as a clip. Raises EngineError.
        """
        try:
            config = self._setup.config
            for sentence in config.cuts.get(text) or sentences(text, config.language):
                is_kept = is_fixed and sentence not in config.said_once
                await self.speak(sentence, response, is_fixed=is_kept)
        except EngineError as error:
            if not in_english or response.is_audible or _is_english(self._setup):
                raise
            english = self._in_english()
            if english is None:
                raise
            log.warning("said_in_english", response_id=response.id, **error.for_the_log())
            for sentence in sentences(in_english):
                await self._say_in(english, sentence, sentence, response, is_fixed=True)

    async def speak(self, sentence: str, response: Response, *, is_fixed: bool = False) -> None:
        """Speak one sentence. Raises EngineError if it could not be completed."""
        text, rest = sentence, self._said(sentence)
        if not rest:
            return
        await response.lead.within(BEGIN_MS)
        voice: _Voice | None = self._first(rest, response, is_fixed=is_fixed)
        failures = 0
        while voice is not None:
            said_ms = response.lead.made_ms
            try:
                await self._say_in(voice, rest, text, response, is_fixed=is_fixed and bool(text))
                break
            except EngineError as error:
                failures += 1
                said_ms = response.lead.made_ms - said_ms
                if said_ms:
                    text, rest = "", _rest_of(rest, said_ms)
                failed, voice = voice, self._next(voice, error, failures)
                if rest and voice is None:
                    raise
                what = error.for_the_log()
                log.warning("voice_failed", response_id=response.id, said_ms=said_ms, **what)
                if not rest:
                    break
                if voice is failed:
                    await asyncio.sleep(_wait_for(error) or 0.0)
        response.is_in_text = False

    def _first(self, text: str, response: Response, *, is_fixed: bool) -> _Voice:
        """The first voice to try: the agent's own, unless it rests and there is no clip."""
        own, fallback = self._own, self._fallback
        if fallback is None or monotonic() >= own.rests_until:
            return own
        clip = self._clip(own, text) if is_fixed else None
        if is_fixed and response.wide is not None:
            clip = clip or self._wide_clip(own, text)
        return own if clip else fallback

    def _next(self, voice: _Voice, error: EngineError, failures: int) -> _Voice | None:
        """The voice to continue with after `voice` has failed `failures` times; None if there is
        none.
        """
        voice.has_failed = True
        if voice is not self._own:
            return None
        fallback = self._find_fallback()
        wait = error.wait_seconds or 0.0
        is_late = isinstance(error, EngineTimeout) or wait > SHORT_WAIT_SECONDS
        if is_late:
            voice.rests_until = monotonic() + (min(wait, MOST_REST_SECONDS) or REST_SECONDS)
        has_second_chance = failures == 1 and _wait_for(error) is not None
        return voice if has_second_chance and not (is_late and fallback) else fallback

    def _find_fallback(self) -> _Voice | None:
        """The other voice, if it speaks the agent's language."""
        if self._fallback is None and self._setup.config.tts != FALLBACK_VOICE:
            self._fallback = _made(self._setup)
        return self._fallback

    def _in_english(self) -> _Voice | None:
        """The other voice, in English."""
        config = replace(self._setup.config, language=ENGLISH, tts=FALLBACK_VOICE, voice="")
        return _made(replace(self._setup, config=config))

    def _clip(self, voice: _Voice, text: str) -> bytes | None:
        return self._clips.find(voice.tts.cache_key, text, owner=self._owner)

    def _wide_clip(self, voice: _Voice, text: str) -> bytes | None:
        return self._clips.wide.find(voice.tts.cache_key, text, owner=self._owner)

    async def _say_in(
        self, voice: _Voice, spoken: str, text: str, response: Response, *, is_fixed: bool
    ) -> None:
        """Speak `spoken`; `text` is emitted with its first audio. Raises EngineError.

        On a wide-band line, narrow-band clips are only used when the voice fails.
        """
        is_wide = response.wide is not None and isinstance(voice.tts, WideTextToSpeech)
        clip = self._wide_clip(voice, spoken) if is_fixed and is_wide else None
        kept = self._clip(voice, spoken) if is_fixed and clip is None else None
        if clip is None and (voice.has_failed or not is_wide):
            clip = kept
        if clip is not None:
            await _give(clip, text, response)
            return
        said_ms = response.lead.made_ms
        try:
            await self._render(voice, spoken, text, response, is_fixed=is_fixed)
        except EngineError as error:
            if kept is None or response.lead.made_ms > said_ms:
                raise
            voice.has_failed = True
            log.warning("voice_failed", response_id=response.id, **error.for_the_log())
            await _give(kept, text, response)

    async def _render(
        self, voice: _Voice, spoken: str, text: str, response: Response, *, is_fixed: bool
    ) -> None:
        """Have the voice itself render it. Raises EngineError."""
        response.meter_speech(spoken)
        is_silent = True
        speech = self._speech(voice.tts, spoken, is_wide=response.wide is not None, keep=is_fixed)
        async with aclosing(_in_time(speech, voice.health)) as chunks:
            async for chunk in chunks:
                if is_silent and chunk:
                    is_silent = False
                    response.reach(Stage.TTS)
                    response.is_in_text = True
                    await response.give(chunk, text)
                elif chunk:
                    await response.give(chunk, "")
        if is_silent:
            voice.health.failed(EngineSilent())
            raise EngineSilent

    def _speech(
        self, tts: TextToSpeech, text: str, *, is_wide: bool, keep: bool
    ) -> AsyncGenerator[bytes, None]:
        """The audio of `text` for the line. keep: cache it as a clip."""
        if is_wide and isinstance(tts, WideTextToSpeech):
            if keep:
                return self._clips.wide.record(tts, text, owner=self._owner)
            return tts.speak_wide(text)
        return self._clips.record(tts, text, owner=self._owner) if keep else tts.speak(text)


async def _give(clip: bytes, text: str, response: Response) -> None:
    response.reach(Stage.TTS)
    await response.give(clip, text)


def said_by(config: AgentConfig) -> Said:
    """A function that converts written text to the text for an agent's voice."""
    return Said(config.language, config.speech.pronunciations)


async def _in_time(
    speech: AsyncGenerator[bytes, None], health: PartHealth
) -> AsyncGenerator[bytes, None]:
    """Iterate `speech`; raises EngineTimeout if a chunk takes longer than VOICE_SECONDS. Reports to
    `health`.
    """
    asked_at = monotonic()
    is_answered = False
    with closing(RollingTimeout(VOICE_SECONDS)) as patience:
        async with aclosing(guarded(speech, "the voice")) as chunks:
            while True:
                try:
                    with patience:
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    health.failed(EngineTimeout())
                    raise EngineTimeout from None
                except EngineError as error:
                    health.failed(error)
                    raise
                if not is_answered:
                    is_answered = True
                    health.answered(monotonic() - asked_at)
                yield chunk


def _wait_for(error: EngineError) -> float | None:
    """Seconds until the same voice may succeed; None: it will not in time."""
    return wait_before_retry(error, most_seconds=MOST_WAIT_SECONDS)


def _made(setup: EngineSetup) -> _Voice | None:
    """The fallback voice for `setup`; None if it is not installed or lacks the language."""
    try:
        tts = registry.text_to_speech(FALLBACK_VOICE, setup)
    except (ConfigurationError, EngineError):
        return None
    return _Voice(tts, engine_health.part("tts", FALLBACK_VOICE))


def _is_english(setup: EngineSetup) -> bool:
    return setup.config.language.split("-")[0].lower() == ENGLISH


def _rest_of(text: str, said_ms: int) -> str:
    """The rest of `text`, from the beginning of a word, that is not contained in the audio
    so far.
    """
    said = said_ms // SLOW_MS_PER_CHARACTER
    return text[text.rfind(" ", 0, said + 1) + 1 :] if said < len(text) else ""
