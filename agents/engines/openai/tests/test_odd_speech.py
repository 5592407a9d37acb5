"""Whatever a speech server answers: its voice is heard, or there is an error and no sound."""

import base64
import gzip
import json

import numpy as np
import pytest

from agents.engines.access import Access, Credentials
from agents.engines.cascade.clips import ClipCache
from agents.engines.openai import client
from agents.engines.openai import tts as openai_tts
from agents.engines.openai.server_habits import server_habits
from agents.engines.sound.reader import PIECE
from agents.engines.sound.stillness import MOST_BEHIND, MOST_WITHIN
from agents.speech.audio import mulaw
from testing.odd_answers import speech, speech_newer
from testing.providers import openai_server
from testing.providers.openai_at_once import openai_at_once
from testing.setups import setup
from testing.sound import audio
from voicex.errors import EngineBrokeOff, EngineError, EngineReason, EngineRefused, EngineTimeout

SENTENCE = "We are open until six today."
SENTENCE_MS = len(SENTENCE) * 60
LEVEL = audio.level(np.frombuffer(audio.pcm(SENTENCE_MS, 8_000), "<i2"))


@pytest.fixture
async def server():
    async with openai_at_once() as fake:
        yield fake


def tts(server, *, tts_format="pcm", **config):
    credentials = Credentials(
        {"openai": Access(endpoint=server.url)}, {"openai.tts_format": tts_format}
    )
    return openai_tts.make_tts(setup(credentials, **config))


async def spoken(voice, text=SENTENCE):
    """All of it, and the error that it ended with."""
    heard = bytearray()
    try:
        async for chunk in voice.speak(text):
            heard += chunk
    except EngineError as error:
        return bytes(heard), error
    return bytes(heard), None


@pytest.mark.parametrize("tts_format", ["pcm", "wav"])
@pytest.mark.parametrize("name", speech.WHOLE)
async def test_a_voice_is_heard_whole_and_as_loud_in_whatever_form_it_comes(
    server, name, tts_format
):
    server.behaviour.odd = {"tts": name}
    heard, error = await spoken(tts(server, tts_format=tts_format))
    assert error is None
    samples = mulaw.decode(heard)
    assert len(samples) / 8 == pytest.approx(SENTENCE_MS, abs=120)  # MP3 pads its ends
    assert audio.level(samples) == pytest.approx(LEVEL, rel=0.25)
    assert len(server.asked("tts")) == 1


@pytest.mark.parametrize("name", speech_newer.WHOLE)
async def test_a_voice_is_heard_whole_in_forms_that_few_servers_have(server, name):
    server.behaviour.odd = {"tts": name}
    heard, error = await spoken(tts(server))
    assert error is None
    samples = mulaw.decode(heard)
    assert len(samples) / 8 == pytest.approx(SENTENCE_MS, abs=120)
    assert audio.level(samples) == pytest.approx(LEVEL, rel=0.25)


@pytest.mark.parametrize(
    "end",
    [
        {"type": "speech.audio.error", "error": {"message": "gone"}},
        {"type": "error", "message": "gone"},
        {"error": "gone"},
    ],
)
async def test_of_events_that_end_in_an_error_it_is_known_that_they_are_cut(
    server, monkeypatch, end
):
    begun = base64.b64encode(audio.pcm(500)).decode()
    events = b"".join(
        b"data: " + json.dumps(each).encode() + b"\n\n" for each in ({"audio": begun}, end)
    )
    cut = speech.spoken(lambda _: events, "text/event-stream")
    monkeypatch.setitem(openai_server.ODD["tts"], "events_cut", cut)
    server.behaviour.odd = {"tts": "events_cut"}
    heard, error = await spoken(tts(server))
    assert len(heard) / 8 == pytest.approx(500, abs=40)
    assert isinstance(error, EngineBrokeOff)


@pytest.mark.parametrize("name", ["files_of_no_size", "files_without_end"])
async def test_no_header_of_a_file_for_each_piece_is_heard(server, name):
    server.behaviour.odd = {"tts": name}
    heard, _ = await spoken(tts(server))
    server.behaviour.odd = {"tts": "wav"}
    whole, _ = await spoken(tts(server))
    assert heard == whole


@pytest.mark.parametrize("name", [name for name in speech.WHOLE if name.startswith("wav")])
async def test_a_wav_is_heard_to_the_sample(server, name):
    server.behaviour.odd = {"tts": name}
    heard, _ = await spoken(tts(server))
    assert abs(len(heard) - SENTENCE_MS * 8) <= 24  # what is said behind the samples of one


@pytest.mark.parametrize("tts_format", ["pcm", "mp3"])
@pytest.mark.parametrize("name", speech.NO_SOUND)
async def test_what_is_no_sound_is_an_error_and_nothing_is_heard(server, name, tts_format):
    server.behaviour.odd = {"tts": name}
    heard, error = await spoken(tts(server, tts_format=tts_format))
    assert heard == b""
    assert error is not None
    assert error.reason in (EngineReason.UNREADABLE, EngineReason.EMPTY)


@pytest.mark.parametrize("name", speech.BROKEN_OFF)
async def test_a_voice_that_breaks_off_says_how_much_came(server, name):
    server.behaviour.odd = {"tts": name}
    heard, error = await spoken(tts(server))
    assert isinstance(error, EngineBrokeOff)
    assert error.given_ms == len(heard) // 8 > 100


