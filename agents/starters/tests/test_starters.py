"""Starting points: each can answer a call as it is, with the organization's name in it."""

import pytest

from agents.engines.local import embeddings, llm
from agents.engines.local.dialogue.composing import Agent as Speaker
from agents.engines.local.dialogue.knowledge import Knowledge
from agents.engines.local.dialogue.persona import persona
from agents.engines.local.dialogue.tests.dialogue_cast import Conversation
from agents.settings.config import facts_in, parse_facts
from agents.starters.base import ASKED, topics_asked
from agents.starters.speaking import engines_for, lacking
from agents.starters.starters import LANGUAGES, STARTERS
from agents.versions.gate.findings import State, of_state
from agents.versions.gate.gate import examine
from agents.versions.port import export, read
from agents.versions.publishing import create_agent
from testing.setups import setup
from voicex.errors import ConfigurationError


def gaps(facts):
    """How many of them wait to be filled in."""
    return sum(not is_filled for _, is_filled in facts_in(facts))


def call_to(key, organization="Fern and Rose"):
    fields = STARTERS[key].version_fields(organization)
    agent = Speaker(
        persona=persona(fields["prompt"], agent_name=STARTERS[key].texts().name),
        greeting=fields["greeting"],
        knowledge=Knowledge(parse_facts(fields["facts"]), embeddings.encode),
    )
    return Conversation(agent, greeting=fields["greeting"])


IN_EACH_LANGUAGE = [(language, key) for language in LANGUAGES for key in STARTERS]


@pytest.mark.parametrize(("language", "key"), IN_EACH_LANGUAGE)
def test_each_is_published_as_it_is_and_names_the_organization(cast, settings, language, key):
    settings.OPENAI_API_KEY = "sk-platform"
    fields = STARTERS[key].version_fields("The \n Acorn [[Inc]]", language=language)
    agent = create_agent(cast.acorn, name=STARTERS[key].texts(language).name, **fields)
    config = agent.published.config()
    assert "The Acorn [Inc]]" in config.greeting
    for text in (config.greeting, config.prompt, *(fact.text for fact in config.facts)):
        assert "{" not in text
        assert "[[" not in text
    assert read(export(agent, agent.published)).fields["greeting"] == config.greeting
    assert config.language == language
    assert not of_state(examine(agent, agent.published), State.BAD)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(set(STARTERS) - {"empty", "survey"}))
def test_gaps_wait_to_be_filled_in(language, key):
    facts = STARTERS[key].texts(language).facts
    assert gaps(facts)
    assert parse_facts(facts)  # and it can say something while waiting


@pytest.mark.parametrize(("language", "key"), IN_EACH_LANGUAGE)
def test_what_callers_ask_most_is_answered_as_it_was_filled_in(language, key):
    answers = {name: f"The {name},\n in [[words" for name in ASKED}
    starter = STARTERS[key]
    fields = starter.version_fields("Fern and Rose", answers, language=language)
    facts = {fact.topic: fact.text for fact in parse_facts(fields["facts"])}
    for name in ASKED:
        [topic] = [each for each, text in facts.items() if text == f"The {name}, in [words"]
        assert topic.endswith("?")
        assert name in topics_asked(topic)
    before = starter.version_fields("Fern and Rose", language=language)["facts"]
    assert gaps(fields["facts"]) <= max(0, gaps(before) - 1)


@pytest.mark.parametrize("key", STARTERS)
def test_languages_have_the_same_facts_and_none_is_mixed(key):
    english, german = (STARTERS[key].texts(tag) for tag in ("en", "de"))
    filled = [[is_filled for _, is_filled in facts_in(each.facts)] for each in (english, german)]
    assert filled[0] == filled[1]
    assert len(english.try_saying) == len(german.try_saying)
    words = set(f"{german.greeting} {german.prompt} {german.facts}".lower().split())
    assert not words & {"the", "and", "you", "your", "we", "is", "du", "dein", "dich", "dir"}


def test_a_street_is_not_taken_from_an_email_address():
    assert topics_asked("Wie lautet Ihre E-Mail-Adresse?") == topics_asked("Email address") == []
    assert topics_asked("Adresse") == topics_asked("What is your address?") == ["address"]


def test_an_agent_begins_with_engines_that_speak_its_language(settings):
    assert engines_for("en") == {}
    with pytest.raises(ConfigurationError, match="understands English only"):
        llm.make_llm(setup(language="de"))
    assert engines_for("de") == {"stt": "openai", "llm": "openai", "tts": "openai"}
    assert lacking("de") == ["openai"]
    settings.OPENAI_API_KEY = "sk-platform"
    assert lacking("de") == []
    settings.DEFAULT_STT = settings.DEFAULT_LLM = "openai"
    assert engines_for("de") == {"tts": "openai"}
    assert engines_for("de", lambda engine: engine == "google") == {"tts": "google"}


def test_what_is_left_blank_waits_to_be_filled_in():
    starter = STARTERS["receptionist"]
    assert starter.version_fields("A", {"hours": "  "}) == starter.version_fields("A")
    [line] = [
        line
        for line in starter.version_fields("A", {"hours": "Nine to five"})["facts"].splitlines()
        if line.startswith("What are your opening hours?")
    ]
    assert line == "What are your opening hours? When are you open?: Nine to five"


@pytest.mark.models
@pytest.mark.parametrize(
    ("key", "said", "words"),
    [
        ("receptionist", "when do I hear from you", "next working day"),
        ("receptionist", "I want to complain", "pass it on"),
        ("receptionist", "what are your opening hours", "leave a message?"),  # a gap: not made up
        ("receptionist", "who is this", "receptionist of Fern and Rose"),
        ("booking", "I'd like to book an appointment", "a colleague calls you back to confirm"),
        ("booking", "how do I move my booking", "a colleague confirms it"),
        ("booking", "do you have a table tonight", "next free times"),
        ("support", "my machine is broken", "I note what is wrong"),
        ("support", "do you need my password", "We never ask for a password"),
        ("support", "how long until I hear from you", "within one working day"),
        ("survey", "what happens with my answers", "know what to do better"),
        ("survey", "how long does it take", "two minutes"),
        ("messages", "who gets my message", "people at Fern and Rose"),
        ("messages", "yes please", "May I have your name"),
        ("empty", "what are your opening hours", "leave a message?"),
        ("empty", "hello", "How can I help you?"),
    ],
)
def test_the_local_dialogue_answers_a_first_caller(key, said, words):
    assert words in call_to(key).caller(said).text


@pytest.mark.models
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("receptionist", "I want to complain"),
        ("booking", "I'd like to book a table for two"),
        ("support", "it does not work"),
    ],
)
def test_a_fact_leads_into_taking_a_message(key, said):
    call = call_to(key)
    call.caller(said)
    assert "name" in call.caller("yes please").text
    assert "number" in call.caller("Anna Fields").text
    assert "415-555-0142" in call.caller("four one five five five five oh one four two").text
    assert "pass on" in call.caller("yes").text
    assert "I've taken your message" in call.caller("Please call me about Friday at ten").text
    assert call.caller("no thanks").hang_up
