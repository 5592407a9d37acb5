"""A voice to listen to: a WAV as on the phone, from the clip cache, errors in words."""

import asyncio
import io
import threading
import wave
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from agents.engines import pool, registry, voices
from agents.models import Agent, AgentVersion
from agents.versions import voice_preview
from agents.versions.publishing import VERSION_FIELDS
from testing.engines import StubTextToSpeech
from testing.setups import setup
from voicex.errors import EngineBusy


@pytest.fixture
def voice(monkeypatch, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    voice_preview._clips.cache_clear()
    told = StubTextToSpeech()
    monkeypatch.setattr(registry, "text_to_speech", lambda name, setup: told)
    yield told
    voice_preview._clips.cache_clear()


def version(cast, **fields):
    assert fields.keys() <= set(VERSION_FIELDS)
    return AgentVersion(agent=Agent(org=cast.acorn, name="A"), number=1, **fields)


async def test_a_text_is_heard_as_a_wav_of_the_phones_band(voice):
    with wave.open(io.BytesIO(await voice_preview.spoken(setup(), "Hello. Good morning."))) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (8000, 1, 2)
        assert wav.getnframes() == 80 * len("Hello.Good morning.")  # 10 ms a character
    assert voice.spoken == ["Hello.", "Good morning."]


async def test_what_was_said_before_comes_from_the_cache(voice):
    first = await voice_preview.spoken(setup(), "Hello.")
    assert await voice_preview.spoken(setup(), "Hello.") == first
    assert voice.spoken == ["Hello."]


async def test_a_long_text_is_cut(voice):
    await voice_preview.spoken(setup(), "a" * 10_000)
    assert sum(map(len, voice.spoken)) <= voice_preview.MAX_CHARACTERS


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_nothing_to_say_is_reported(voice, text):
    with pytest.raises(ValidationError, match="no words to speak"):
        await voice_preview.spoken(setup(), text)


async def test_a_provider_that_fails_is_explained_in_words_that_are_not_its_own(voice):
    voice._scripts = [[EngineBusy("slow down, canary0001")]]
    with pytest.raises(ValidationError, match="rate limit") as told:
        await voice_preview.spoken(setup(), "Hello.")
    assert "canary" not in str(told.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tts": "nonsense"}, "engine 'nonsense' isn’t available"),
        ({"tts": "local", "language": "de"}, "doesn’t support 'de'"),
        ({"tts": "local", "voice": "alloy"}, "no voice 'alloy'"),
        ({"tts": "google"}, "This agent uses Google Cloud, but no API key is set"),
    ],
)
def test_a_voice_that_cannot_work_is_explained_in_words(cast, settings, fields, words):
    settings.GOOGLE_APPLICATION_CREDENTIALS = settings.GOOGLE_TTS_ENDPOINT = ""
    with pytest.raises(ValidationError, match=words):
        voice_preview.setup_of(cast.acorn, version(cast, **fields))


@pytest.mark.parametrize(
    ("engine", "language", "name"),
    [
        ("local", "en", "heart"),
        ("openai", "de", "alloy"),
        ("google", "en", "en-US-Chirp3-HD-Kore"),
        ("google", "de-AT", "de-AT-Chirp3-HD-Kore"),
    ],
)
def test_voices_are_offered_by_engine_and_language(engine, language, name):
    assert name in voices.offered(engine, language)


@pytest.mark.parametrize(("engine", "language"), [("scripted", "en"), ("google", "xx"), ("?", "")])
def test_where_no_voice_is_known_none_is_offered(engine, language):
    assert voices.offered(engine, language) == ()


async def test_a_preview_takes_no_thread_of_calls(voice, monkeypatch):
    names = []
    make = voice.speak

    async def speak(text):
        names.append(await pool.run(lambda: threading.current_thread().name))
        async for piece in make(text):
            yield piece

    monkeypatch.setattr(voice, "speak", speak)
    await voice_preview.spoken(setup(), "Hello.")
    assert names == ["speech-background_0"]


class SlowFor:
    """Clips that take for ever for one organization."""

    def __init__(self, owner):
        self._owner = owner

    async def prepare(self, _tts, _text, *, owner, **_):
        if owner == self._owner:
            await asyncio.sleep(60)

    def find(self, *_, **__):
        return b"\xff" * 8


async def test_an_organization_whose_voice_is_slow_keeps_no_other_waiting(monkeypatch):
    monkeypatch.setattr(voice_preview, "_clips", lambda: SlowFor("slow"))
    voice = SimpleNamespace(cache_key="a voice")
    monkeypatch.setattr(voice_preview.registry, "text_to_speech", lambda *_: voice)
    slow = asyncio.create_task(voice_preview.spoken(replace(setup(), org_id="slow"), "Hello."))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await voice_preview.spoken(replace(setup(), org_id="quick"), "Hello.")
    slow.cancel()
