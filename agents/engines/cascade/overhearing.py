"""Analyses utterances in progress, so that the session can decide whether they are a barge-in.

Only used while the caller speaks over the agent: once the utterance has lasted for the requested
time, its audio is measured (voice, level, echo) and transcribed so far.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from agents.engines.base import PartialSpeechToText, SpeechToText, Usage
from agents.engines.boundary import guarded_once
from agents.engines.events import EngineEvent, PartlyHeard, SpeechLasted
from agents.speech.audio import mulaw
from agents.speech.audio.voice_measure import loudest, measured
from agents.speech.heard.hallucinations import judged
from agents.speech.interruption.echo import BEFORE_MS, LONGEST_MS, EchoFinder
from voicex.errors import EngineError

log = structlog.get_logger(__name__)

BYTES_PER_MS: Final = 8  # mu-law, 8 kHz
MOST_HEARD_MS: Final = 3_000  # only this much of its end is transcribed
MOST_COMPARED_MS: Final = 800  # only this much of its end is compared with played audio
PEEK_SECONDS: Final = 2.0  # timeout; by then the length of the sound has decided
_LONGEST: Final = LONGEST_MS * BYTES_PER_MS
_SILENCE: Final = bytes([mulaw.SILENCE])
FAINT: Final = 0.36  # share of the usual level (-9 dB) of speech to somebody else
LEVELS_LEARNED: Final = 1  # utterances before a caller's level is known
LEVEL_MS: Final = 3_000  # audio that determines an utterance's level
NEW_SHARE: Final = 0.3  # weight of the latest utterance
# Consecutive faint utterances before the level adapts: speech to somebody else is occasional, but a
# caller who has moved away stays faint.
FAINT_LEARNED: Final = 3


class Overhearing:
    """Analyses the utterances of one caller. For the event loop's thread."""

    def __init__(
        self,
        *,
        stt: SpeechToText,
        language: str,
        usage: Usage,
        tasks: asyncio.TaskGroup,
        emit: Callable[[EngineEvent], None],
    ) -> None:
        self.due_ms: int | None = None  # on the media clock; None: no request
        self.use(stt, language)
        self._usage = usage
        self._tasks = tasks
        self._emit = emit
        self._echoes = EchoFinder()
        self._is_echo = False
        self._began_ms = 0
        self._played = b""
        self._played_from_ms = 0
        self._level = 0.0
        self._levels_learned = 0
        self._faint_in_a_row = 0
        self._faint_from_ms = -1  # where the latest of them began
        self._requests: set[asyncio.Task[None]] = set()

    def use(self, stt: SpeechToText, language: str) -> None:
        """Switch the language (a tag)."""
        self._hear = stt.transcribe
        if isinstance(stt, PartialSpeechToText):
            self._hear = stt.transcribe_part
        self._language = language

    def begin(self, at_ms: int) -> None:
        """An utterance began at `at_ms` on the media clock."""
        self.close()
        self._began_ms = at_ms
        self._is_echo = False

    def ask(self, after_ms: int, *, played: bytes, played_from_ms: int) -> None:
        """Request an analysis once the utterance has lasted `after_ms`; arguments as in
        `Engine.peek`.
        """
        self.due_ms = self._began_ms + after_ms
        self._played = played
        self._played_from_ms = played_from_ms

    def close(self) -> None:
        """Cancel requests for the utterance."""
        self.due_ms = None
        for request in self._requests:
            request.cancel()

    def look(self, audio: bytes, from_ms: int, *, words_from_ms: int, is_paused: bool) -> None:
        """Measure the audio so far, and have it transcribed.

        audio: the caller's (mu-law), the latest last; from_ms: its beginning on the media clock.
        words_from_ms: the beginning of the utterance. is_paused: it is transcribed elsewhere.
        """
        self.due_ms = None
        now_ms = from_ms + len(audio) // BYTES_PER_MS
        lasted_ms = now_ms - self._began_ms
        measure = measured(_cut(audio, from_ms, self._began_ms, now_ms))
        self._is_echo = self._is_echo_of_agent(audio, from_ms, now_ms)
        is_known = self._levels_learned >= LEVELS_LEARNED
        is_faint = is_known and measure.loudest < FAINT * self._level
        if not is_paused and not self._is_echo:
            begin_ms = max(words_from_ms, now_ms - MOST_HEARD_MS)
            self._transcribe(_cut(audio, from_ms, begin_ms, now_ms), lasted_ms)
        self._emit(SpeechLasted(lasted_ms, measure.voiced_ms, self._is_echo, is_faint))

    def learn(self, audio: bytes) -> None:
        """Update the caller's usual level by `audio` (mu-law) that contained words."""
        if self._is_echo:
            return
        level = loudest(audio[-LEVEL_MS * BYTES_PER_MS :])
        self._levels_learned += 1
        if level >= FAINT * self._level:
            self._faint_in_a_row = 0
        elif self._faint_from_ms != self._began_ms:
            self._faint_from_ms = self._began_ms
            self._faint_in_a_row += 1
        if 0 < self._faint_in_a_row < FAINT_LEARNED:
            return
        share = NEW_SHARE if self._levels_learned > 1 else 1.0
        self._level += share * (level - self._level)

    def _is_echo_of_agent(self, audio: bytes, from_ms: int, now_ms: int) -> bool:
        # Only the latest part: a caller may begin to speak in an echo.
        heard_from_ms = max(self._began_ms - BEFORE_MS, now_ms - MOST_COMPARED_MS, from_ms)
        played_from_ms = heard_from_ms - LONGEST_MS
        if played_from_ms < self._played_from_ms:
            return False
        heard = _cut(audio, from_ms, heard_from_ms, now_ms)
        played = _cut(self._played, self._played_from_ms, played_from_ms, now_ms)
        # After the last sent audio there is silence.
        return self._echoes.is_echo(heard, played.ljust(len(heard) + _LONGEST, _SILENCE))

    def _transcribe(self, audio: bytes, lasted_ms: int) -> None:
        request = self._tasks.create_task(self._make_text(audio, lasted_ms), name="peek")
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)

    async def _make_text(self, audio: bytes, lasted_ms: int) -> None:
        """Emit the transcription, or that there is none. Never raises.

        A failure does not count for the provider's health, as the words are requested again at the
        pause. The broad except is the boundary of one request: a bug must not end the call.
        """
        asked_ms = len(audio) // BYTES_PER_MS
        self._usage.stt_ms += asked_ms
        self._usage.wasted_stt_ms += asked_ms
        try:
            async with asyncio.timeout(PEEK_SECONDS):
                text = await guarded_once(self._hear(audio), "the transcription of a part")
            heard = PartlyHeard(judged(text.strip(), audio, self._language).text, lasted_ms)
        except (TimeoutError, EngineError):
            heard = PartlyHeard("", lasted_ms, has_failed=True)
        except Exception:
            log.exception("peek_broke")
            heard = PartlyHeard("", lasted_ms, has_failed=True)
        try:
            self._emit(heard)
        except Exception:  # as above
            log.exception("peek_broke")


def _cut(audio: bytes, from_ms: int, begin_ms: int, end_ms: int) -> bytes:
    """The audio between two times of the media clock; from_ms: where `audio` begins."""
    return audio[max(0, begin_ms - from_ms) * BYTES_PER_MS : (end_ms - from_ms) * BYTES_PER_MS]
