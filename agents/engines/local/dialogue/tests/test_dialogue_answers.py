"""The dialogue answers from the facts, chats a little, and invents nothing."""

import pytest

from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue.replies import answer
from agents.engines.local.dialogue.tests.dialogue_cast import GREETING, Conversation, florist

HOURS = "Monday to Friday 8 to 6. On Saturday we close at 2."


@pytest.fixture
def call():
    return Conversation()


def test_a_question_is_answered_in_the_agents_words(call):
    assert call.caller("um hi what are your opening hours").text == HOURS


def test_another_fact_gives_another_answer():
    call = Conversation(florist("Opening hours: All day and all night"))
    assert call.caller("what are your opening hours").text == "All day and all night."


def test_a_bare_figure_is_said_with_its_topic(call):
    assert call.caller("how much are roses").text == "Roses: $4 a rose."


def test_two_questions_get_two_answers_in_order(call):
    reply = call.caller("do you take cards and where is parking")
    assert reply.text == "Yes, all cards. Parking is behind the shop."


def test_the_same_fact_is_said_once(call):
    assert call.caller("Do you deliver? And how much is delivery?").text.count("deliver") == 1


def test_what_no_fact_states_is_not_answered(call):
    reply = call.caller("who won the football game")
    assert reply.text == "I'm sorry, I don't know that. Would you like to leave a message?"


def test_an_agent_without_facts_says_so():
    reply = Conversation(florist("")).caller("what are your opening hours")
    assert reply.text.startswith("I'm sorry, I don't know that.")


def test_half_an_answer_says_what_it_leaves_out(call):
    reply = call.caller("Do you deliver? Who won the football game?")
    assert reply.text.startswith("We deliver in the city for $8. As for the rest, I'm afraid")


def test_something_to_be_done_is_not_promised(call):
    reply = call.caller("can you schedule somebody for my garden")
    assert reply.text.startswith("I'm afraid I can't arrange that myself.")


def test_a_declined_offer_is_not_made_again(call):
    call.all("who won the football game", "no")
    assert "message" not in call.caller("who is the president").text


def test_a_short_follow_up_is_understood_with_the_question_before(call):
    call.caller("what are your opening hours")
    assert call.caller("and saturday").text == HOURS


def test_a_remark_beside_a_question_needs_no_answer(call):
    reply = call.caller("My cousin plays football. Do you deliver?")
    assert reply.text == "We deliver in the city for $8."


@pytest.mark.parametrize(
    ("said", "answer_begins"),
    [
        ("hello", "Hello! How can I help you?"),
        ("how are you", "I'm doing well"),
        ("are you a robot", "I'm Lily, an automated assistant for Fern and Rose, not a person."),
        ("who is this", "This is Lily, the florist of Fern and Rose, an automated assistant."),
        ("can you hear me", "Yes, I can hear you."),
        ("what can you do for me", "I can answer questions, for example opening hours"),
        ("hang on a second", "Of course, take your time."),
        ("thank you", "You're welcome. Is there anything else"),
        ("what's my name", "You haven't told me your name yet."),
    ],
)
def test_small_talk_gets_an_honest_answer(call, said, answer_begins):
    assert call.caller(said).text.startswith(answer_begins)


def test_the_callers_name_is_remembered(call):
    assert call.caller("hi my name is anna").text == "Thank you, Anna. How can I help you?"
    call.caller("do you deliver")
    assert call.caller("what is my name").text == "You told me your name is Anna."
    assert call.caller("bye").text == "Thank you for calling Fern and Rose, Anna. Goodbye!"


def test_a_name_and_a_question_in_one_turn(call):
    reply = call.caller("This is Anna and I'd like to know, do you deliver?")
    assert reply.text == "Thank you, Anna. We deliver in the city for $8."


@pytest.mark.parametrize("said", ["bye", "okay that's all thank you", "have a nice day", "goodbye"])
def test_a_goodbye_ends_the_call(call, said):
    reply = call.caller(said)
    assert reply.text.endswith("Goodbye!")
    assert reply.hang_up


def test_nothing_else_ends_the_call(call):
    call.caller("thanks")
    assert call.caller("no thanks").hang_up


def test_something_else_does_not_end_the_call(call):
    call.caller("thanks")
    assert not call.caller("yes").hang_up
    assert call.caller("do you deliver").text == "We deliver in the city for $8."


def test_repeat_that(call):
    call.caller("do you deliver")
    assert call.caller("sorry can you say that again").text == "We deliver in the city for $8."


def test_what_is_not_understood_is_asked_again_twice_then_a_message_is_offered(call):
    said = [call.caller(text).text for text in ("", "um", "uh")]
    assert [text.endswith("Could you say that again?") for text in said] == [True, True, False]
    assert said[2].endswith("Would you like to leave a message?")
    assert call.caller("yes").text == "Of course. May I have your name, please?"


def test_once_understood_the_count_begins_anew(call):
    call.all("", "um", "do you deliver")
    assert call.caller("").text == "Sorry, I didn't catch that. Could you say that again?"


def test_a_call_without_greeting_begins_with_one():
    assert answer(florist(), ()).text == GREETING


def test_silence_after_the_agent_is_asked_about():
    reply = answer(florist(), (Utterance(Role.AGENT, GREETING),))
    assert reply.text == "Sorry, I didn't catch that. Could you say that again?"
