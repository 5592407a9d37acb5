"""A line that plays more than the telephone's band: what the voice has, and its own clips."""

from collections.abc import AsyncGenerator

import pytest

from agents.engines.cascade import wide_clips
from agents.engines.cascade.clips import ClipCache
from agents.engines.cascade.tests.answering import answering
from agents.engines.events import AudioDelta, ResponseEnded
from agents.speech.audio.both_bands import BothBands
from agents.speech.audio.wide_voice import WideVoice
from testing.engines import Gate, StubTextToSpeech, settle
from voicex.errors import EngineBusy

GREETING = "Hello."


def bright(byte: int, size: int = 700) -> BothBands:
    return BothBands(bytes([byte]) * size, bytes([byte, 9]) * 2 * size)


class WideStub(StubTextToSpeech):
    """Has more than the telephone's band, if it is asked for it."""

    def __init__(self, *scripts) -> None:
        super().__init__(*scripts)
        self.asked_wide: list[str] = []

    def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        self.asked_wide.append(text)
        return self.speak(text)


async def said(answers, response_id: str, wide: WideVoice | None = None) -> bytes:
    """The response's PCM, taken in the pieces in which the core got its mu-law."""
    answers.cascade.say(response_id, GREETING)
    assert await answers.done(response_id) == ResponseEnded(response_id)
    if wide is None:
        return b""
    pieces = [each for each in answers.events if isinstance(each, AudioDelta)]
    mine = [each.audio for each in pieces if each.response_id == response_id]
    return b"".join(wide.take(response_id, audio) for audio in mine)


async def test_the_line_gets_what_lies_beside_the_mulaw_of_the_core():
    wide, voice = WideVoice(), WideStub([bright(1), bright(2, 90_000)])
    async with answering(tts=voice, wide=wide) as answers:
        answers.cascade.say("r1", "How are you, Mr Miller?", is_fixed=False)
        assert await answers.done() == ResponseEnded("r1")
        audio = answers.audio()
        assert audio == bright(1) + bright(2, 90_000)
        assert wide.take("r1", audio) == bright(1).wide + bright(2, 90_000).wide
        assert {type(each.audio) for each in answers.events if hasattr(each, "audio")} == {bytes}


async def test_a_call_on_the_telephone_asks_for_nothing_more():
    voice = WideStub([b"\1" * 700])
    async with answering(tts=voice) as answers:
        await said(answers, "r1")
    assert voice.spoken == [GREETING]
    assert voice.asked_wide == []


async def test_the_second_greeting_is_a_clip_in_both_bands_and_the_telephones_stays_its_own():
    wide, clips = WideVoice(), ClipCache()
    voice = WideStub([bright(1), bright(2)], [b"\5" * 700])
    async with answering(tts=voice, clips=clips, wide=wide) as answers:
        both = bright(1).wide + bright(2).wide
        assert await said(answers, "r1", wide) == both
        assert await said(answers, "r2", wide) == both
        assert answers.audio("r1") == answers.audio("r2") == bright(1) + bright(2)
    assert clips.find("told", GREETING) is None
    async with answering(tts=voice, clips=clips) as answers:
        await said(answers, "r1")
        assert answers.audio() == b"\5" * 700
    assert voice.asked_wide == [GREETING]


async def test_a_greeting_that_callers_hear_is_rendered_once_for_lines_that_play_more():
    wide, clips = WideVoice(), ClipCache()
    voice = WideStub([b"\5" * 700], [bright(1)])
    await clips.prepare(voice, GREETING)
    async with answering(tts=voice, clips=clips, wide=wide) as answers:
        assert await said(answers, "r1", wide) == bright(1).wide
        assert await said(answers, "r2", wide) == bright(1).wide
        assert answers.usage.tts_characters == len(GREETING)
    assert clips.find("told", GREETING) == b"\5" * 700


@pytest.mark.parametrize("failure", [[EngineBusy()], []], ids=["refused", "silent"])
async def test_of_a_voice_that_fails_there_is_the_telephones_clip(failure):
    wide, clips = WideVoice(), ClipCache()
    voice, fallback = WideStub([b"\5" * 700], failure), StubTextToSpeech()
    await clips.prepare(voice, GREETING)
    async with answering(tts=voice, fallback=fallback, clips=clips, wide=wide) as answers:
        assert await said(answers, "r1", wide) == b""
        assert answers.audio("r1") == b"\5" * 700
        assert answers.texts() == [GREETING]
        await said(answers, "r2", wide)  # at once: the voice is not asked again in this call
        assert answers.audio("r2") == b"\5" * 700
    assert voice.asked_wide == [GREETING]
    assert fallback.spoken == []


async def test_a_voice_that_breaks_off_is_continued_as_ever():
    wide, clips = WideVoice(), ClipCache()
    voice = WideStub([b"\5" * 700], [bright(1), EngineBusy()], [bright(2)])
    await clips.prepare(voice, GREETING)
    async with answering(tts=voice, clips=clips, wide=wide) as answers:
        assert await said(answers, "r1", wide) == bright(1).wide + bright(2).wide
        assert answers.audio() == bright(1) + bright(2)


async def test_a_response_that_is_cancelled_leaves_nothing_behind():
    wide, gate = WideVoice(), Gate()
    async with answering(tts=WideStub([bright(1), gate]), wide=wide) as answers:
        answers.cascade.say("r1", GREETING)
        await gate.reached()
        assert wide._bytes
        answers.cascade.cancel("r1", heard_ms=20)
        await settle()
        assert wide._bytes == 0
        assert wide.take("r1", bytes(bright(1))) == b""


async def test_clips_in_both_bands_are_bounded_and_forgotten_with_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(wide_clips, "MAX_BYTES", 2 * 5 * 700)
    clips, voice = ClipCache(tmp_path), WideStub(*[[bright(1)] for _ in range(4)])
    for text in ("One.", "Two.", "Three."):
        async for _ in clips.wide.record(voice, text, owner="acorn"):
            pass
    found = [clips.wide.find("told", text, owner="acorn") for text in ("One.", "Two.", "Three.")]
    assert found == [None, bright(1), bright(1)]
    assert clips.wide.find("told", "Two.", owner="birch") is None
    ClipCache(tmp_path).forget("acorn")  # by another process
    assert clips.wide.find("told", "Two.", owner="acorn") is None
    clips.forget("acorn")
    assert clips.wide._bytes == 0
    assert [path.name for path in (tmp_path / "acorn").iterdir()] == ["forgotten"]
