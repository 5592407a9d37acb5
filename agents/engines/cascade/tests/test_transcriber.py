"""Listening to one caller: which audio is transcribed when, and what of it is thrown away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from agents.engines.base import HeardWords, Usage
from agents.engines.cascade import transcriber
from agents.engines.cascade.transcriber import (
    MAX_UTTERANCE_MS,
    MAX_WAITED_FOR_MS,
    ONE_UTTERANCE_GAP_MS,
    PREROLL_MS,
    SOUND_SILENCE_MS,
    SOUND_WAIT_MS,
    Transcriber,
)
from agents.engines.events import (
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
    TurnEndHeard,
)
from agents.engines.health import PartHealth
from agents.engines.scripted.engines import tone_mulaw
from agents.settings.config import TurnTaking
from agents.speech.audio.wide_sound import WideSound
from testing.conversations.virtual_loop import on_virtual_clock
from testing.engines import SILENCE, WINDOW, Gate, PlainVoiceActivity, StubSpeechToText, settle
from voicex.errors import EngineBusy, EngineError, EngineRefused

HELLO, AGAIN = (bytes([value]) * WINDOW for value in (1, 2))
PREROLL = PREROLL_MS * 8


class Sound:
    """In place of `EndOfTurn`: what it was asked, to be answered by hand."""

    def __init__(self, *, is_busy: bool = False) -> None:
        self.heard: list[bytes] = []
        self.again: list[bool] = []
        self._is_busy = is_busy
        self._waiting: list[Callable[[float | None], None]] = []

    def ask(
        self, audio: bytes, on_answer: Callable[[float | None], None], *, is_again: bool
    ) -> bool:
        self.heard.append(audio)
        self.again.append(is_again)
        self._waiting.append(on_answer)
        return not self._is_busy

    def answer(self, finished: float | None) -> None:
        self._waiting.pop(0)(finished)


class WideEars(StubSpeechToText):
    """A recogniser that takes 16 kHz too."""

    async def transcribe_wide(self, pcm: bytes) -> HeardWords:
        return HeardWords(await self.transcribe(pcm))


def widened(audio: bytes) -> bytes:
    """In place of 16 kHz, what can be told from anything else: each byte four times."""
    return bytes(byte for byte in audio for _ in range(4))


class Listening:
    """A transcriber, what it was given, and what it emitted."""

    def __init__(self, stt: StubSpeechToText, wide: WideSound | None = None) -> None:
        self.wide = wide
        self.asks_after: int | None = None  # on each text: the silence that the words want
        self.wants: int | None = None  # on each sound
        self.stt = stt
        self.usage = Usage()
        self.voice_activity = PlainVoiceActivity()
        self.events: list[object] = []
        self.heard = b""
        self._breaks_at: type | None = None

    def breaks_at(self, kind: type) -> None:
        """The next event of this kind meets a fault in its receiver."""
        self._breaks_at = kind

    def emit(self, event: object) -> None:
        if type(event) is self._breaks_at:
            self._breaks_at = None
            raise UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed")
        self.events.append(event)
        if isinstance(event, Transcribed) and self.asks_after is not None:
            self.transcriber.end_turn_after(self.asks_after, ask_sound=True)
        elif isinstance(event, TurnEndHeard) and self.wants is not None:
            self.transcriber.end_turn_after(self.wants)

    async def hears(self, window: bytes, windows: int = 10) -> None:
        """32 ms of sound, `windows` times."""
        for _ in range(windows):
            self.heard += window
            if self.wide is not None:
                self.wide.push(widened(window))
            self.transcriber.hear(window)
            await settle()

    def kinds(self) -> list[type]:
        return [type(event) for event in self.events]

    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Transcribed)]


@asynccontextmanager
async def listening(
    *scripts: object,
    stt: StubSpeechToText | None = None,
    sound: Sound | None = None,
    wide: WideSound | None = None,
    **turn_taking: int,
) -> AsyncIterator[Listening]:
    """A call that is listened to; transcriptions that are under way at its end are dropped."""
    call = Listening(stt or StubSpeechToText(*scripts), wide)
    before = asyncio.all_tasks()
    async with asyncio.TaskGroup() as tasks:
        call.transcriber = Transcriber(
            stt=call.stt,
            health=PartHealth("stt", "told"),
            voice_activity=call.voice_activity,
            turn_taking=TurnTaking(**turn_taking),
            usage=call.usage,
            tasks=tasks,
            emit=call.emit,
            end_of_turn=cast(Any, sound),
            wide=wide,
        )
        yield call
        call.transcriber.close()
        for task in asyncio.all_tasks() - before:
            task.cancel()
    assert call.voice_activity.open == set()


# --- When it is transcribed ----------------------------------------------------------------------


async def test_the_text_is_asked_for_at_the_first_short_pause():
    async with listening(pause_ms=64, endpointing_ms=224) as call:
        await call.hears(HELLO)
        assert call.kinds() == [SpeechStarted]
        await call.hears(SILENCE, 2)
        assert call.kinds() == [SpeechStarted, SpeechPaused, Transcribed]
        await call.hears(SILENCE, 5)
        assert call.kinds() == [SpeechStarted, SpeechPaused, Transcribed, SpeechStopped]
    assert call.texts() == ["words 1"]
    assert call.events[0] == SpeechStarted(at_ms=0)
    assert call.events[1] == SpeechPaused(at_ms=320)


async def test_a_pause_is_quiet_for_voice_activity_until_the_caller_continues():
    async with listening(pause_ms=64, endpointing_ms=640) as call:
        await call.hears(HELLO)
        assert call.voice_activity.speaking == [True]
        await call.hears(SILENCE, 3)
        assert call.voice_activity.speaking == [True, False]
        await call.hears(AGAIN)
        assert call.voice_activity.speaking == [True, False, True]
        await call.hears(SILENCE, 30)
    assert call.voice_activity.speaking == [True, False, True, False]


async def test_the_soft_beginning_before_the_first_voiced_moment_is_heard_too():
    async with listening() as call:
        await call.hears(SILENCE, 50)
        await call.hears(HELLO)
        await call.hears(SILENCE, 2)
    begin = 50 * WINDOW - PREROLL
    assert call.stt.audio == [call.heard[begin:]]


async def test_a_caller_who_speaks_at_once_is_heard_from_the_first_byte():
    async with listening() as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 2)
    assert call.stt.audio == [call.heard]


async def test_a_text_comes_without_the_spaces_around_it():
    async with listening([" hello  \n"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 2)
    assert call.texts() == ["hello"]


async def test_noise_too_short_for_speech_is_nothing():
    async with listening() as call:
        for _ in range(5):
            await call.hears(HELLO, 1)
            await call.hears(SILENCE, 5)
    assert call.events == []
    assert call.stt.audio == []


@pytest.mark.parametrize("barge_in_ms", [32, 500, 1000, 2000])
async def test_speech_that_must_last_before_it_counts_loses_nothing_of_its_beginning(barge_in_ms):
    async with listening(barge_in_ms=barge_in_ms) as call:
        await call.hears(SILENCE, 50)
        await call.hears(HELLO, 70)
        await call.hears(SILENCE, 2)
    assert call.stt.audio == [call.heard[50 * WINDOW - PREROLL :]]


# --- What was not said --------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Bye.", "Thank you for watching!", "you", ""])
async def test_words_over_a_sound_without_a_voice_are_none_and_nothing_was_said(text):
    async with listening([text]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 2)
    assert call.events[-1] == Transcribed("", nothing_said=True)


async def test_a_goodbye_with_a_voice_and_words_that_are_missing_are_told_apart_from_noise():
    voice = tone_mulaw(640)
    windows = [voice[at : at + WINDOW] for at in range(0, len(voice), WINDOW)]
    for text in ("Bye.", ""):
        async with listening([text]) as call:
            for window in windows:
                await call.hears(b"\xfe" + window[1:], 1)  # it never begins as silence does
            await call.hears(SILENCE, 2)
        assert call.events[-1] == Transcribed(text)


# --- What the sound of a pause says --------------------------------------------------------------

QUICK = {"pause_ms": 64, "endpointing_ms": 224}


async def paused_in_doubt(call: Listening, *, after: int, windows: int = 2) -> None:
    """The caller has spoken and pauses; the words alone want `after` ms of silence."""
    call.asks_after = after
    await call.hears(HELLO)
    await call.hears(SILENCE, windows)
    assert call.kinds() == [SpeechStarted, SpeechPaused, Transcribed]


async def test_in_doubt_the_sound_of_the_whole_turn_is_asked_and_may_want_more_silence():
    sound = Sound()
    async with listening(sound=sound, **QUICK) as call:
        await paused_in_doubt(call, after=224)
        assert sound.heard == [call.heard]
        call.wants = 640
        sound.answer(0.02)
        assert call.events[-1] == TurnEndHeard(0.02)
        await call.hears(SILENCE, 17)
        assert SpeechStopped not in call.kinds()
        await call.hears(SILENCE, 1)
        assert call.kinds()[-1] is SpeechStopped


async def test_a_turn_whose_silence_is_over_waits_a_moment_for_the_sound_and_then_ends_with_it():
    sound, gate = Sound(), Gate()
    async with listening([gate, "late words"], sound=sound, **QUICK) as call:
        call.asks_after = 224
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)  # as the text comes late
        gate.open()
        await settle()
        assert call.kinds() == [SpeechStarted, SpeechPaused, Transcribed]
        # However late the words are, the model hears as much of the silence.
        assert sound.heard == [call.heard[: -len(SILENCE) * (10 - SOUND_SILENCE_MS // 32)]]
        sound.answer(0.98)
        assert call.kinds()[3:] == [TurnEndHeard, SpeechStopped]


async def test_without_a_result_of_the_end_of_turn_model_the_turn_ends_by_silence():
    for finished in (None, 0.02):
        sound = Sound()
        async with listening(sound=sound, **QUICK) as call:
            await paused_in_doubt(call, after=224)
            if finished is None:
                sound.answer(None)
                await call.hears(SILENCE, 5)
            else:
                await call.hears(SILENCE, SOUND_WAIT_MS // 32)
            assert call.kinds()[-1] is SpeechStopped
            if finished is not None:
                sound.answer(finished)
            assert TurnEndHeard not in call.kinds()


async def test_a_model_without_time_changes_nothing():
    async with listening(sound=Sound(is_busy=True), **QUICK) as call:
        await paused_in_doubt(call, after=224)
        await call.hears(SILENCE, 5)
        assert call.kinds()[-1] is SpeechStopped


async def test_the_sound_of_a_pause_says_nothing_about_the_next_one():
    sound = Sound()
    async with listening(sound=sound, **QUICK) as call:
        await paused_in_doubt(call, after=640)
        await call.hears(AGAIN)
        sound.answer(0.02)
        await call.hears(SILENCE, 2)
        sound.answer(0.98)
    assert [event for event in call.events if isinstance(event, TurnEndHeard)] == [
        TurnEndHeard(0.98)
    ]
    assert sound.heard[1].startswith(sound.heard[0])
    assert sound.again == [False, True]


# --- When the caller continues -------------------------------------------------------------------


async def test_a_text_of_half_a_sentence_is_thrown_away_when_the_caller_continues():
    gate = Gate()
    async with listening([gate, "half"], ["the whole"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 3)
        await gate.reached()
        await call.hears(AGAIN)
        assert call.kinds() == [SpeechStarted, SpeechPaused, SpeechResumed]
        assert call.stt.cancelled == 1
        gate.open()
        await call.hears(SILENCE, 6)
    assert call.texts() == ["the whole"]
    first, whole = call.stt.audio
    assert whole.startswith(first)
    assert AGAIN in whole
    assert call.usage.stt_ms == (len(first) + len(whole)) // 8  # both were asked for


async def test_the_caller_who_continues_before_the_text_came_said_one_thing():
    gate = Gate()
    async with listening([gate, "half"], ["the whole"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 30)  # the turn is over, and long enough for a new utterance
        await call.hears(AGAIN)
        await call.hears(SILENCE, 2)
    assert call.stt.cancelled == 1
    assert call.texts() == ["the whole"]
    assert call.events[3] == SpeechStarted(at_ms=40 * 32, continues=True)
    assert call.stt.audio[1] == call.heard


async def test_speech_after_a_short_gap_is_heard_together_with_what_came_before():
    async with listening(["five five"], ["five five five"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, ONE_UTTERANCE_GAP_MS // 32)
        await call.hears(AGAIN)
        await call.hears(SILENCE, 2)
    assert call.texts() == ["five five", "five five five"]
    assert [event.continues for event in call.events if isinstance(event, SpeechStarted)] == [
        False,
        True,
    ]
    assert call.stt.audio[1] == call.heard


async def test_only_repeated_transcriptions_count_as_wasted():
    async with listening(pause_ms=64, endpointing_ms=224) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 3)
        asked_ms = call.usage.stt_ms
        assert call.usage.wasted_stt_ms == 0
        await call.hears(AGAIN)  # continues after the pause
        assert call.usage.wasted_stt_ms == asked_ms
        await call.hears(SILENCE, 8)
        await call.hears(SILENCE, 3 * ONE_UTTERANCE_GAP_MS // 32)
        await call.hears(HELLO)  # something new
    assert call.usage.wasted_stt_ms == asked_ms < call.usage.stt_ms


async def test_a_turn_that_is_ended_from_outside_has_its_words_whatever_is_said_then():
    gate = Gate()
    async with listening([gate, "so far"], ["and more"]) as call:
        await call.hears(HELLO)
        so_far = call.heard
        call.transcriber.end_turn()
        await call.hears(AGAIN)  # the caller speaks on
        assert call.stt.cancelled == 0
        gate.open()
        await settle()
        assert call.texts() == ["so far"]
        await call.hears(SILENCE, 8)
    assert call.kinds() == [
        SpeechStarted,
        SpeechStarted,
        Transcribed,
        SpeechPaused,
        Transcribed,
        SpeechStopped,
    ]
    assert call.events[1] == SpeechStarted(at_ms=320, continues=False)
    assert call.texts() == ["so far", "and more"]
    assert call.stt.audio[0] == so_far


async def test_ending_a_turn_without_speech_does_nothing():
    async with listening(["words"]) as call:
        call.transcriber.end_turn()
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
        call.transcriber.end_turn()
        await settle()
    assert call.texts() == ["words"]


async def test_the_words_of_an_ended_turn_are_given_up_with_the_call():
    async with listening([Gate(), "so far"]) as call:
        await call.hears(HELLO)
        call.transcriber.end_turn()
        await settle()
    assert call.stt.cancelled == 1


async def test_speech_after_a_long_gap_is_an_utterance_of_its_own():
    async with listening() as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, ONE_UTTERANCE_GAP_MS // 32 + 1)
        await call.hears(AGAIN)
        await call.hears(SILENCE, 2)
    assert [event.continues for event in call.events if isinstance(event, SpeechStarted)] == [
        False,
        False,
    ]
    assert HELLO not in call.stt.audio[1]
    assert AGAIN in call.stt.audio[1]


async def test_a_failed_part_is_not_lost_when_the_caller_continues():
    async with listening([EngineBusy()], [EngineBusy()], ["the whole"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
        await call.hears(AGAIN)
        await call.hears(SILENCE, 6)
    assert call.stt.audio[2][: len(HELLO)] == HELLO
    assert call.texts() == ["the whole"]


# --- When the provider fails ---------------------------------------------------------------------


async def test_a_transcription_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(transcriber, "TRANSCRIPTION_SECONDS", 0)
    async with listening([Gate()], [Gate()], ["later"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
        assert TranscriptionFailed("timeout") in call.events
        assert call.stt.cancelled == 2
        monkeypatch.setattr(transcriber, "TRANSCRIPTION_SECONDS", 5)
        await call.hears(SILENCE, 90)
        await call.hears(AGAIN)
        await call.hears(SILENCE, 2)
    assert call.texts() == ["later"]


def test_three_seconds_are_too_long():
    assert transcriber.TRANSCRIPTION_SECONDS == 3.0


@pytest.mark.parametrize(
    ("error", "reason", "requests"),
    [
        (EngineBusy(), "EngineBusy", 2),
        (EngineRefused(), "EngineRefused", 1),
        (TimeoutError(), "EngineTimeout", 2),
        (AttributeError("'str' object has no attribute 'text'"), "EngineError", 2),
        (asyncio.CancelledError(), "EngineError", 2),
    ],
)
async def test_a_provider_that_refuses_is_reported_by_name(error, reason, requests):
    async with listening(*[[error]] * requests, ["never asked"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
    assert call.kinds().count(TranscriptionFailed) == 1
    assert TranscriptionFailed(reason) in call.events
    assert len(call.stt.audio) == requests


async def test_words_that_failed_are_asked_for_once_more():
    async with listening([EngineBusy()], ["hello"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
    assert call.texts() == ["hello"]
    assert call.stt.audio[0] == call.stt.audio[1]
    assert call.usage.stt_ms == 2 * len(call.stt.audio[0]) // 8


@on_virtual_clock
async def test_words_are_asked_for_again_when_the_provider_said():
    async with listening([EngineBusy(wait_seconds=1.0)], ["hello"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
        assert len(call.stt.audio) == 1
        for _ in range(1_000):
            if not call.texts():
                await asyncio.sleep(0.02)
    assert call.texts() == ["hello"]


async def test_nobody_waits_for_words_that_a_provider_has_no_time_for():
    async with listening([EngineBusy(wait_seconds=60.0)], ["never asked"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
    assert call.kinds().count(TranscriptionFailed) == 1
    assert len(call.stt.audio) == 1


async def test_ears_that_fail_for_long_are_asked_once_more_at_once():
    async with listening([EngineError(wait_seconds=60.0)], ["hello"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 10)
    assert call.texts() == ["hello"]


async def test_a_fault_of_ours_in_reading_a_text_is_reported_as_a_failure():
    async with listening([7], ["two"]) as call:  # 7: no text at all
        await call.hears(HELLO)
        await call.hears(SILENCE, 60)
        assert TranscriptionFailed("EngineError") in call.events
        await call.hears(AGAIN)
        await call.hears(SILENCE, 10)
    assert call.texts() == ["two"]


async def test_an_error_while_emitting_a_text_does_not_end_the_call():
    async with listening(["one"], ["two"]) as call:
        call.breaks_at(Transcribed)
        await call.hears(HELLO)
        await call.hears(SILENCE, 60)
        await call.hears(AGAIN)
        await call.hears(SILENCE, 10)
    assert call.texts() == ["two"]


# --- Limits --------------------------------------------------------------------------------------


async def test_of_an_endless_utterance_the_last_minute_is_kept():
    async with listening() as call:
        await call.hears(HELLO, 10)
        for _ in range(70):
            call.transcriber.hear(AGAIN * 31)  # a second, in one message
            await settle()
        await call.hears(SILENCE, 2)
    [audio] = call.stt.audio
    assert len(audio) == MAX_UTTERANCE_MS * 8
    assert HELLO not in audio
    assert audio.endswith(AGAIN + SILENCE * 2)


async def test_of_endless_silence_next_to_nothing_is_kept():
    async with listening() as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 70)
        for _ in range(600):
            call.transcriber.hear(SILENCE * 31)
            await settle()
        assert len(call.transcriber._audio) <= 4_000 * 8
        await call.hears(HELLO)
        await call.hears(SILENCE, 2)
    assert call.stt.audio[-1].count(HELLO) == 10


async def test_after_the_end_nothing_more_is_understood():
    async with listening() as call:
        await call.hears(HELLO)
        call.transcriber.hear(SILENCE * 10)
        call.transcriber.close()
        await settle()
        call.transcriber.hear(SILENCE * 10)
        await settle()
        assert call.kinds() == [SpeechStarted]
    assert call.stt.audio == []


# --- How long a pause is waited in ---------------------------------------------------------------


async def test_a_turn_whose_words_are_not_all_ends_after_the_wait_that_it_is_given():
    async with listening() as call:

        def emit(event):
            call.events.append(event)
            if isinstance(event, Transcribed):
                call.transcriber.end_turn_after(1_000)

        call.transcriber._emit = emit
        await call.hears(HELLO)
        await call.hears(SILENCE, 31)
        assert call.kinds() == [SpeechStarted, SpeechPaused, Transcribed]
        await call.hears(SILENCE, 1)
        assert call.kinds()[-1] is SpeechStopped


async def test_the_end_waits_for_the_words_and_comes_with_them():
    gate = Gate()
    async with listening([gate, "the words"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 15)
        assert call.kinds() == [SpeechStarted, SpeechPaused]
        gate.open()
        await settle()
        assert call.kinds() == [SpeechStarted, SpeechPaused, Transcribed, SpeechStopped]


async def test_words_that_take_too_long_are_not_waited_for():
    gate = Gate()
    async with listening([gate, "the words"]) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE, 29)
        assert call.kinds() == [SpeechStarted, SpeechPaused, SpeechStopped]
        gate.open()
        await settle()
    assert call.texts() == ["the words"]


async def test_an_utterance_so_long_that_its_beginning_would_be_forgotten_ends_at_a_pause():
    async with listening() as call:
        await call.hears(HELLO, MAX_WAITED_FOR_MS // 32 + 1)
        await call.hears(SILENCE, 3)
        call.transcriber.end_turn_after(2_500)
        await call.hears(SILENCE, 4)
        assert call.kinds()[-1] is SpeechStopped


# --- What comes at 16 kHz -------------------------------------------------------------------------


async def test_a_recogniser_that_takes_16_khz_gets_the_same_moments_as_they_came():
    async with listening(stt=WideEars(), wide=WideSound()) as call:
        await call.hears(SILENCE, 60)  # its beginning is forgotten
        await call.hears(HELLO)
        await call.hears(SILENCE)
        expected = SILENCE[-PREROLL % WINDOW :]
        assert call.texts() == ["words 1"]
        [heard] = call.stt.audio
        narrow = heard[::4]
        assert heard == widened(narrow)
        assert HELLO * 10 in narrow
        assert narrow.startswith(expected)
        assert call.usage.stt_ms == len(narrow) // 8


@pytest.mark.parametrize(("ears", "wide"), [(StubSpeechToText, WideSound()), (WideEars, None)])
async def test_without_the_sound_or_the_ears_for_it_the_telephones_is_heard(ears, wide):
    async with listening(stt=ears(), wide=wide) as call:
        await call.hears(HELLO)
        await call.hears(SILENCE)
        assert call.stt.audio[0] in call.heard


async def test_wide_sound_is_kept_only_while_the_recogniser_takes_it():
    wide = WideSound()
    async with listening(stt=StubSpeechToText(), wide=wide) as call:
        await call.hears(SILENCE)
        assert not wide._pcm
        call.stt = WideEars()
        call.transcriber.use(call.stt, "de")
        await call.hears(HELLO)
        await call.hears(SILENCE)
        assert len(call.stt.audio[0]) % 4 == 0
        assert call.stt.audio[0] == widened(call.stt.audio[0][::4])
        call.transcriber.use(StubSpeechToText(), "en")
        await call.hears(SILENCE)
        assert not wide._pcm


async def test_sound_that_was_lost_is_heard_as_the_telephones():
    wide = WideSound()
    async with listening(stt=WideEars(), wide=wide) as call:
        call.wide = None  # the line brings no more of it
        await call.hears(HELLO)
        await call.hears(SILENCE)
        assert call.stt.audio[0] in call.heard
