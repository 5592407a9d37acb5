"""Requests the recognition of one sentence in both forms from an agent's recogniser."""

import asyncio
from dataclasses import dataclass
from typing import Final

from agents.engines import pool, registry
from agents.engines.base import EngineSetup, SpeechToText, Usage, WideBand
from agents.engines.boundary import guarded_once
from agents.engines.cascade.transcriber import heard_words
from agents.engines.loop_cache import LoopCache
from agents.speech.heard.hallucinations import judged
from usage.hearing.sound import Sentence
from voicex.errors import EngineTimeout

SECONDS: Final = 15.0  # for both; a local recogniser that is not loaded yet takes some of them
MAX_CHARACTERS: Final = 1_000  # of a text; a server may say anything
# One at a time of each organization: its own server may take as long as it likes.
_turns: Final[LoopCache[str, asyncio.Semaphore]] = LoopCache(
    lambda _: asyncio.Semaphore(1), limit=1_000
)


@dataclass(frozen=True, slots=True)
class Heard:
    """The words at 16 kHz and at the telephone's 8 kHz; "" for none. is_alike: the recogniser
    takes 8 kHz alone, in every call, and was not asked.
    """

    wide: str = ""
    narrow: str = ""
    is_alike: bool = False


async def ask(setup: EngineSetup, sentence: Sentence, used: Usage) -> Heard:
    """Transcribe the sentence with the agent's recogniser, as in a call.

    used: counts the usage, also of failed requests. Raises EngineError, ConfigurationError.
    """
    stt = registry.speech_to_text(setup.config.stt, setup)
    if not isinstance(stt, WideBand):
        return Heard(is_alike=True)
    try:
        async with asyncio.timeout(SECONDS), _turns.get(setup.org_id):
            with pool.in_background():
                wide = await _words(stt, setup, sentence, used, is_wide=True)
                narrow = await _words(stt, setup, sentence, used, is_wide=False)
    except TimeoutError as error:
        raise EngineTimeout from error
    return Heard(wide, narrow)


async def _words(
    stt: SpeechToText, setup: EngineSetup, sentence: Sentence, used: Usage, *, is_wide: bool
) -> str:
    used.stt_ms += sentence.milliseconds
    wide = sentence.wide if is_wide else b""
    heard = await guarded_once(heard_words(stt, sentence.narrow, wide), "the transcription")
    used.stt_ms += sentence.milliseconds * (heard.requests - 1)
    text = heard.text.strip()[:MAX_CHARACTERS]
    return judged(text, sentence.narrow, setup.config.language).text
