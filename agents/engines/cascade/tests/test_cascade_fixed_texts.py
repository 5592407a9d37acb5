"""Greetings and apologies: from the clips where they can, in another voice where they must."""

import pytest

from agents.engines import registry
from agents.engines.cascade import speaking
from agents.engines.cascade.clips import ClipCache
from agents.engines.cascade.speaking import said_by
from agents.engines.cascade.tests.answering import answering
from agents.engines.events import ResponseEnded, ResponseFailed
from agents.settings.config import Speech
from testing.engines import Gate, StubTextToSpeech, settle
from testing.setups import setup
from voicex.errors import ConfigurationError, EngineBusy, EngineRefused

GREETING = "Hello, this is Ada. How can I help?"


async def test_the_second_greeting_asks_no_provider_and_sounds_the_same():
    tts, clips = StubTextToSpeech([b"\1" * 700, b"\2" * 9], [b"\3" * 77]), ClipCache()
    async with answering(tts=tts, clips=clips) as answers:
        for response_id in ("r1", "r2"):
            answers.cascade.say(response_id, GREETING)
            assert await answers.done(response_id) == ResponseEnded(response_id)
    assert tts.spoken == ["Hello, this is Ada.", "How can I help?"]
    assert answers.audio("r1") == answers.audio("r2") == b"\1" * 700 + b"\2" * 9 + b"\3" * 77
    assert answers.texts() == ["Hello, this is Ada. ", "How can I help?"] * 2
    assert answers.usage.tts_characters == sum(map(len, tts.spoken))


async def test_the_voice_gets_words_and_the_transcript_what_was_written():
    tts, clips = StubTextToSpeech([b"\1" * 700], [b"\2" * 9]), ClipCache()
    speech = Speech(pronunciations="Voicex = voice ex")
    async with answering(tts=tts, clips=clips, speech=speech) as answers:
        answers.cascade.say("r1", "Voicex costs $5. Call 555-0142.")
        assert await answers.done() == ResponseEnded("r1")
    assert tts.spoken == [
        "voice ex costs five dollars.",
        "Call five five five, zero one four two.",
    ]
    assert answers.texts() == ["Voicex costs $5. ", "Call 555-0142."]


async def test_what_is_rendered_before_a_call_is_found_by_it():
    tts, clips = StubTextToSpeech(), ClipCache()
    speech = Speech(pronunciations="Ada = aid a")
    async with answering(tts=tts, clips=clips, speech=speech) as answers:
        config = setup(speech=speech).config
        await clips.prepare(tts, "Ada at 9:30.", said=said_by(config))
        answers.cascade.say("r1", "Ada at 9:30.")
        assert await answers.done() == ResponseEnded("r1")
    assert tts.spoken == ["aid a at nine thirty."]


async def test_texts_of_one_call_are_not_cached(tmp_path):
    tts, clips = StubTextToSpeech(), ClipCache(tmp_path)
    async with answering(tts=tts, clips=clips) as answers:
        for response_id in ("r1", "r2"):
            answers.cascade.say(response_id, "on Monday, Mr Miller.", is_fixed=False)
            assert await answers.done(response_id) == ResponseEnded(response_id)
    assert tts.spoken == ["on Monday, Mr Miller."] * 2
    assert clips.find("told", "on Monday, Mr Miller.") is None
    assert list(tmp_path.iterdir()) == []


async def test_only_the_fixed_parts_of_a_greeting_are_cached():
    tts, clips = StubTextToSpeech(), ClipCache()
    pieces = ("Hello Anna. ", "How can I help?")
    told = {"cuts": {"".join(pieces): pieces}, "said_once": (pieces[0],)}
    async with answering(tts=tts, clips=clips, **told) as answers:
        for response_id in ("r1", "r2"):
            answers.cascade.say(response_id, "".join(pieces))
            assert await answers.done(response_id) == ResponseEnded(response_id)
    assert tts.spoken == ["Hello Anna.", "How can I help?", "Hello Anna."]
    assert clips.find(tts.cache_key, "Hello Anna.") is None


async def test_a_greeting_is_heard_while_it_is_being_rendered():
    gate = Gate()
    async with answering(tts=StubTextToSpeech([b"\1" * 80, gate])) as answers:
        answers.cascade.say("r1", "Hello.")
        await gate.reached()
        assert answers.audio() == b"\1" * 80


async def test_a_greeting_that_is_cut_off_is_rendered_anew_next_time():
    gate, clips = Gate(), ClipCache()
    tts = StubTextToSpeech([b"\1" * 80, gate, b"\2" * 80], [b"\1" * 80, b"\2" * 80])
    async with answering(tts=tts, clips=clips) as answers:
        answers.cascade.say("r1", "Hello.")
        await gate.reached()
        answers.cascade.cancel("r1", heard_ms=200)
        await settle()
        assert tts.closed == 1
        assert clips.find("told", "Hello.") is None
        assert answers.usage.tts_characters == len("Hello.")
        answers.cascade.say("r2", "Hello.")
        await answers.done("r2")
    assert answers.audio("r2") == b"\1" * 80 + b"\2" * 80


