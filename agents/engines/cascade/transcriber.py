"""Transcribes one caller: voice activity, endpointing, and the text of each utterance.

The transcription starts at the first short pause, in parallel to the endpointing silence. If the
caller continues it is discarded, and the whole utterance is transcribed at the next pause.

People pause within a sentence, and between the digits of a number, for longer than an agent should
wait. So speech after a gap of up to `ONE_UTTERANCE_GAP_MS` is transcribed again together with the
speech before it: recognisers are far better on the whole.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

import structlog

from agents.engines.base import HeardWords, LanguageTelling, SpeechToText, Usage, WideBand
from agents.engines.boundary import guarded_once, wait_before_retry
from agents.engines.cascade.overhearing import Overhearing
from agents.engines.end_of_turn.service import EndOfTurn
from agents.engines.events import (
    EngineEvent,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
    TurnEndHeard,
)
from agents.engines.health import PartHealth
from agents.engines.voice_activity.detector import VoiceActivity
from agents.settings.config import TurnTaking
from agents.speech.audio.endpointing import LONG_MS, TEXT_WAIT_MS, Endpointer
from agents.speech.audio.wide_sound import WideSound
from agents.speech.heard.hallucinations import judged
from agents.speech.heard.language_words import code_of
from voicex.errors import EngineError, EngineTimeout

log = structlog.get_logger(__name__)

BYTES_PER_MS: Final = 8  # mu-law, 8 kHz
PREROLL_MS: Final = 240  # soft first consonants lie before the first voiced window
KEPT_SILENCE_MS: Final = 1_000  # kept without speech, because detection lags
MAX_UTTERANCE_MS: Final = 60_000  # the beginning of a longer one is dropped
TRIMMED_MS: Final = 400  # between two times that audio is dropped: each costs as much as a frame
ONE_UTTERANCE_GAP_MS: Final = 1_000
MAX_WAITED_FOR_MS: Final = 40_000  # longer utterances end at the first pause
MAX_HEARD_AGAIN_MS: Final = 20_000  # longer utterances are not transcribed again with each addition
TRANSCRIPTION_SECONDS: Final = 3.0  # timeout of one request
MOST_REQUESTS: Final = 2  # for the same words: one retry
MOST_WAIT_SECONDS: Final = 2.0  # before it, if the provider asks for that
SOUND_WAIT_MS: Final = 192  # time for the end-of-turn model
# Silence at the end of what that model hears, however late the words are: it takes silence for a
# sign of the end. With 500 ms of it, of words that late, 12 of 182 pauses within turns were taken
# for the end, and 5 with this.
SOUND_SILENCE_MS: Final = 96
ASKED_JUST_NOW_MS: Final = 5_000  # requests within this time have a lower priority


class Transcriber:
    """Takes mu-law frames, and emits speech events and transcriptions. For the event
    loop's thread.
    """

    def __init__(
        self,
        *,
        stt: SpeechToText,
        health: PartHealth,
        voice_activity: VoiceActivity,
        turn_taking: TurnTaking,
        usage: Usage,
        tasks: asyncio.TaskGroup,
        emit: Callable[[EngineEvent], None],
        language: str = "en",
        end_of_turn: EndOfTurn | None = None,
        wide: WideSound | None = None,
    ) -> None:
        """language: the agent's, "en" or "de-AT"; used to detect hallucinations.

        end_of_turn: the model for pauses whose words leave a doubt; None: words alone decide. wide:
        the wide-band source of the frames, for recognisers that support it.
        """
        self._end_of_turn = end_of_turn
        self._health = health
        self._usage = usage
        self._tasks = tasks
        self._emit = emit
        self.overhearing = Overhearing(
            stt=stt, language=language, usage=usage, tasks=tasks, emit=emit
        )
        self._endpointer = Endpointer(turn_taking)
        # Speech is only detected once it has lasted `barge_in_ms`.
        self._kept_silence_ms = KEPT_SILENCE_MS + turn_taking.barge_in_ms
        self._listener = voice_activity.listener(self._on_probability)
        self._audio = bytearray()
        self._audio_from = 0  # position of the first byte of `_audio` in the stream
        self._room = 0  # bytes of `_audio`; with more it is trimmed
        self._line_sound = wide
        self._hear_with(stt, language)
        self._utterance_from: int | None = None  # byte position; None if dropped
        self._last_voiced_ms = 0
        self._is_over = True  # the utterance has ended
        self._pause: object | None = None  # the current pause
        self._sound_free_ms = 0  # on the media clock; until then requests have a lower priority
        self._transcription: asyncio.Task[None] | None = None
        self._taken: asyncio.Task[None] | None = None  # of a turn ended by `end_turn`
        self._asked_ms = 0  # bytes of the latest transcription

    def hear(self, payload: bytes) -> None:
        """Process a frame. payload: mu-law, 8 kHz mono, any length (bytes)."""
        audio = self._audio
        audio += payload
        if len(audio) > self._room:
            self._trim()
        self._listener.push(payload)

    def _trim(self) -> None:
        """Drop audio that is not needed any more, and set when that is done again."""
        kept_ms = self._kept_silence_ms if self._utterance_from is None else MAX_UTTERANCE_MS
        surplus = len(self._audio) - kept_ms * BYTES_PER_MS
        if surplus > 0:
            del self._audio[:surplus]
            self._audio_from += surplus
        self._room = len(self._audio) + TRIMMED_MS * BYTES_PER_MS

    def end_turn(self) -> None:
        """End the utterance now: its text follows, even if the caller continues."""
        if self._utterance_from is None or self._is_over:
            return
        self._transcribe()
        self._taken, self._transcription = self._transcription, None  # not affected by later speech
        self._utterance_from = None
        self._is_over, self._pause = True, None
        self._endpointer.end()
        self._listener.set_speaking(False)

    def end_turn_after(self, silence_ms: int, *, ask_sound: bool = False) -> None:
        """Set the length at which the current pause ends the turn.

        Shorter for a long utterance, whose beginning would be dropped if it became longer.
        ask_sound: emit `TurnEndHeard` before, if there is a model with capacity.
        """
        if self._heard_ms - (self._utterance_from or 0) // BYTES_PER_MS > MAX_WAITED_FOR_MS:
            self._endpointer.wait(min(silence_ms, LONG_MS))
            return
        self._endpointer.wait(silence_ms)
        if ask_sound and self._pause is not None and self._end_of_turn is not None:
            on_answer = partial(self._on_sound, self._pause, silence_ms)
            is_again = self._heard_ms < self._sound_free_ms
            if self._end_of_turn.ask(self._until_silence(), on_answer, is_again=is_again):
                self._sound_free_ms = self._heard_ms + ASKED_JUST_NOW_MS
                least_ms = self._endpointer.silence_ms + SOUND_WAIT_MS
                self._endpointer.wait(max(silence_ms, least_ms))

    def use(self, stt: SpeechToText, language: str) -> None:
        """Switch the language (a tag)."""
        self._hear_with(stt, language)
        self.overhearing.use(stt, language)

    def _hear_with(self, stt: SpeechToText, language: str) -> None:
        self._stt, self._language = stt, language
        self._wide = self._line_sound if isinstance(stt, WideBand) else None
        if self._line_sound is not None:  # unused for this recogniser
            self._line_sound.keep(None if self._wide is None else lambda: self._audio_from)

    def close(self) -> None:
        """Stop listening, and cancel a running transcription."""
        self._pause = None
        self._listener.close()
        self.overhearing.close()
        self._stop_transcribing()
        if self._taken is not None:
            self._taken.cancel()

    def _on_probability(self, probability: float) -> None:
        event: EngineEvent | None = self._endpointer.push(probability)
        if self.overhearing.due_ms is not None:
            self._overhear(event)
        if event is None:
            self._forget_if_done()
            return
        match event:
            case SpeechStarted(at_ms):
                self._listener.set_speaking(True)
                event = self._begin_utterance(at_ms)
            case SpeechResumed():
                self._pause = None
                self._listener.set_speaking(True)
                self._throw_away()
            case SpeechPaused():
                self._pause = object()
                # Also in a long pause: its silence updates the noise level.
                self._listener.set_speaking(False)
                self._endpointer.wait(TEXT_WAIT_MS)
                self._transcribe()
            case SpeechStopped():
                self._end_utterance(event)
        self._emit(event)

    def _end_utterance(self, event: SpeechStopped) -> None:
        self._is_over, self._pause = True, None
        self._last_voiced_ms = event.at_ms

    def _stop_if_due(self) -> None:
        """End the utterance if its pause has lasted long enough."""
        if stopped := self._endpointer.stop_if_due():
            self._end_utterance(stopped)
            self._emit(stopped)

    def _on_sound(self, pause: object, silence_ms: int, finished: float | None) -> None:
        """Handle the end-of-turn model's result for `pause`.

        The broad except is a boundary, as in `_make_text`.
        """
        if pause is not self._pause:  # the caller has continued, or the turn is over
            return
        self._endpointer.wait(silence_ms)  # unless the session has set a longer silence
        try:
            if finished is not None:
                self._emit(TurnEndHeard(finished))
            self._stop_if_due()
        except Exception:
            log.exception("end_of_turn_broke")

    def _overhear(self, event: EngineEvent | None) -> None:
        """Analyse the utterance in progress if a request of `peek` is due."""
        is_paused = isinstance(event, SpeechPaused)
        if isinstance(event, SpeechStopped):
            self.overhearing.due_ms = None
        elif is_paused or self._heard_ms >= (self.overhearing.due_ms or 0):
            self.overhearing.look(
                bytes(self._audio),
                self._audio_from // BYTES_PER_MS,
                words_from_ms=(self._utterance_from or 0) // BYTES_PER_MS,
                is_paused=is_paused,
            )

    def _begin_utterance(self, at_ms: int) -> SpeechStarted:
        self.overhearing.begin(at_ms)
        self._is_over = False
        # An utterance without a text yet is joined with this one, regardless of the gap.
        continues = self._transcription is not None or (
            self._utterance_from is not None
            and at_ms - self._last_voiced_ms <= ONE_UTTERANCE_GAP_MS
            and at_ms - self._utterance_from // BYTES_PER_MS <= MAX_HEARD_AGAIN_MS
        )
        if continues:
            self._throw_away()
        else:
            self._stop_transcribing()
            self._utterance_from = max(0, (at_ms - PREROLL_MS) * BYTES_PER_MS)
        return SpeechStarted(at_ms, continues)

    def _transcribe(self) -> None:
        self._stop_transcribing()
        work = self._make_text(self._utterance(), self._wide_utterance())
        self._transcription = self._tasks.create_task(work, name="transcribe")

    def _utterance(self) -> bytes:
        """The audio of the utterance so far, of a longer one the last minute."""
        self._trim()
        return bytes(self._audio[max(0, (self._utterance_from or 0) - self._audio_from) :])

    def _until_silence(self) -> bytes:
        """The audio of the utterance, and the beginning of the pause that there is."""
        surplus_ms = max(0, self._endpointer.silence_ms - SOUND_SILENCE_MS)
        audio = self._utterance()
        return audio[: len(audio) - surplus_ms * BYTES_PER_MS]

    def _wide_utterance(self) -> bytes:
        """The same in wide-band; b"" if not available or not used."""
        if self._wide is None:
            return b""
        begin = max(self._utterance_from or 0, self._audio_from)
        return self._wide.between(begin, self._audio_from + len(self._audio))

    def _stop_transcribing(self) -> None:
        if self._transcription is not None:
            self._transcription.cancel()
            self._transcription = None

    def _throw_away(self) -> None:
        """The caller continues: discard the transcription; all will be transcribed again."""
        self._stop_transcribing()
        self._usage.wasted_stt_ms += self._asked_ms
        self._asked_ms = 0

    async def _make_text(self, audio: bytes, wide: bytes) -> None:
        """Emit the text, or why there is none. Never raises.

        The broad excepts are the boundary of one transcription: a bug must not end the call, nor
        leave the caller without an answer.
        """
        event: EngineEvent
        self._asked_ms = 0
        try:
            for left in reversed(range(MOST_REQUESTS)):
                event, wait_seconds = await self._ask_for_text(audio, wide)
                if wait_seconds is None:
                    break
                if wait_seconds and left:
                    await asyncio.sleep(wait_seconds)
        except Exception:
            log.exception("transcription_broke")
            self._health.failed(EngineError())
            event = TranscriptionFailed(EngineError.__name__)
        is_newest = self._transcription is asyncio.current_task()
        if is_newest:
            self._transcription = None
            self._endpointer.wait(0)  # unless the words make the session set a longer silence
        try:
            self._emit(event)
            if is_newest:
                self._stop_if_due()
        except Exception:  # as above
            log.exception("transcription_broke")

    async def _ask_for_text(self, audio: bytes, wide: bytes) -> tuple[EngineEvent, float | None]:
        """The result of one request, and after how many seconds a retry may help; None: never."""
        asked_ms = len(audio) // BYTES_PER_MS
        self._usage.stt_ms += asked_ms
        self._asked_ms += asked_ms
        asked_at = monotonic()
        try:
            async with asyncio.timeout(TRANSCRIPTION_SECONDS):
                words = await guarded_once(heard_words(self._stt, audio, wide), "the transcription")
        except TimeoutError:
            self._health.failed(EngineTimeout())
            return TranscriptionFailed("timeout"), 0.0
        except EngineError as error:
            log.warning("transcription_failed", **error.for_the_log())
            self._health.failed(error)
            wait_seconds = wait_before_retry(error, most_seconds=MOST_WAIT_SECONDS)
            return TranscriptionFailed(type(error).__name__), wait_seconds
        self._health.answered(monotonic() - asked_at)
        self._usage.stt_ms += asked_ms * (words.requests - 1)
        heard = judged(words.text.strip(), audio, self._language)
        if heard.text:
            self.overhearing.learn(audio)
        return Transcribed(heard.text, heard.nothing_said, code_of(words.language)), None

    @property
    def _heard_ms(self) -> int:
        return (self._audio_from + len(self._audio)) // BYTES_PER_MS

    def _forget_if_done(self) -> None:
        """Drop the audio of an utterance that cannot be continued any more."""
        if self._utterance_from is None or not self._is_over or self._transcription is not None:
            return
        if self._heard_ms - self._last_voiced_ms > ONE_UTTERANCE_GAP_MS + KEPT_SILENCE_MS:
            self._utterance_from = None


async def heard_words(stt: SpeechToText, audio: bytes, wide: bytes) -> HeardWords:
    """Transcribe with `stt`, with the language if it reports one. Raises EngineError.

    wide: the same audio at 16 kHz, if available and supported by `stt`; else b"".
    """
    if wide and isinstance(stt, WideBand):
        return await stt.transcribe_wide(wide)
    if isinstance(stt, LanguageTelling):
        return await stt.transcribe_any(audio)
    return HeardWords(await stt.transcribe(audio))
