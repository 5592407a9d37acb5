"""The local voice speaks at once, evenly and unclipped, and never downloads anything."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from agents.engines.base import EngineSetup
from agents.engines.local import tts
from agents.settings.config import AgentConfig
from agents.speech.audio import mulaw
from voicex.errors import ConfigurationError, EngineSilent

CONFIG = AgentConfig(agent_id="a", version=1, name="Desk", prompt="", facts=(), greeting="")
BYTES_PER_MS = 8


def voice(**changes) -> tts.LocalVoice:
    return tts.make_tts(EngineSetup(replace(CONFIG, **changes)))


async def chunks_of(text: str, **changes) -> list[bytes]:
    return [chunk async for chunk in voice(**changes).speak(text)]


async def samples_of(text: str, **changes) -> np.ndarray:
    return mulaw.decode(b"".join(await chunks_of(text, **changes))).astype(np.float32) / 32768


@pytest.mark.parametrize("name", ["emma", "fenrir", "alloy", "../heart"])
def test_a_voice_that_is_not_in_the_package_is_refused_with_those_that_are(name):
    with pytest.raises(ConfigurationError, match=r"it has: heart\."):
        voice(voice=name)


def test_the_name_of_another_engines_voice_means_nothing_when_standing_in_for_it():
    assert voice(voice="alloy", tts="openai").cache_key == voice().cache_key


def test_a_language_it_does_not_speak_is_refused():
    with pytest.raises(ConfigurationError, match="English only"):
        voice(language="de")


def test_english_of_any_country_is_spoken():
    assert voice(language="en-GB").cache_key == voice().cache_key


@pytest.mark.parametrize("speed", [0.2, 3, 0])
def test_a_speed_it_was_not_made_for_is_refused(speed):
    with pytest.raises(ConfigurationError, match=r"expected 0\.5 to 2\.0"):
        voice(options={"local.speed": speed})


def test_the_cache_key_tells_speeds_apart():
    assert voice().cache_key == voice(options={"local.speed": 1}).cache_key
    assert voice().cache_key != voice(options={"local.speed": 1.2}).cache_key


@pytest.mark.models
@pytest.mark.parametrize("text", ["", "   ", "😀", "**"])
async def test_nothing_to_say_is_an_error_and_not_silence(text):
    with pytest.raises(EngineSilent):
        await chunks_of(text)


@pytest.mark.models
async def test_speech_begins_at_once_and_ends_soon():
    samples = np.abs(await samples_of("We are open Monday to Friday."))
    loud = np.flatnonzero(samples > 0.01)
    assert loud[0] / BYTES_PER_MS <= 40
    assert (len(samples) - loud[-1]) / BYTES_PER_MS <= 350


@pytest.mark.models
@pytest.mark.parametrize(
    "text", ["No.", "Thank you for calling.", "Parking is free behind the building."]
)
async def test_the_level_suits_a_telephone(text):
    samples = np.abs(await samples_of(text))
    # -3 dBFS, and what the telephone's filter and companding add to a peak.
    assert 0.35 <= samples.max() <= 0.8


@pytest.mark.models
async def test_sentences_are_equally_loud():
    levels = []
    for text in ("Yes.", "The price is ninety dollars.", "Please hold the line a moment."):
        samples = await samples_of(text)
        active = samples[np.abs(samples) > 0.02]
        levels.append(20 * np.log10(np.sqrt(np.square(active).mean())))
    assert max(levels) - min(levels) < 3  # dB


@pytest.mark.models
async def test_a_higher_speed_takes_less_time():
    text = "This sentence is spoken twice at different speeds."
    slow = await samples_of(text, options={"local.speed": 0.8})
    fast = await samples_of(text, options={"local.speed": 1.5})
    assert len(fast) < 0.7 * len(slow)


@pytest.mark.models
async def test_the_first_sentence_leaves_before_the_second_is_rendered(monkeypatch):
    rendered = []
    render = tts._render

    def counted(voice_name: str, sentence: str, speed: float, in_both: bool) -> bytes:
        rendered.append(sentence)
        return render(voice_name, sentence, speed, in_both)

    monkeypatch.setattr(tts, "_render", counted)
    stream = voice().speak("Yes. We are open on Saturday.")
    first = await anext(stream)
    assert rendered == ["Yes. "]
    assert len(first) <= tts.CHUNK_BYTES
    await stream.aclose()


@pytest.mark.models
async def test_the_same_text_sounds_the_same_also_side_by_side():
    alone = b"".join(await chunks_of("Call us at 555-0142."))
    together = await asyncio.gather(*(chunks_of("Call us at 555-0142.") for _ in range(4)))
    assert {b"".join(chunks) for chunks in together} == {alone}


@pytest.mark.models
async def test_numbers_are_read_digit_by_digit():
    # "555-0142" as an amount would take about as long as one of its groups.
    digits = await samples_of("555-0142.")
    words = await samples_of("Five five five, zero one four two.")
    assert len(digits) == len(words)


@pytest.mark.models
async def test_warm_loads_the_voice():
    tts._load.cache_clear()
    await tts.warm()
    assert tts._load.cache_info().currsize == 1