@pytest.mark.parametrize("script", [[EngineBusy()], [EngineRefused()], []], ids=str)
async def test_a_voice_that_fails_is_replaced(script):
    tts, clips = StubTextToSpeech(script, script), ClipCache()
    fallback = StubTextToSpeech([b"\7" * 80])
    async with answering(tts=tts, fallback=fallback, clips=clips) as answers:
        answers.cascade.say("r1", "Hello.")
        assert await answers.done() == ResponseEnded("r1")
    assert answers.audio() == b"\7" * 80
    assert answers.texts() == ["Hello."]


async def test_a_voice_that_hangs_is_replaced(monkeypatch):
    monkeypatch.setattr(speaking, "VOICE_SECONDS", 0.01)
    tts, fallback = StubTextToSpeech([Gate()]), StubTextToSpeech()
    async with answering(tts=tts, fallback=fallback) as answers:
        answers.cascade.say("r1", "Hello.")
        assert await answers.done() == ResponseEnded("r1")
    assert tts.closed == 1
    assert fallback.spoken == ["Hello."]


async def test_when_the_second_voice_fails_too_the_session_is_told():
    tts, fallback = StubTextToSpeech([EngineRefused()]), StubTextToSpeech([EngineBusy()])
    async with answering(tts=tts, fallback=fallback) as answers:
        answers.cascade.say("r1", "Hello.")
        assert await answers.done() == ResponseFailed("r1", "EngineBusy")


async def test_the_second_voice_is_not_its_own_second():
    fallback = StubTextToSpeech([EngineBusy()], [EngineBusy()])
    async with answering(fallback=fallback, voice="local") as answers:
        answers.cascade.say("r1", "Hello.")
        assert await answers.done() == ResponseFailed("r1", "EngineBusy")
    assert fallback.spoken == ["Hello."] * 2  # its own second chance


async def test_a_second_voice_that_does_not_speak_the_language_is_no_crash():
    def not_in_german(*_):
        raise ConfigurationError

    async with answering(tts=StubTextToSpeech([EngineRefused()])) as answers:
        # Undone before `answering` undoes its own: a fixture's would come after, and put
        # the voices of this test back.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(registry, "text_to_speech", not_in_german)
            answers.cascade.say("r1", "Hallo.")
            assert await answers.done() == ResponseFailed("r1", "EngineRefused")


@pytest.mark.parametrize("text", ["🙂", "Hello. 🙂", "🙂 Hello.", "***"])
async def test_unspeakable_text_does_not_fail_a_greeting(text):
    """A voice that is given nothing to say gives nothing, which would be an error."""
    tts = StubTextToSpeech()
    async with answering(tts=tts) as answers:
        answers.cascade.say("r1", text)
        assert await answers.done() == ResponseEnded("r1")
    assert tts.spoken == (["Hello."] if "Hello" in text else [])


async def test_a_clip_directory_that_cannot_be_written_does_not_break_the_greeting(tmp_path):
    (tmp_path / "clips").write_text("a file where the directory should be")
    tts = StubTextToSpeech()
    async with answering(tts=tts, clips=ClipCache(tmp_path / "clips")) as answers:
        for response_id in ("r1", "r2"):
            answers.cascade.say(response_id, "Hello.")
            assert await answers.done(response_id) == ResponseEnded(response_id)
    assert tts.spoken == ["Hello."]
    assert answers.audio("r1") == answers.audio("r2") != b""


async def test_an_apology_that_no_voice_can_say_in_the_language_is_said_in_english():
    def english_alone(name, setup):
        if name == "told":
            return StubTextToSpeech([EngineRefused()], [EngineRefused()])
        if setup.config.language != "en":
            raise ConfigurationError
        return english

    english = StubTextToSpeech()
    async with answering(language="de") as answers:
        with pytest.MonkeyPatch.context() as patch:  # undone first, as above
            patch.setattr(registry, "text_to_speech", english_alone)
            answers.cascade._tongue.speaker._own.tts = StubTextToSpeech([EngineRefused()])
            answers.cascade.say("r1", "Entschuldigung.", in_english="I'm sorry.")
            assert await answers.done() == ResponseEnded("r1")
    assert english.spoken == answers.texts() == ["I'm sorry."]


async def test_cached_clips_are_played_when_every_voice_fails():
    clips = ClipCache()
    await clips.prepare(StubTextToSpeech([b"\5" * 80]), "Einen Moment, bitte.")
    dead = [[EngineRefused()]] * 2
    async with answering(
        tts=StubTextToSpeech(*dead), fallback=StubTextToSpeech(*dead), clips=clips
    ) as answers:
        answers.cascade.say("r1", "Einen Moment, bitte.", in_english="One moment, please.")
        assert await answers.done() == ResponseEnded("r1")
    assert answers.audio() == b"\5" * 80
