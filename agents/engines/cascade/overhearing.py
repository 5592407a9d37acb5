"""Hearing an utterance in progress, so that the session can judge whether it takes the floor.

Asked for while the caller speaks over the agent: once the utterance has lasted so long, its sound
is measured (voice, level, echo) and what there is of it transcribed. Nothing is done otherwise.
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
MOST_HEARD_MS: Final = 3_000  # of a longer utterance its end is transcribed
MOST_COMPARED_MS: Final = 800  # of a longer sound its end is compared with what was played
PEEK_SECONDS: Final = 2.0  # of one request; by then the length of the sound has decided
_LONGEST: Final = LONGEST_MS * BYTES_PER_MS
_SILENCE: Final = bytes([mulaw.SILENCE])
FAINT: Final = 0.36  # of the caller's usual level: 9 dB below it, as who speaks to somebody else
LEVELS_LEARNED: Final = 1  # utterances before a caller's level is known
LEVEL_MS: Final = 3_000  # of an utterance tell its level
NEW_SHARE: Final = 0.3  # of the newest utterance in that level
# Faint ones in a row before the level follows: words to somebody else are between others, but who
# has moved away goes on like that.
FAINT_LEARNED: Final = 3


class Overhearing:
    """What is heard of one caller's utterances before they end. For the event loop's thread."""

    def __init__(
        self,
        *,
        stt: SpeechToText,
        language: str,
        usage: Usage,
        tasks: asyncio.TaskGroup,
        emit: Callable[[EngineEvent], None],
    ) -> None:
        self.due_ms: int | None = None  # on the media clock; None: nothing was asked
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
        self._faint_from_ms = -1  # where the newest of them began
        self._requests: set[asyncio.Task[None]] = set()

    def use(self, stt: SpeechToText, language: str) -> None:
        """Hear in another language, a tag, from here on."""
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
        """Say what is heard once it has lasted `after_ms`; arguments as of `Engine.peek`."""
        self.due_ms = self._began_ms + after_ms
        self._played = played
        self._played_from_ms = played_from_ms

    def close(self) -> None:
        """Nothing of the utterance is wanted any more."""
        self.due_ms = None
        for request in self._requests:
            request.cancel()

    def look(self, audio: bytes, from_ms: int, *, words_from_ms: int, is_paused: bool) -> None:
        """Measure what was heard until now, and have it transcribed.

        audio: of the caller (mu-law), the newest last; from_ms: where on the media clock it begins.
        words_from_ms: where the utterance does. is_paused: then all of it is transcribed elsewhere.
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
        """Words were heard in `audio` (mu-law): so loud does this caller speak."""
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
        # The newest part alone: a caller may speak into an echo.
        heard_from_ms = max(self._began_ms - BEFORE_MS, now_ms - MOST_COMPARED_MS, from_ms)
        played_from_ms = heard_from_ms - LONGEST_MS
        if played_from_ms < self._played_from_ms:
            return False
        heard = _cut(audio, from_ms, heard_from_ms, now_ms)
        played = _cut(self._played, self._played_from_ms, played_from_ms, now_ms)
        # Behind the last that was sent there is silence.
        return self._echoes.is_echo(heard, played.ljust(len(heard) + _LONGEST, _SILENCE))

    def _transcribe(self, audio: bytes, lasted_ms: int) -> None:
        request = self._tasks.create_task(self._make_text(audio, lasted_ms), name="peek")
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)

    async def _make_text(self, audio: bytes, lasted_ms: int) -> None:
        """Emit what was said, or that there is no text. Raises nothing.

        A failure is no sign of the provider's health: the words are asked for again at the pause.
        The broad except is the edge of one request: a fault of ours may not end the call.
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
    """What lies between two moments of the media clock; `from_ms` is where `audio` begins."""
    return audio[max(0, begin_ms - from_ms) * BYTES_PER_MS : (end_ms - from_ms) * BYTES_PER_MS]
