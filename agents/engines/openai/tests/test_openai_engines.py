"""The openai engines, through the real SDK, against a server on loopback."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import pytest

from agents.engines.access import Access, Credentials
from agents.engines.base import Task
from agents.engines.conversation import Role, Utterance
from agents.engines.model_events import Finished, FinishReason, TextDelta, TokensUsed
from agents.engines.openai import client as openai_client
from agents.engines.openai import llm, tts
from agents.engines.openai import stt as openai_stt
from agents.engines.scripted.engines import DEFAULT_REPLY, tone_mulaw
from agents.speech.audio import mulaw
from agents.speech.audio.both_bands import joined, wide_of
from testing.providers.openai_at_once import openai_at_once
from testing.providers.openai_server import read_transcription
from testing.setups import QUESTION, setup
from testing.sound import audio
from voicex.errors import ConfigurationError, EngineSilent

SENTENCE = "We are open until six today."
SENTENCE_MS = len(SENTENCE) * 60


@pytest.fixture
async def server():
    async with openai_at_once() as fake:
        yield fake


def using(server, *, tts_format="pcm", **config):
    """A setup whose provider is `server`."""
    credentials = Credentials(
        {"openai": Access(endpoint=server.url)}, {"openai.tts_format": tts_format}
    )
    return setup(credentials, **config)


async def answer(setup_):
    return [event async for event in llm.make_llm(setup_).reply(QUESTION)]


async def voice(setup_):
    return b"".join([chunk async for chunk in tts.make_tts(setup_).speak(SENTENCE)])


# --- connections ------------------------------------------------------------------------


async def test_the_first_answer_of_a_call_opens_no_connection(server):
    setup_ = using(server)
    await openai_client.connect(setup_.credentials)
    assert server.connections == openai_client.CONNECTIONS
    await openai_stt.make_stt(setup_).transcribe(tone_mulaw(1200))
    server.gate.close()  # the model still writes while the first sentence is spoken
    async with aclosing(llm.make_llm(setup_).reply(QUESTION)) as reply:
        await anext(reply)
        async with aclosing(tts.make_tts(setup_).speak(SENTENCE)) as speech:
            await anext(speech)
    assert server.connections == openai_client.CONNECTIONS


async def test_connections_that_were_seen_to_a_moment_ago_are_left_alone(server):
    for _ in range(3):
        await openai_client.connect(using(server).credentials)
    assert len(server.requests) == openai_client.CONNECTIONS


async def test_a_provider_that_is_away_is_no_error_yet():
    await openai_client.connect(Credentials({"openai": Access(endpoint="http://127.0.0.1:9/v1")}))
    await openai_client.aclose()


# --- speech to text ---------------------------------------------------------------------


async def test_the_utterance_is_sent_as_16_khz_pcm_and_its_words_come_back(server):
    server.behaviour.transcripts = [" When do you close? "]
    stt = openai_stt.make_stt(using(server, language="en-US"))
    assert await stt.transcribe(tone_mulaw(1200)) == "When do you close?"
    (request,) = server.asked("stt")
    sent = read_transcription(request)
    assert sent.audio_format == (16_000, 2, 1)
    assert sent.milliseconds == 1200
    assert sent.fields["language"] == "en"
    assert sent.fields["model"] == openai_stt.DEFAULT_MODEL


async def test_a_browsers_utterance_is_sent_as_it_came(server):
    server.behaviour.transcripts = [" When do you close? "]
    stt = openai_stt.make_stt(using(server, language="en-US"))
    pcm = np.random.default_rng(0).integers(-9_000, 9_000, 16_000).astype("<i2").tobytes()
    assert (await stt.transcribe_wide(pcm)).text == "When do you close?"
    assert (await stt.transcribe_wide(pcm[:3_000])).text == ""
    (request,) = server.asked("stt")
    sent = read_transcription(request)
    assert sent.audio_format == (16_000, 2, 1)
    assert sent.wav.endswith(pcm)


async def test_audio_too_short_for_a_word_is_not_sent(server):
    stt = openai_stt.make_stt(using(server))
    assert await stt.transcribe(b"") == ""
    assert await stt.transcribe(tone_mulaw(90)) == ""
    assert server.requests == []


async def test_an_utterance_without_words_is_no_error(server):
    server.behaviour.faults = {"stt": "empty"}
    assert await openai_stt.make_stt(using(server)).transcribe(tone_mulaw(500)) == ""


async def test_a_transcription_that_is_not_needed_any_more_is_dropped(server):
    server.behaviour.faults = {"stt": "hang"}
    stt = openai_stt.make_stt(using(server))
    hearing = asyncio.create_task(stt.transcribe(tone_mulaw(500)))
    await server.is_asked.wait()
    hearing.cancel()
    await server.requests[0].hung_up.wait()


# --- language model -----------------------------------------------------------------------


async def test_the_answer_streams_before_the_model_has_finished(server):
    server.gate.close()
    reply = llm.make_llm(using(server)).reply(QUESTION)
    async with aclosing(reply):
        assert await anext(reply) == TextDelta("We")
        assert not server.asked("llm")[0].is_answered
        server.gate.open()
        rest = [event async for event in reply]
    assert "We" + "".join(e.text for e in rest if isinstance(e, TextDelta)) == DEFAULT_REPLY


async def test_the_model_is_told_the_agent_and_the_conversation(server):
    options = {"openai.llm_model": "llama3.2", "openai.temperature": 0.2}
    await answer(using(server, prompt="Be Ada.", options=options))
    asked = server.asked("llm")[0].json
    assert asked["model"] == "llama3.2"
    assert asked["temperature"] == 0.2
    assert asked["messages"][0]["content"].startswith("Be Ada.")
    assert asked["messages"][-1] == {"role": "user", "content": "When do you close?"}


async def test_tokens_are_the_providers_count(server):
    server.behaviour.replies = ["Yes."]
    assert await answer(using(server)) == [
        TextDelta("Yes"),
        TextDelta("."),
        Finished(FinishReason.WHOLE),
        TokensUsed(tokens_in=20, tokens_out=2),
    ]


async def test_tokens_are_estimated_when_the_provider_does_not_count(server):
    server.behaviour.has_usage = False
    (used,) = [e for e in await answer(using(server)) if isinstance(e, TokensUsed)]
    assert used.tokens_in > 100  # the prompt and the phone manners
    assert used.tokens_out == pytest.approx(len(DEFAULT_REPLY) / 4, abs=1)


async def test_the_text_is_the_models_own_with_its_mark_for_hanging_up(server):
    server.behaviour.replies = ["Goodbye! [hang up]"]
    events = await answer(using(server))
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "Goodbye! [hang up]"


async def test_an_answer_without_words_is_an_error(server):
    server.behaviour.faults = {"llm": "empty"}
    with pytest.raises(EngineSilent):
        await answer(using(server))


async def test_a_caller_who_barges_in_frees_the_models_connection(server):
    server.gate.close()
    async with aclosing(llm.make_llm(using(server)).reply(QUESTION)) as reply:
        await anext(reply)
    (request,) = server.asked("llm")
    await request.hung_up.wait()
    assert not request.is_answered


# --- text to speech -------------------------------------------------------------------------


@pytest.mark.parametrize("tts_format", ["pcm", "mp3"])
async def test_the_voice_arrives_whole_and_loud(server, tts_format):
    heard = mulaw.decode(await voice(using(server, tts_format=tts_format)))
    assert len(heard) / 8 == pytest.approx(SENTENCE_MS, abs=120)
    assert audio.level(heard) == pytest.approx(
        audio.level(np.frombuffer(audio.pcm(SENTENCE_MS, 8000), "<i2")), rel=0.15
    )


@pytest.mark.parametrize("tts_format", ["pcm", "mp3"])
async def test_the_first_sound_is_out_before_the_voice_has_finished(server, tts_format):
    server.gate.close()
    speech = tts.make_tts(using(server, tts_format=tts_format)).speak(SENTENCE)
    async with aclosing(speech):
        first = await anext(speech)
        assert not server.asked("tts")[0].is_answered
        server.gate.open()
        rest = b"".join([chunk async for chunk in speech])
    assert 0 < len(first) < len(rest)


@pytest.mark.parametrize("tts_format", ["pcm", "mp3"])
async def test_a_caller_who_barges_in_frees_the_voices_connection(server, tts_format):
    server.gate.close()
    speech = tts.make_tts(using(server, tts_format=tts_format)).speak(SENTENCE)
    async with aclosing(speech):
        await anext(speech)
    await server.asked("tts")[0].hung_up.wait()


@pytest.mark.parametrize("tts_format", ["pcm", "wav", "mp3"])
async def test_a_line_that_plays_more_gets_all_that_the_server_sends(server, tts_format):
    with audio.bright_voice():
        engine = tts.make_tts(using(server, tts_format=tts_format))
        sound = joined([chunk async for chunk in engine.speak_wide(SENTENCE)])
        telephones = b"".join([chunk async for chunk in engine.speak(SENTENCE)])
    assert len(sound) / 8 == pytest.approx(SENTENCE_MS, abs=120)
    assert sound == telephones or tts_format == "mp3"  # of which FFmpeg makes either
    wide = np.frombuffer(wide_of(sound), dtype="<i2")
    assert len(wide) == 2 * len(sound)
    assert all(audio.loudness_at(hz, wide, 16_000) > 3000 for hz in audio.BRIGHT_HZ)
    assert audio.loudness_at(2000, mulaw.decode(telephones), 8000) < 50  # 6 kHz folded back


async def test_a_voice_of_mulaw_has_no_more_for_any_line(server):
    engine = tts.make_tts(using(server, tts_format="mulaw"))
    chunks = [chunk async for chunk in engine.speak_wide(SENTENCE)]
    assert joined(chunks) == tone_mulaw(SENTENCE_MS)
    assert wide_of(joined(chunks)) == b""


async def test_the_voice_is_the_agents(server):
    options = {"openai.tts_model": "kokoro", "openai.tts_instructions": "Be warm."}
    setup_ = using(server, voice="nova", options=options)
    await voice(setup_)
    asked = server.asked("tts")[0].json
    assert asked["voice"] == "nova"
    assert asked["model"] == "kokoro"
    assert asked["instructions"] == "Be warm."
    assert asked["response_format"] == "pcm"
    assert "instructions" not in (await _plain_request(server))


async def _plain_request(server):
    await voice(using(server))
    return server.asked("tts")[-1].json


async def test_another_voice_has_another_cache_key(server):
    keys = {
        tts.make_tts(made).cache_key
        for made in (
            using(server),
            using(server, voice="nova"),
            using(server, tts_format="mp3"),
            using(server, options={"openai.tts_model": "tts-1"}),
            using(server, options={"openai.tts_instructions": "Be warm."}),
            using(server, options={"openai.tts_sample_rate": 8000}),
        )
    }
    assert len(keys) == 6


@pytest.mark.parametrize("tts_format", ["pcm", "mp3"])
async def test_a_voice_without_a_sound_is_an_error(server, tts_format):
    server.behaviour.faults = {"tts": "empty"}
    with pytest.raises(EngineSilent):
        await voice(using(server, tts_format=tts_format))


def test_a_format_that_does_not_exist_is_refused():
    with pytest.raises(ConfigurationError, match="'ogg'; choose one of: pcm, wav, mp3, mulaw"):
        tts.make_tts(
            setup(Credentials({"openai": Access("sk-x")}), options={"openai.tts_format": "ogg"})
        )


# --- the client ---------------------------------------------------------------------------------


async def test_answers_of_many_calls_share_one_connection(server):
    for _ in range(3):
        await answer(using(server))
    assert server.connections == 1


async def test_a_warmed_client_is_shared_by_key_and_server():
    await openai_client.warm()
    ours, theirs = Credentials({"openai": Access("sk-a")}), Credentials({"openai": Access("sk-b")})
    client = openai_client.client_for(ours)
    assert openai_client.client_for(ours) is client
    assert openai_client.client_for(theirs) is not client
    assert str(client.base_url) == "https://api.openai.com/v1/"
    assert client.max_retries == 0
    await openai_client.aclose()


async def test_the_platforms_account_is_not_named_beside_an_organizations_key(monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-platform")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    client = openai_client.client_for(Credentials({"openai": Access("sk-a")}))
    assert "org-platform" not in str(client.default_headers)
    assert client.base_url.host == "api.openai.com"
    await openai_client.aclose()


@pytest.mark.parametrize("make", [openai_stt.make_stt, llm.make_llm, tts.make_tts])
def test_without_a_key_or_a_server_one_sentence_says_what_to_set(make):
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        make(setup())


async def test_a_server_of_ones_own_needs_no_key(server):
    await answer(using(server))
    sent = server.asked("llm")[0].headers["authorization"]
    assert sent == f"Bearer {openai_client.NO_KEY}"


# --- tasks beside calls -----------------------------------------------------------------


async def test_a_task_is_sent_without_the_agent_and_its_tools(server):
    task = Task("Write one JSON object.", most_tokens=300)
    setup_ = replace(using(server, prompt="You are Mia."), task=task)
    told = (*QUESTION, Utterance(Role.AGENT, "{}"), Utterance(Role.CALLER, "Again."))
    [event async for event in llm.make_llm(setup_).reply(told)]
    body = server.asked("llm")[0].json
    assert body["messages"][0] == {"role": "system", "content": "Write one JSON object."}
    assert [each["role"] for each in body["messages"][1:]] == ["user", "assistant", "user"]
    assert "Mia" not in str(body)
    assert "tools" not in body
    assert body["response_format"] == {"type": "json_object"}
    assert body["max_tokens"] == 300
