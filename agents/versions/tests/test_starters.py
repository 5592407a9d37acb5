"""Starting points: each can answer a call as it is, with the organization's name in it."""

import pytest

from agents.engines.local import embeddings
from agents.engines.local.dialogue.composing import Agent as Speaker
from agents.engines.local.dialogue.knowledge import Knowledge
from agents.engines.local.dialogue.persona import persona
from agents.engines.local.dialogue.tests.dialogue_cast import Conversation
from agents.settings.config import facts_in, parse_facts
from agents.versions.port import export, read
from agents.versions.publishing import create_agent
from agents.versions.starters import ASKED, STARTERS


def gaps(facts):
    """How many of them wait to be filled in."""
    return sum(not is_filled for _, is_filled in facts_in(facts))


def call_to(key, organization="Fern and Rose"):
    fields = STARTERS[key].version_fields(organization)
    agent = Speaker(
        persona=persona(fields["prompt"], agent_name=STARTERS[key].name),
        greeting=fields["greeting"],
        knowledge=Knowledge(parse_facts(fields["facts"]), embeddings.encode),
    )
    return Conversation(agent, greeting=fields["greeting"])


@pytest.mark.parametrize("key", STARTERS)
def test_each_is_published_as_it_is_and_names_the_organization(cast, key):
    starter = STARTERS[key]
    agent = create_agent(
        cast.acorn, name=starter.name, **starter.version_fields("The \n Acorn [[Inc]]")
    )
    config = agent.published.config()
    assert "The Acorn [Inc]]" in config.greeting
    for text in (config.greeting, config.prompt, *(fact.text for fact in config.facts)):
        assert "{" not in text
        assert "[[" not in text
    assert read(export(agent, agent.published)).fields["greeting"] == config.greeting


@pytest.mark.parametrize("key", sorted(set(STARTERS) - {"empty", "survey"}))
def test_gaps_wait_to_be_filled_in(key):
    facts = STARTERS[key].facts
    assert gaps(facts)
    assert parse_facts(facts)  # and it can say something while waiting


@pytest.mark.parametrize("key", STARTERS)
def test_what_callers_ask_most_is_answered_as_it_was_filled_in(key):
    answers = {name: f"The {name},\n in [[words" for name in ASKED}
    fields = STARTERS[key].version_fields("Fern and Rose", answers)
    facts = {fact.topic: fact.text for fact in parse_facts(fields["facts"])}
    for name in ASKED:
        [topic] = [each for each, text in facts.items() if text == f"The {name}, in [words"]
        assert topic.endswith("?")
    before = STARTERS[key].version_fields("Fern and Rose")["facts"]
    assert gaps(fields["facts"]) <= max(0, gaps(before) - 1)


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
