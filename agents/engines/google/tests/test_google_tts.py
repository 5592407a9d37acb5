"""The google voice, through the real SDK, against a gRPC server on loopback."""

import asyncio
import json
from contextlib import aclosing

import grpc
import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agents.engines.access import Access, Credentials
from agents.engines.google import tts as google_tts
from agents.engines.scripted.engines import tone_mulaw
from agents.speech.audio import mulaw
from agents.speech.audio.both_bands import joined, wide_of
from testing.guard import GUARD_SECONDS
from testing.odd_answers import google
from testing.providers.behaviour import Behaviour
from testing.providers.google_tts_server import GoogleServer
from testing.setups import setup
from testing.sound import audio
from voicex.errors import (
    ConfigurationError,
    EngineBrokeOff,
    EngineBusy,
    EngineError,
    EngineReason,
    EngineRefused,
    EngineSilent,
    EngineTimeout,
)

SENTENCE = "We are open until six today."
SENTENCE_MS = len(SENTENCE) * 60
CHIRP = "en-US-Chirp3-HD-Charon"
PLAIN = "en-GB-Wavenet-A"


@pytest.fixture
async def server():
    async with GoogleServer(Behaviour.at_once()) as fake, asyncio.timeout(GUARD_SECONDS):
        yield fake
        await google_tts.aclose()


def voice(server, name, **options):
    """The engine on `server`, with the voice called `name`."""
    credentials = Credentials({"google": Access(endpoint=server.url)})
    given = {f"google.{key}": value for key, value in options.items()}
    return google_tts.make_tts(setup(credentials, voice=name, options=given))


async def spoken(tts):
    return b"".join([chunk async for chunk in tts.speak(SENTENCE)])


async def test_a_chirp_voice_streams_mulaw(server):
    assert await spoken(voice(server, CHIRP, speaking_rate=1.2)) == tone_mulaw(SENTENCE_MS)
    (asked,) = server.requests
    assert asked.method == "stream"
    assert asked.text == SENTENCE
    assert asked.voice.name == CHIRP
    assert asked.voice.language_code == "en-US"
    assert asked.audio_config.audio_encoding.name == "MULAW"
    assert asked.audio_config.sample_rate_hertz == 8000
    assert asked.audio_config.speaking_rate == 1.2


async def test_the_first_sound_is_out_before_the_voice_has_finished(server):
    server.gate.close()
    async with aclosing(voice(server, CHIRP).speak(SENTENCE)) as speech:
        first = await anext(speech)
        assert not server.requests[0].is_answered
        server.gate.open()
        rest = b"".join([chunk async for chunk in speech])
    assert 0 < len(first) < len(rest)


async def test_a_caller_who_barges_in_cancels_the_voice(server):
    server.gate.close()
    async with aclosing(voice(server, CHIRP).speak(SENTENCE)) as speech:
        await anext(speech)
    await server.requests[0].hung_up.wait()
    assert not server.requests[0].is_answered


async def test_another_voice_renders_mulaw_without_googles_wav_header(server):
    assert await spoken(voice(server, PLAIN)) == tone_mulaw(SENTENCE_MS)
    (asked,) = server.requests
    assert asked.method == "synthesize"
    assert asked.voice.language_code == "en-GB"


async def test_a_voice_with_nothing_but_mp3_is_decoded(server):
    heard = mulaw.decode(await spoken(voice(server, PLAIN, audio_encoding="mp3")))
    assert server.requests[0].audio_config.audio_encoding.name == "MP3"
    assert len(heard) / 8 == pytest.approx(SENTENCE_MS, abs=120)
    assert audio.level(heard) > 3000