async def test_a_voice_that_stalls_is_late(server, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", 0.2)
    server.behaviour.odd = {"tts": "stalls"}
    heard, error = await spoken(tts(server))
    assert isinstance(error, EngineTimeout)
    assert len(heard) > 800


async def test_a_voice_without_an_end_is_not_listened_to_for_ever(server):
    server.behaviour.odd = {"tts": "endless"}
    heard, _ = await spoken(tts(server), "Yes.")
    assert len(heard) / 8_000 < 25


@pytest.mark.parametrize("name", speech_newer.STILL)
async def test_no_caller_waits_through_the_silence_of_a_voice(server, name):
    server.behaviour.odd = {"tts": name}
    heard, error = await spoken(tts(server))
    assert error is None
    server.behaviour.odd = {}
    whole, _ = await spoken(tts(server))
    assert np.count_nonzero(mulaw.decode(heard)) == pytest.approx(
        np.count_nonzero(mulaw.decode(whole)), rel=0.05
    )
    most = MOST_WITHIN if name == "silence_within" else MOST_BEHIND
    assert len(heard) / 8 == pytest.approx(SENTENCE_MS + most / 8, abs=150)


@pytest.mark.parametrize("name", speech_newer.TOO_LONG)
async def test_a_text_that_is_too_long_is_asked_for_in_parts(server, name):
    server.behaviour.odd = {"tts": name}
    text = f"{SENTENCE} Tomorrow we open at nine, as always. Anything else?"
    for _ in range(2):
        before = len(server.asked("tts"))
        heard, error = await spoken(tts(server), text)
        assert error is None
        assert len(heard) / 8 == pytest.approx(len(text) * 60, rel=0.1)
    taken = [each.json["input"] for each in server.asked("tts")[before:]]
    assert " ".join(taken) == text  # its length is remembered: none is refused any more


async def test_what_is_unpacked_is_made_sound_of_a_little_at_once():
    """All of it at once would hold up the loop of all calls."""
    packed = gzip.compress(bytes(900_000))

    async def received(body):
        yield body

    pieces = [len(piece) async for piece in openai_tts._unpacked(received(packed))]
    assert sum(pieces) == 900_000
    assert max(pieces) <= PIECE
    with pytest.raises(EngineError) as cut:
        _ = [piece async for piece in openai_tts._unpacked(received(packed[:-9]))]
    assert cut.value.reason is EngineReason.UNREADABLE


# --- what a server refuses ------------------------------------------------------------------


@pytest.mark.parametrize("name", speech.REFUSED)
async def test_what_a_server_refuses_is_asked_for_in_another_way_and_remembered(server, name):
    server.behaviour.odd = {"tts": name}
    options = {"openai.tts_instructions": "Be warm."}
    _, error = await spoken(tts(server, options=options))
    assert error is None
    tries = len(server.asked("tts"))
    assert 2 <= tries <= openai_tts.MOST_FORMATS
    _, error = await spoken(tts(server, options=options))  # as another call would
    assert error is None
    assert len(server.asked("tts")) == tries + 1
    assert len(server_habits.known()) == 1


async def test_the_format_that_a_server_lists_is_the_one_that_is_asked_for(server):
    server.behaviour.odd = {"tts": "wav_among_others"}
    await spoken(tts(server))
    assert [each.json["response_format"] for each in server.asked("tts")] == ["pcm", "wav"]


async def test_a_remembered_replacement_applies_only_to_the_refused_format(server):
    server.behaviour.odd = {"tts": "wav_among_others"}
    await spoken(tts(server))
    server.behaviour.odd = {}
    await spoken(tts(server, tts_format="mp3"))
    assert server.asked("tts")[-1].json["response_format"] == "mp3"


async def test_a_format_that_failed_is_not_remembered(server):
    server.behaviour.odd = {"tts": "no_format_at_all"}
    _, error = await spoken(tts(server))
    assert isinstance(error, EngineRefused)
    assert server_habits.known() == []
    assert len(server.asked("tts")) == openai_tts.MOST_FORMATS


@pytest.mark.parametrize("name", ["no_such_voice", "no_such_voice_plain"])
async def test_a_voice_that_the_server_does_not_have_is_said_so(server, name):
    server.behaviour.odd = {"tts": name}
    _, error = await spoken(tts(server))
    assert isinstance(error, EngineRefused)
    assert error.reason is EngineReason.VOICE_UNKNOWN
    assert len(server.asked("tts")) == 1


async def test_a_rate_of_the_agents_own_goes_before_what_is_usual(server):
    server.behaviour.odd = {"tts": "pcm_unnamed"}
    heard, _ = await spoken(tts(server, options={"openai.tts_sample_rate": 48_000}))
    assert len(heard) == pytest.approx(SENTENCE_MS * 4, abs=2)


# --- what is kept -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", speech.NO_SOUND)
async def test_invalid_audio_is_not_cached_and_the_next_greeting_is_speech(server, name, tmp_path):
    cache, voice = ClipCache(tmp_path), tts(server)
    server.behaviour.odd = {"tts": name}
    with pytest.raises(EngineError):
        await cache.prepare(voice, SENTENCE, owner="acorn")
    assert cache.find(voice.cache_key, SENTENCE, owner="acorn") is None
    server.behaviour.odd = {}  # the server is repaired
    await cache.prepare(voice, SENTENCE, owner="acorn")
    clip = cache.find(voice.cache_key, SENTENCE, owner="acorn")
    assert audio.level(mulaw.decode(clip)) == pytest.approx(LEVEL, rel=0.2)


@pytest.mark.parametrize("name", speech.BROKEN_OFF)
async def test_half_a_greeting_is_not_kept(server, name):
    cache, voice = ClipCache(), tts(server)
    server.behaviour.odd = {"tts": name}
    with pytest.raises(EngineError):
        await cache.prepare(voice, SENTENCE)
    assert cache.find(voice.cache_key, SENTENCE) is None
