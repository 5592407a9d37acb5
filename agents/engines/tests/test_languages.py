"""An agent in each of its languages: its voice, its parts, its recogniser."""

import asyncio

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.base import HeardWords
from agents.engines.cascade.cascade import Parts
from agents.engines.cascade.tests.answering import answering
from agents.engines.chat.prompt import system_prompt
from agents.engines.openai import stt
from agents.engines.scripted.engines import tone_mulaw
from agents.engines.voices import in_language
from agents.settings.config import Speech
from agents.settings.speech import fault_in_languages, languages_in
from testing.engines import StubLanguageModel, StubSpeechToText, StubTextToSpeech
from testing.guard import GUARD_SECONDS
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer, read_transcription
from testing.setups import QUESTION, setup
from voicex.errors import ConfigurationError

BOTH = Speech(languages="de")
CHIRP = "en-US-Chirp3-HD-Kore"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("de, fr", {"de": "", "fr": ""}),
        ("de = anna; fr\npt-BR = x  y", {"de": "anna", "fr": "", "pt-BR": "x y"}),
        ("de, de-AT, deu, ???", {"de": ""}),
        ("a" * 13, {}),
        ("de,fr,es,it,nl", {"de": "", "fr": "", "es": "", "it": ""}),
    ],
)
def test_the_languages_in_a_text(text, found):
    assert languages_in(text) == found


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("", False),
        ("de, fr = fr-FR-Chirp3-HD-Kore", False),
        ("german and french", True),
        ("de,fr,es,it,nl", True),
        ("de, de-AT", True),
        ("en, eng", True),
        ("de = " + "x" * 81, True),
    ],
)
def test_what_is_wrong_with_one(text, is_wrong):
    assert bool(fault_in_languages(text)) is is_wrong


@pytest.mark.parametrize(
    ("voice", "languages", "spoken"),
    [
        ("", "de", ""),
        ("alloy", "de", "alloy"),
        ("alloy", "de = nova", "nova"),
        (CHIRP, "de", "de-DE-Chirp3-HD-Kore"),
        (CHIRP, "de-AT", "de-AT-Chirp3-HD-Kore"),
        (CHIRP, "tr", ""),
    ],
)
def test_a_language_has_a_voice(voice, languages, spoken):
    agent = setup(voice=voice, speech=Speech(languages=languages)).config
    [_, tag] = agent.languages
    other = in_language(agent, tag)
    assert (other.language, other.voice) == (tag, spoken)
    assert other.languages == (tag, "en")
    assert in_language(other, "en").voice == voice
    assert in_language(agent, "en") is agent


def test_the_main_language_is_not_another_one():
    assert setup(speech=Speech(languages="en-GB, de")).config.languages == ("en", "de")


def test_a_model_is_told_which_language_the_caller_speaks():
    agent = setup(speech=BOTH).config
    assert "code 'en'. It is what the caller speaks now. You also speak 'de'" in (
        system_prompt(agent)
    )
    assert "code 'de'. It is what the caller speaks now. You also speak 'en'" in (
        system_prompt(in_language(agent, "de"))
    )
    assert system_prompt(setup().config).endswith("code 'en'.")


async def test_a_change_of_language_changes_what_hears_writes_and_speaks():
    made = []

    def make(setup):
        made.append(setup.config.language)
        said = f"in {setup.config.language}"
        return Parts(StubSpeechToText(), StubLanguageModel([said], [said]), StubTextToSpeech())

    async with answering(speech=BOTH) as answers:
        answers.cascade._make_parts = make
        answers.cascade.use_language("de")
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
        answers.cascade.use_language("en")
        answers.cascade.respond("r2", QUESTION)
        await answers.done("r2")
        answers.cascade.use_language("de")
        answers.cascade.respond("r3", QUESTION)
        await answers.done("r3")
    assert answers.texts() == ["in de", "We open at nine.", "in de"]
    assert made == ["de"], "parts are made once"


async def test_numbers_are_said_in_the_language_that_is_spoken():
    tts = StubTextToSpeech()
    async with answering(tts=tts, speech=BOTH) as answers:
        answers.cascade.use_language("de")
        answers.cascade.say("r1", "Um 9:30", is_fixed=False)
        await answers.done()
    assert tts.spoken == ["Um neun Uhr dreißig"]


async def test_a_language_whose_parts_cannot_be_made_leaves_the_call_as_it_is():
    def make(setup):
        raise ConfigurationError("The local voice speaks English only")

    async with answering(speech=BOTH) as answers:
        answers.cascade._make_parts = make
        answers.cascade.use_language("de")
        answers.cascade.respond("r1", QUESTION)
        await answers.done()
    assert answers.texts() == ["We open at nine."]


@pytest.fixture
async def server():
    async with OpenAIServer(Behaviour.at_once(transcripts=["Ja bitte", "Yes"])) as fake:
        async with asyncio.timeout(GUARD_SECONDS):
            yield fake
            await stt.aclose()


async def heard(server, **config):
    credentials = Credentials({"openai": Access(endpoint=server.url)})
    return await stt.make_stt(setup(credentials, **config)).transcribe_any(tone_mulaw(1200))


def languages_asked(server):
    asked = [read_transcription(request).fields for request in server.asked("stt")]
    return [fields.get("language", "") for fields in asked]


async def test_with_several_languages_the_server_finds_out_which_it_hears(server):
    server.behaviour.languages = ["german"]
    assert await heard(server, speech=BOTH) == HeardWords("Ja bitte", "de")
    assert languages_asked(server) == [""]


async def test_an_utterance_in_no_known_language_counts_for_the_current_one(server):
    server.behaviour.languages = ["welsh"]
    assert await heard(server, speech=BOTH) == HeardWords("Yes", "", requests=2)
    assert languages_asked(server) == ["", "en"]


async def test_with_one_language_it_is_told_and_tells_nothing(server):
    server.behaviour.languages = ["german"]
    assert await heard(server) == HeardWords("Ja bitte")
    assert languages_asked(server) == ["en"]
