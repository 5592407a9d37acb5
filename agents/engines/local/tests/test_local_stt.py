"""The local recogniser: what it hears of recorded people, and what it refuses to make up."""

import asyncio

import numpy as np
import pytest

from agents.engines.base import EngineSetup
from agents.engines.local import stt as local_stt
from agents.engines.local import whisper
from agents.engines.local.whisper import FULL_SECONDS, SHORT_SECONDS, Recognized
from agents.settings.config import AgentConfig
from agents.speech.audio import mulaw
from agents.speech.audio.resample import STT_RATE
from testing.sound.speech import recorded_people_or_skip
from voicex.errors import ConfigurationError


def setup(language="en"):
    return EngineSetup(
        AgentConfig(
            agent_id="a", version=1, name="", prompt="", facts=(), greeting="", language=language
        )
    )


def noise(seconds, level=0.05, seed=0):
    loud = np.random.default_rng(seed).normal(0, level * 32768, int(seconds * 8000))
    return mulaw.encode(loud.clip(-32768, 32767).astype(np.int16))


class Recogniser:
    """Takes Whisper's place: gives the answers in order and keeps what it was asked."""

    def __init__(self, monkeypatch, *answers):
        self.asked = []
        self._answers = list(answers)
        monkeypatch.setattr(whisper, "recognize", self)

    def __call__(self, samples, window_seconds):
        self.asked.append((len(samples) / STT_RATE, window_seconds))
        return self._answers.pop(0)


async def test_a_clear_utterance_is_heard_once_in_the_short_window(monkeypatch):
    recogniser = Recogniser(monkeypatch, Recognized("Hello.", is_doubtful=False))
    assert await local_stt.make_stt(setup()).transcribe(noise(1)) == "Hello."
    assert recogniser.asked == [(1.0 + local_stt.TRAIL_SECONDS, SHORT_SECONDS)]


async def test_a_doubtful_one_is_heard_again_in_the_full_window(monkeypatch):
    recogniser = Recogniser(
        monkeypatch,
        Recognized("29340", is_doubtful=True),
        Recognized("2 9 3 4 0", is_doubtful=True),
    )
    assert await local_stt.make_stt(setup()).transcribe(noise(1)) == "2 9 3 4 0"
    assert [window for _, window in recogniser.asked] == [SHORT_SECONDS, FULL_SECONDS]


async def test_a_cancelled_transcription_begins_no_second_look(monkeypatch):
    recogniser = Recogniser(monkeypatch, Recognized("um", is_doubtful=True))
    stt, begun = local_stt.make_stt(setup()), asyncio.Event()
    loop = asyncio.get_running_loop()
    first_look = recogniser.__call__

    def look(samples, window_seconds):
        heard = first_look(samples, window_seconds)
        loop.call_soon_threadsafe(begun.set)
        return heard

    monkeypatch.setattr(whisper, "recognize", look)
    task = asyncio.create_task(stt.transcribe(noise(1)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(recogniser.asked) == 1


async def test_less_than_a_tenth_of_a_second_is_no_word(monkeypatch):
    recogniser = Recogniser(monkeypatch)
    assert await local_stt.make_stt(setup()).transcribe(noise(0.09)) == ""
    assert recogniser.asked == []


async def test_a_long_utterance_is_cut_where_it_is_quietest(monkeypatch):
    recogniser = Recogniser(
        monkeypatch, Recognized("One.", is_doubtful=False), Recognized("Two.", is_doubtful=False)
    )
    audio = noise(25) + noise(0.2, level=0.0) + noise(14.8)
    assert await local_stt.make_stt(setup()).transcribe(audio) == "One. Two."
    first, second = (seconds for seconds, _ in recogniser.asked)
    assert 25.0 <= first <= 25.2
    assert first + second == pytest.approx(40.0 + local_stt.TRAIL_SECONDS)


@pytest.mark.parametrize("level", [0.002, 0.9])
def test_whisper_hears_every_caller_equally_loud(level):
    tone = level * np.sin(np.arange(8000) * 0.7)
    [samples] = local_stt.prepared(mulaw.encode((tone * 32767).astype(np.int16)))
    expected = local_stt.PEAK if level > 0.005 else local_stt.PEAK * level / 0.005
    assert np.abs(samples).max() == pytest.approx(expected, rel=0.1)


async def test_a_browsers_utterance_keeps_what_no_telephone_carries(monkeypatch):
    Recogniser(monkeypatch, Recognized("Hello.", is_doubtful=False))
    hiss = (9_000 * np.sin(2 * np.pi * 6_000 * np.arange(STT_RATE) / STT_RATE)).astype("<i2")
    stt = local_stt.make_stt(setup())
    assert (await stt.transcribe_wide(hiss.tobytes())).text == "Hello."
    assert (await stt.transcribe_wide(hiss.tobytes()[:3_000])).text == ""
    [samples] = local_stt.prepared_wide(hiss.tobytes())
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * STT_RATE / len(samples) == pytest.approx(6_000, abs=10)
    assert np.abs(samples).max() == pytest.approx(local_stt.PEAK, rel=0.01)


def test_another_language_is_refused_in_words():
    with pytest.raises(ConfigurationError, match="hears English only, not 'fr'"):
        local_stt.make_stt(setup("fr"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Express, please. Express, please. Express, please. Ex", "Express, please."),
        ("10 of clubs 10 of clubs 10 of clubs", "10 of clubs"),
        ("8, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1,", "8, 1, 3, 7,"),
        ("no, no", "no, no"),
        ("5 5 0 1 4 2", "5 5 0 1 4 2"),
        ("", ""),
    ],
)
def test_a_loop_is_cut_to_what_was_said(text, expected):
    assert whisper.without_loop(text) == expected


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("5, 5, 5, 0, 1, 4, 2, 5, 5, 5, 0, 1, 4, 2", True),
        ("So 5 0 1 4 2 5 0 1 4 2 5", True),
        ("Today, today,", True),
        ("No, no, not that one.", False),
        ("5, 5, 5, 0, 1, 4, 2", False),
        ("Ever tried, ever failed.", False),
        ("", False),
    ],
)
def test_words_said_twice_in_a_row_are_noticed(text, repeats):
    assert whisper.repeats_itself(text) is repeats


@pytest.mark.models
@pytest.mark.parametrize(
    "audio",
    [noise(1, 0.0), noise(0.3), noise(2), noise(3, 0.3)],
    ids=["silence", "short", "loud", "harsh"],
)
async def test_nothing_is_made_up_from_a_line_without_words(audio):
    assert await local_stt.make_stt(setup()).transcribe(audio) == ""


@pytest.mark.models
async def test_what_recorded_people_say_arrives():
    people = {person.id: person for person in recorded_people_or_skip()}
    stt = local_stt.make_stt(setup())
    expected = {
        "brooklyn": "how old is the brooklyn bridge",
        "df_half_an_hour": "half an hour",
        "num_jackson": "5 5 5 0 1 4 2",
    }
    for name, words in expected.items():
        heard = await stt.transcribe(people[name].audio())
        spoken = heard.lower().replace(",", " ").replace("-", " ").strip(".?! ")
        assert " ".join(spoken.split()) == words