@pytest.mark.parametrize(
    ("name", "options", "encoding"),
    [
        (CHIRP, {}, "PCM"),
        (PLAIN, {}, "LINEAR16"),
        (PLAIN, {"audio_encoding": "mp3"}, "MP3"),
    ],
)
async def test_a_line_that_plays_more_gets_all_that_the_voice_has(server, name, options, encoding):
    with audio.bright_voice():
        sound = joined(
            [chunk async for chunk in voice(server, name, **options).speak_wide(SENTENCE)]
        )
    assert server.requests[0].audio_config.audio_encoding.name == encoding
    assert len(sound) / 8 == pytest.approx(SENTENCE_MS, abs=120)
    wide = np.frombuffer(wide_of(sound), dtype="<i2")
    assert len(wide) == 2 * len(sound)
    assert all(audio.loudness_at(hz, wide, 16_000) > 3000 for hz in audio.BRIGHT_HZ)


async def test_a_new_voice_that_streams_can_be_told_to_and_a_chirp_voice_not_to(server):
    streaming = voice(server, PLAIN, streaming=True)
    assert await spoken(streaming) == tone_mulaw(SENTENCE_MS)  # it does not, and says so
    assert await spoken(streaming) == tone_mulaw(SENTENCE_MS)  # it is not asked again
    assert await spoken(voice(server, CHIRP, streaming=False)) == tone_mulaw(SENTENCE_MS)
    methods = [asked.method for asked in server.requests]
    assert methods == ["stream", "synthesize", "synthesize", "synthesize"]


@pytest.mark.parametrize("name", [CHIRP, PLAIN])
async def test_a_voice_without_pcm_speaks_as_it_does_on_the_telephone(server, name):
    server.refuses = {"PCM", "LINEAR16"}
    speaking = voice(server, name)
    for _ in range(2):
        sound = joined([chunk async for chunk in speaking.speak_wide(SENTENCE)])
        assert len(sound) / 8 == pytest.approx(SENTENCE_MS, abs=120)
    assert len(server.requests) == 3  # what it refused is asked for once
    assert await spoken(speaking) == tone_mulaw(SENTENCE_MS)


async def test_a_voice_with_nothing_but_mp3_is_found_out(server):
    server.refuses = {"MULAW"}
    assert await spoken(voice(server, PLAIN))
    encodings = [asked.audio_config.audio_encoding.name for asked in server.requests]
    assert encodings == ["MULAW", "MP3"]


@pytest.mark.parametrize("name", [CHIRP, PLAIN])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("400", EngineRefused),
        ("401", EngineRefused),
        ("429", EngineBusy),
        ("500", EngineError),
        ("503", EngineError),
        ("empty", EngineSilent),
    ],
)
async def test_a_fault_of_the_provider_is_named_and_not_retried(server, name, fault, error):
    server.behaviour.faults = {"tts": fault}
    with pytest.raises(EngineError) as raised:
        await spoken(voice(server, name))
    assert type(raised.value) is error
    assert len(server.requests) == 1


async def test_a_stream_that_breaks_off_is_an_error_after_its_first_sound(server):
    server.behaviour.faults = {"tts": "cut"}
    async with aclosing(voice(server, CHIRP).speak(SENTENCE)) as speech:
        assert await anext(speech)
        with pytest.raises(EngineError) as failed:
            await anext(speech)
        assert "scripted cut" in failed.value.detail


@pytest.mark.parametrize("name", [CHIRP, PLAIN])
async def test_a_provider_that_never_answers_is_given_up(server, name, monkeypatch):
    monkeypatch.setattr(google_tts, "SECONDS", 0.1)
    server.behaviour.faults = {"tts": "hang"}
    with pytest.raises(EngineTimeout):
        await spoken(voice(server, name))


async def test_a_server_that_is_not_there_is_an_error():
    async with GoogleServer() as gone:
        tts = voice(gone, CHIRP)
    with pytest.raises(EngineError) as failed:
        await spoken(tts)
    assert failed.value.reason == EngineReason.UNREACHABLE
    await google_tts.aclose()


