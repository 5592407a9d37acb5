"""The local dialogue looks up what no fact answers, and says only what a passage says."""

import json

import pytest

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.engines.local.dialogue.composing import DONT_KNOW, FOR_THE_MESSAGE, NOT_THE_REST
from agents.engines.local.lookup import answer_of, spoken_part
from agents.tools.search_documents import NAME, NOTHING

UNKNOWN = f"{DONT_KNOW} Would you like to leave a message?"
GUARANTEE = "Guarantee:\nFillings have a guarantee of two years. It ends with another dentist. So."
ASKED = (Utterance(Role.AGENT, "Hello."), Utterance(Role.CALLER, "Is there a guarantee?"))


def ran(text: str, *, is_error: bool = False) -> tuple[Utterance, ...]:
    result = ToolResult("1", text, is_error=is_error)
    return (*ASKED, Utterance(Role.AGENT, "", tools=(ToolUse(ToolCall(NAME, "{}", "1"), result),)))


def test_a_question_without_an_answer_is_looked_up_before_anything_is_said():
    text, call = answer_of(UNKNOWN, ASKED)
    assert text == ""
    assert (call.name, json.loads(call.arguments)) == (NAME, {"question": "Is there a guarantee?"})


def test_what_a_fact_answers_is_not_looked_up():
    assert answer_of("We are open.", ASKED) == ("We are open.", None)


def test_the_sentences_of_the_passage_are_said():
    assert answer_of(UNKNOWN, ran(GUARANTEE)) == (
        "Fillings have a guarantee of two years. It ends with another dentist.",
        None,
    )


@pytest.mark.parametrize(("text", "is_error"), [(NOTHING, False), ("It broke.", True)])
def test_it_says_that_it_does_not_know_when_nothing_was_found(text, is_error):
    assert answer_of(UNKNOWN, ran(text, is_error=is_error)) == (UNKNOWN, None)


@pytest.mark.parametrize(
    ("question", "is_said"),
    [
        ("is there a guarantee", True),
        ("is there a guarantee on crowns", False),  # it says nothing of crowns
        ("guarantee of two years on fillings and crowns", True),  # most of many words
        ("what is that", False),
    ],
)
def test_a_passage_must_be_about_what_was_asked(question, is_said):
    assert bool(spoken_part(GUARANTEE, question)) is is_said


OFFER = "Would you like to leave a message?"
SAID = "Fillings have a guarantee of two years. It ends with another dentist."
ASK_NAME = "May I have your name, please?"


@pytest.mark.parametrize(
    ("answer", "more", "told"),
    [
        (f"12 Mill Road. {NOT_THE_REST} {OFFER}", (), f"12 Mill Road. {SAID}"),
        (f"{FOR_THE_MESSAGE} {ASK_NAME}", (), f"{SAID} {ASK_NAME}"),
        (f"{DONT_KNOW} {OFFER}", ("who won the game",), f"{SAID} {NOT_THE_REST} {OFFER}"),
    ],
)
def test_one_of_several_questions_is_looked_up_alone(answer, more, told):
    turn = (Utterance(Role.CALLER, "Where are you? Is there a guarantee? Who won the game?"),)
    unknown = ("is there a guarantee", *more)
    text, call = answer_of(answer, turn, unknown=unknown)
    assert (text, json.loads(call.arguments)) == ("", {"question": "is there a guarantee"})
    run = ToolUse(ToolCall(NAME, "{}", "1"), ToolResult("1", GUARANTEE))
    after = (*turn, Utterance(Role.AGENT, "", tools=(run,)))
    assert answer_of(answer, after, unknown=unknown) == (told, None)
    nothing = ToolUse(ToolCall(NAME, "{}", "1"), ToolResult("1", NOTHING))
    after = (*turn, Utterance(Role.AGENT, "", tools=(nothing,)))
    assert answer_of(answer, after, unknown=unknown) == (answer, None)
