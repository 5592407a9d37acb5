"""What is heard of an utterance in progress: asked for, measured, transcribed, and no more."""

import numpy as np
import pytest

from agents.engines.cascade.overhearing import MOST_HEARD_MS
from agents.engines.cascade.tests.test_transcriber import AGAIN, HELLO, listening
from agents.engines.cascade.transcriber import PREROLL_MS
from agents.engines.events import PartlyHeard, SpeechLasted, SpeechPaused, SpeechStarted
from agents.engines.scripted.engines import tone_mulaw
from agents.speech.audio import mulaw
from testing.engines import SILENCE, WINDOW, Gate, StubSpeechToText, settle
from voicex.errors import EngineBusy

PREROLL = PREROLL_MS * 8


def asks(call, after_ms, played=b"", from_ms=0):
    call.transcriber.overhearing.ask(after_ms, played=played, played_from_ms=from_ms)


def told(call, kind):
    return [event for event in call.events if isinstance(event, kind)]


def windows(audio):
    """Whole windows of it, none of which begins as silence does."""
    cut = (audio[at : at + WINDOW] for at in range(0, len(audio) - WINDOW + 1, WINDOW))
    return [b"\xfe" + window[1:] for window in cut]


async def test_nothing_is_measured_or_transcribed_that_was_not_asked_for():
    async with listening() as call:
        await call.hears(HELLO, 30)
        assert call.kinds() == [SpeechStarted]
    assert call.stt.audio == []
    assert call.usage.stt_ms == 0


async def test_what_was_said_is_transcribed_from_its_soft_beginning_once_it_has_lasted():
    async with listening(["wait a"]) as call:
        await call.hears(SILENCE, 50)
        await call.hears(HELLO, 3)
        asks(call, 192)
        await call.hears(HELLO, 2)
        assert call.kinds() == [SpeechStarted]
        await call.hears(HELLO, 3)
        assert call.kinds() == [SpeechStarted, SpeechLasted, PartlyHeard]
        assert told(call, PartlyHeard) == [PartlyHeard("wait a", 192)]
        assert told(call, SpeechLasted)[0].ms == 192
    begin = 50 * WINDOW - PREROLL
    assert call.stt.audio == [call.heard[begin : 56 * WINDOW]]
    asked_ms = len(call.stt.audio[0]) // 8
    assert (call.usage.stt_ms, call.usage.wasted_stt_ms) == (asked_ms, asked_ms)


async def test_a_pause_before_that_tells_how_long_it_lasted_and_transcribes_once():
    async with listening(["no"]) as call:
        await call.hears(HELLO, 5)
        asks(call, 400)
        await call.hears(SILENCE, 3)
        assert call.kinds()[:3] == [SpeechStarted, SpeechLasted, SpeechPaused]
        await call.hears(SILENCE, 30)
        assert len(told(call, SpeechLasted)) == 1
        assert told(call, PartlyHeard) == []
    assert len(call.stt.audio) == 1


async def test_a_request_ends_with_its_utterance():
    async with listening() as call:
        await call.hears(HELLO, 5)
        await call.hears(SILENCE, 3)
        asks(call, 5_000)
        await call.hears(SILENCE, 40)
        await call.hears(AGAIN, 40)
        assert told(call, SpeechLasted) == []


async def test_of_a_long_utterance_its_end_is_transcribed():
    async with listening() as call:
        await call.hears(HELLO, 200)
        asks(call, 1)
        await call.hears(HELLO, 1)
    assert len(call.stt.audio[0]) == MOST_HEARD_MS * 8


async def test_a_request_is_dropped_when_the_caller_begins_another_utterance():
    gate = Gate()
    async with listening([gate, "late"], ["first"], ["both"]) as call:
        await call.hears(HELLO, 4)
        asks(call, 64)
        await call.hears(HELLO, 1)
        await gate.reached()
        await call.hears(SILENCE, 10)
        await call.hears(AGAIN, 4)
        await settle()
        assert call.stt.cancelled == 1
        assert told(call, PartlyHeard) == []


@pytest.mark.parametrize("fault", [EngineBusy("busy"), ValueError("ours")])
async def test_a_part_that_cannot_be_transcribed_is_told_as_such(fault):
    async with listening([fault], ["whole"]) as call:
        await call.hears(HELLO, 4)
        asks(call, 64)
        await call.hears(HELLO, 1)
        [heard] = told(call, PartlyHeard)
        assert (heard.text, heard.has_failed) == ("", True)
        await call.hears(SILENCE, 3)
    assert call.texts() == ["whole"]


async def test_a_receiver_that_breaks_ends_no_call():
    async with listening(["wait"], ["whole"]) as call:
        call.breaks_at(PartlyHeard)
        await call.hears(HELLO, 4)
        asks(call, 64)
        await call.hears(HELLO, 1)
        await call.hears(SILENCE, 3)
    assert call.texts() == ["whole"]


