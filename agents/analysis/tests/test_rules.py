"""What calls came to by rules: outcome, reason, first request, and what was not known."""

import pytest

from agents.analysis.lines import Outcome
from agents.analysis.rules import by_rules
from agents.analysis.tests.talks import talk
from agents.analysis.unknown import MOST, says_unknown, unanswered_in
from agents.engines.local.dialogue.composing import DONT_KNOW, FOR_THE_MESSAGE, NOT_THE_REST

HELLO = "Hello, this is Mia. How can I help you?"


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (talk(), Outcome.ABANDONED),
        (talk(HELLO), Outcome.ABANDONED),
        (talk(HELLO, "> "), Outcome.ABANDONED),
        (talk(HELLO, "> When are you open?"), Outcome.ABANDONED),
        (talk(HELLO, "> When are you open?", has_failed=True), Outcome.NOT_HELPED),
        (talk(HELLO, "> When are you open?", "Until six."), Outcome.ANSWERED),
        (talk(HELLO, "> Do you sell skis?", DONT_KNOW, "> Okay, bye."), Outcome.NOT_HELPED),
        (
            talk(HELLO, "> Do you sell skis?", DONT_KNOW, "> When do you close?", "At six."),
            Outcome.ANSWERED,
        ),
        (talk(HELLO, "> Tell her I called.", "Done.", has_message=True), Outcome.MESSAGE),
        (
            talk(HELLO, "> The boss, please.", has_message=True, is_transferred=True),
            Outcome.TRANSFERRED,
        ),
    ],
)
def test_the_outcome_follows_from_what_happened(record, outcome):
    assert by_rules(record).outcome == outcome


def test_the_reason_is_the_first_request_and_no_greeting():
    record = talk(
        HELLO, "> Hi there.", "Hello!", "> Good morning. What does a filling cost?", "120 dollars."
    )
    found = by_rules(record)
    assert found.reason == "What does a filling cost"
    assert found.summary == "Good morning. What does a filling cost?"
    assert by_rules(talk(HELLO, "> Hello?", "Yes?")).reason == "Hello"
    greeted = by_rules(talk(HELLO, "> Hello, when are you open tomorrow?", "Until six."))
    assert greeted.reason == "When are you open tomorrow"


def test_what_callers_say_at_length_is_bounded():
    found = by_rules(talk(HELLO, "> I want " + "to know everything " * 500, "Well."))
    assert len(found.reason) <= 60
    assert len(found.summary) <= 600
    assert found.summary.endswith("…")


@pytest.mark.parametrize("sentence", [DONT_KNOW, NOT_THE_REST, FOR_THE_MESSAGE])
def test_each_sentence_of_the_local_dialogue_is_recognised(sentence):
    assert says_unknown(sentence)


@pytest.mark.parametrize(
    "said",
    [
        "I’m sorry, I don’t have that information.",
        "Unfortunately I'm not sure about that.",
        "Das weiß ich leider nicht.",
        "Dazu liegen mir leider keine Informationen vor.",
    ],
)
def test_models_say_it_in_other_words(said):
    assert says_unknown(said)


@pytest.mark.parametrize("said", ["We are open until six.", "You know where to find us.", ""])
def test_an_answer_is_none(said):
    assert not says_unknown(said)


def test_the_question_before_it_is_what_was_not_known():
    record = talk(
        HELLO,
        "> Thanks. Do you sell skis? I hope so.",
        DONT_KNOW,
        "> And boots",
        "As for boots: I don't know.",
        "> When do you close?",
        "At six.",
    )
    assert unanswered_in(record.lines) == ("Do you sell skis?", "And boots")
    assert by_rules(record).unanswered == ("Do you sell skis?", "And boots")


def test_of_one_call_there_are_five_and_each_once():
    lines = []
    for number in range(8):
        lines += [f"> Is it number {number}?", DONT_KNOW, "> Is it number 0?", DONT_KNOW]
    assert unanswered_in(talk(*lines).lines) == tuple(
        f"Is it number {number}?" for number in range(MOST)
    )
