"""What was not heard was not said: the dialogue goes by what the caller heard."""

import pytest

from agents.engines.local.dialogue.floor import unheard_part
from agents.engines.local.dialogue.tests.dialogue_cast import Conversation

HOURS = "Monday to Friday 8 to 6. On Saturday we close at 2."


@pytest.fixture
def call():
    return Conversation()


@pytest.mark.parametrize("said", ["okay", "uh huh", "sorry go on", ""])
def test_a_caller_who_only_agrees_hears_the_rest(call, said):
    call.caller("what are your opening hours")
    call.cut_after(8)
    assert call.caller(said).text == "On Saturday we close at 2."


def test_the_cut_sentence_is_said_again_from_its_beginning(call):
    call.caller("what are your opening hours")
    call.cut_after(4)
    assert call.caller("okay").text == HOURS


def test_a_new_question_is_answered_instead(call):
    call.caller("what are your opening hours")
    call.cut_after(4)
    assert call.caller("no do you deliver").text == "We deliver in the city for $8."


def test_a_repeat_after_an_interruption_says_all_of_it(call):
    call.caller("what are your opening hours")
    call.cut_after(4)
    assert call.caller("sorry what did you say").text == HOURS


def test_a_sentence_cut_by_a_pause_is_put_together(call):
    call.caller("what are your opening")
    call.cut_after(1)
    assert call.caller("hours please").text == HOURS


def test_two_questions_with_nothing_heard_between_are_both_answered(call):
    call.caller("do you take cards")
    call.cut_after(0)
    assert call.caller("where is parking").text == "Yes, all cards. Parking is behind the shop."


def test_a_number_cut_by_a_pause_is_put_together(call):
    call.all("can I leave a message", "anna", "five five five")
    call.cut_after(2)
    assert call.caller("oh one four two").text == "That's 555-0142. Is that right?"


def test_a_question_that_was_not_heard_was_not_asked(call):
    call.caller("can I leave a message")
    call.cut_after(3)  # "Of course. May"
    # Not a name: the caller has not heard that one was wanted.
    reply = call.caller("it is about roses")
    assert "May I have your name" in reply.text


def test_a_message_whose_confirmation_was_not_heard_is_confirmed_again(call):
    call.all("can I leave a message", "anna", "555 0142", "yes", "the vases came")
    call.cut_after(3)  # "Thank you, Anna."
    assert "I've taken your message" in call.caller("hello are you there").text


def test_an_interrupted_greeting_is_not_held_against_anybody(call):
    call.cut_after(3)
    assert call.caller("do you deliver").text == "We deliver in the city for $8."


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        ("", "One is here. Two is there."),
        ("One is", "One is here. Two is there."),
        ("One is here.", "Two is there."),
        ("One is here. Two", "Two is there."),
        ("One is here. Two is there.", ""),
        ("Something else", "One is here. Two is there."),
    ],
)
def test_what_is_left_to_say(heard, left):
    assert unheard_part("One is here. Two is there.", heard) == left