async def test_a_recogniser_that_hears_parts_otherwise_is_asked_for_them():
    class Parts(StubSpeechToText):
        async def transcribe_part(self, audio: bytes) -> str:
            return "a part"

    async with listening(stt=Parts()) as call:
        await call.hears(HELLO, 4)
        asks(call, 64)
        await call.hears(HELLO, 1)
        assert told(call, PartlyHeard)[0].text == "a part"
        assert call.stt.audio == []


async def test_a_voice_has_a_pitch_and_a_knock_has_none():
    for sound, share in ((tone_mulaw(512), 0.6), (HELLO * 16, 0.0)):
        async with listening() as call:
            pieces = windows(sound)
            for window in pieces[:4]:
                await call.hears(window, 1)
            asks(call, 320)
            for window in pieces[4:]:
                await call.hears(window, 1)
            [lasted] = told(call, SpeechLasted)
        assert lasted.voiced_ms >= share * lasted.ms
        assert (lasted.voiced_ms > 0) == (share > 0)


async def test_the_agents_own_voice_is_told_and_not_transcribed():
    random = [0.02, 1.0, 0.3, 0.6, 0.02, 1.0, 1.0, 0.1] * 20
    voice = b""
    for level in random:
        pcm = (mulaw.decode(tone_mulaw(40)) * level).astype("int16")
        voice += mulaw.encode(pcm)
    delay_ms = 160
    quiet = mulaw.encode((mulaw.decode(voice) * 0.1).astype("int16"))
    line = bytes([mulaw.SILENCE]) * (delay_ms * 8) + quiet
    begin = 30 * WINDOW
    async with listening() as call:
        call.heard = line[:begin]
        call.transcriber.hear(b"\xff" + line[1:begin])
        await settle()
        pieces = windows(line[begin:])
        for window in pieces[:4]:
            await call.hears(window, 1)
        asks(call, 400, played=voice)
        for window in pieces[4:16]:
            await call.hears(window, 1)
        [lasted] = told(call, SpeechLasted)
    assert lasted.is_echo
    assert call.stt.audio == []


async def test_a_voice_12_db_below_the_callers_usual_one_is_faint():
    loud = windows(tone_mulaw(640))
    faint = windows(mulaw.encode((mulaw.decode(tone_mulaw(640)) * 0.25).astype("int16")))
    async with listening() as call:
        for sound in (loud, loud, faint):
            for window in sound[:3]:
                await call.hears(window, 1)
            asks(call, 320)
            for window in sound[3:]:
                await call.hears(window, 1)
            await call.hears(SILENCE, 60)
        kinds = [each.is_faint for each in told(call, SpeechLasted)]
    assert kinds == [False, False, True]


async def faint_ones(gain: float, sounds: str) -> list[bool]:
    """Of utterances, "l" loud and "f" with `gain` of that: whether each was found to be faint."""
    loud = windows(tone_mulaw(640))
    faint = windows(mulaw.encode((mulaw.decode(tone_mulaw(640)) * gain).astype("int16")))
    async with listening() as call:
        for sound in (loud if each == "l" else faint for each in sounds):
            for window in sound[:3]:
                await call.hears(window, 1)
            asks(call, 320)
            for window in sound[3:]:
                await call.hears(window, 1)
            await call.hears(SILENCE, 60)
        return [each.is_faint for each in told(call, SpeechLasted)]


@pytest.mark.parametrize("sounds", ["l" + "lf" * 6, "l" + "flff" + "lff" * 6])
async def test_asides_do_not_become_the_callers_usual_voice(sounds):
    assert await faint_ones(0.35, sounds) == [each == "f" for each in sounds]


async def test_the_usual_level_follows_a_caller_who_moves_away():
    found = await faint_ones(0.3, "l" + "f" * 8)
    assert found[1:4] == [True] * 3
    assert found[-2:] == [False] * 2


async def test_a_voice_that_falls_is_compared_with_the_beginning_of_one_that_falls():
    tone = mulaw.decode(tone_mulaw(960))
    falling = tone * np.linspace(1.0, 0.2, len(tone))
    loud, faint = (windows(mulaw.encode((falling * gain).astype("int16"))) for gain in (1.0, 0.25))
    async with listening() as call:
        for sound in (loud, loud, faint):
            for window in sound[:3]:
                await call.hears(window, 1)
            asks(call, 192)
            for window in sound[3:]:
                await call.hears(window, 1)
            await call.hears(SILENCE, 60)
        kinds = [each.is_faint for each in told(call, SpeechLasted)]
    assert kinds == [False, False, True]


async def test_nothing_is_faint_before_the_callers_level_is_known():
    faint = windows(mulaw.encode((mulaw.decode(tone_mulaw(640)) * 0.05).astype("int16")))
    async with listening() as call:
        for window in faint[:3]:
            await call.hears(window, 1)
        asks(call, 320)
        for window in faint[3:]:
            await call.hears(window, 1)
        assert [each.is_faint for each in told(call, SpeechLasted)] == [False]
