"""A caller who asks for a person, and the local dialogue."""

import json

import pytest

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from agents.engines.local.dialogue.phrases import QUESTIONS, Asked
from agents.engines.local.dialogue.transfers import CANNOT, TEST, WHICH, answer_of
from agents.settings.config import Transfers
from agents.tools.transfer_call import NO_LINE

TARGETS = Transfers(
    "Sales = +14155550100; new orders\nWorkshop = +14155550101\nFront desk = +14155550102"
)
ONE = Transfers("Sales = +14155550100")
DOCTORS = Transfers("Dr. Smith = +14155550100\nDr. Jones = +14155550101")


def said(*texts: str) -> tuple[Utterance, ...]:
    """Agent and caller in turn; the caller was last."""
    roles = (Role.AGENT, Role.CALLER)
    return tuple(Utterance(roles[place % 2], text) for place, text in enumerate(texts))


def whom(transfers: Transfers, *texts: str) -> str:
    text, call = answer_of(transfers, said("Hello.", *texts)) or ("", None)
    assert text == ""
    return json.loads(call.arguments)["target"] if call else ""


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("put me through to sales", "Sales"),
        ("Could you please connect me with the workshop?", "Workshop"),
        ("I'd like to speak to the front desk", "Front desk"),
        ("My chain is broken. Can I talk to your workshop?", "Workshop"),
        ("Sales, please.", "Sales"),
        ("When are you open?", ""),
        ("please don't put me through to sales", ""),
        ("what do you sell in the front of the shop", ""),
        ("I want to speak to my mother about it", ""),
        ("I was speaking to someone in sales yesterday, what was the price?", ""),
        ("Did you transfer me to sales?", ""),
        ("I have been talking to Bob and now I'd like to talk to sales", "Sales"),
    ],
)
def test_who_is_asked_for(words, target):
    assert whom(TARGETS, words) == target


@pytest.mark.parametrize("words", ["can I talk to a person", "transfer me please", "sales"])
def test_where_there_is_one_person_it_is_that_one(words):
    assert whom(ONE, words) == "Sales"


def test_where_there_are_several_the_caller_is_asked_and_a_name_is_enough():
    text, call = answer_of(TARGETS, said("Hello.", "I want to speak to a human"))
    assert (text, call) == (
        f"I can put you through to Sales, Workshop or Front desk. {WHICH}", None,
    )  # fmt: skip
    assert whom(TARGETS, "I want to speak to a human", text, "the workshop I guess") == "Workshop"


def test_the_callers_words_are_the_briefing_and_their_number_is_not_dialled():
    _, call = answer_of(ONE, said("Hello.", "put me through to sales at 0900 123456"))
    assert json.loads(call.arguments) == {
        "target": "Sales", "briefing": "The caller said: put me through to sales at 0900 123456.",
    }  # fmt: skip


def test_a_caller_who_cannot_be_put_through_is_offered_to_leave_a_message():
    call = ToolCall("transfer_call", "{}", id="call00001")
    turns = said("Hello.", "put me through to sales")
    for text, is_error, answer in (
        ("no", True, CANNOT), ("ready", False, ""), (f"{NO_LINE} So.", True, TEST),
    ):  # fmt: skip
        run = ToolUse(call, ToolResult(call.id, text, is_error=is_error))
        after = (*turns, Utterance(Role.AGENT, "", tools=(run,)))
        assert answer_of(ONE, after) == (answer, None)


def test_an_agent_without_transfers_answers_as_before():
    assert answer_of(Transfers(), said("Hello.", "put me through to sales")) is None
    assert answer_of(TARGETS, ()) is None


@pytest.mark.parametrize(
    ("asked", "words", "is_put_through"),
    [
        (QUESTIONS[Asked.MESSAGE], "I'd like to talk to sales about my order 4711.", False),
        (QUESTIONS[Asked.MESSAGE], "I wanted to speak with somebody about a refund", False),
        (QUESTIONS[Asked.MESSAGE], "no, please put me through to sales after all", True),
        (CANNOT, "yes, tell Bob I need to speak to sales", False),
        (CANNOT, "I'd rather speak to sales now", True),
        (QUESTIONS[Asked.NAME], "I want to talk to sales", True),
    ],
)
def test_what_shall_be_passed_on_is_no_wish_to_be_put_through(asked, words, is_put_through):
    cut = Utterance(Role.AGENT, "Thank", interrupted=True)
    first, rest = words.split(" ", 1)
    whole = (Utterance(Role.AGENT, asked), Utterance(Role.CALLER, words))
    in_two = (whole[0], Utterance(Role.CALLER, first), cut, Utterance(Role.CALLER, rest))
    assert bool(answer_of(ONE, whole)) is is_put_through
    if not is_put_through:
        assert answer_of(ONE, in_two) is None


@pytest.mark.parametrize(
    "words", ["Can I speak to Dr. Smith, please?", "put me through to doctor smith", "Dr. Smith."]
)
def test_a_title_is_part_of_a_name(words):
    assert whom(DOCTORS, words) == "Dr. Smith"