def test_without_credentials_one_sentence_says_what_to_set():
    with pytest.raises(ConfigurationError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        google_tts.make_tts(setup())


@pytest.mark.parametrize("credentials", ['{"type": "service_account"}', "{", "/no/such/file"])
async def test_credentials_that_are_no_service_account_are_refused(credentials):
    tts = google_tts.make_tts(setup(Credentials({"google": Access(credentials)})))
    with pytest.raises(EngineRefused) as refused:
        await spoken(tts)
    assert refused.value.reason == EngineReason.KEY_UNUSABLE
    assert "not the JSON of a service account" in refused.value.detail


def test_a_clients_service_account_does_not_choose_whom_the_sdk_asks(tmp_path):
    key = rsa.generate_private_key(65_537, 2_048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "client_email": "desk@reception.iam.gserviceaccount.com",
        "private_key": key.decode(),
        "token_uri": "http://169.254.169.254/token",
        "universe_domain": "evil.example",
    }
    made = google_tts._service_account(json.dumps(account))
    assert made._token_uri == "https://oauth2.googleapis.com/token"
    assert made.universe_domain == "googleapis.com"
    (tmp_path / "account.json").write_text(json.dumps(account))  # the operator's may
    made = google_tts._service_account(str(tmp_path / "account.json"))
    assert made.universe_domain == "evil.example"


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("", "en", ("en-US", "en-US-Chirp3-HD-Kore")),
        ("", "en-GB", ("en-GB", "en-GB-Chirp3-HD-Kore")),
        ("", "de", ("de", "")),
        ("es-419-Standard-A", "es", ("es-419", "es-419-Standard-A")),
        ("Kore", "en-US", ("en-US", "Kore")),
    ],
)
def test_the_voices_language_is_in_its_name(name, language, expected):
    chosen = google_tts.voice_of(setup(voice=name, language=language).config)
    assert (chosen.language_code, chosen.name) == expected


def test_an_encoding_that_does_not_exist_is_refused():
    credentials = Credentials({"google": Access(endpoint="http://127.0.0.1:1")})
    options = {"google.audio_encoding": "ogg"}
    with pytest.raises(ConfigurationError, match="'ogg'; choose one of: mulaw, mp3"):
        google_tts.make_tts(setup(credentials, options=options))


# --- odd answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [CHIRP, PLAIN])
@pytest.mark.parametrize("odd", google.WHOLE)
async def test_a_voice_is_heard_whole_in_whatever_encoding_it_comes(server, name, odd):
    server.behaviour.odd = {"tts": odd}
    heard = mulaw.decode(await spoken(voice(server, name)))
    assert len(heard) / 8 == pytest.approx(SENTENCE_MS, abs=120)
    assert audio.level(heard) == pytest.approx(
        audio.level(mulaw.decode(tone_mulaw(SENTENCE_MS))), rel=0.25
    )


@pytest.mark.parametrize("name", [CHIRP, PLAIN])
@pytest.mark.parametrize("odd", google.NO_SOUND)
async def test_what_is_no_sound_is_an_error_and_nothing_is_heard(server, name, odd):
    server.behaviour.odd = {"tts": odd}
    async with aclosing(voice(server, name).speak(SENTENCE)) as speech:
        with pytest.raises(EngineError) as failed:
            await anext(speech)
    assert failed.value.reason in (EngineReason.EMPTY, EngineReason.UNREADABLE)


async def test_a_stream_that_breaks_off_says_how_much_came(server):
    server.behaviour.faults = {"tts": "cut"}
    async with aclosing(voice(server, CHIRP).speak(SENTENCE)) as speech:
        heard = await anext(speech)
        with pytest.raises(EngineBrokeOff) as failed:
            await anext(speech)
    assert failed.value.given_ms == len(heard) // 8 > 100


async def test_the_channel_is_open_before_the_first_sentence(server, monkeypatch):
    monkeypatch.setattr(google_tts, "CONNECT_SECONDS", GUARD_SECONDS)
    credentials = Credentials({"google": Access(endpoint=server.url)})
    await google_tts.connect(credentials)
    channel = (await google_tts._client_for(credentials)).transport.grpc_channel
    assert channel.get_state() is grpc.ChannelConnectivity.READY


async def test_a_provider_that_is_away_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(google_tts, "CONNECT_SECONDS", 0.05)
    await google_tts.connect(Credentials({"google": Access(endpoint="http://127.0.0.1:9")}))
    await google_tts.aclose()
