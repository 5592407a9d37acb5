"""A message that is whole is taken by the tool, before the caller hears that it is."""

import json
from dataclasses import replace

import pytest

from agents.engines.conversation import Role, ToolResult, ToolUse, Utterance
from agents.engines.local.dialogue import messages
from agents.engines.local.dialogue.tests.dialogue_cast import Conversation
from agents.tools import take_message

SAID = ("can I leave a message", "anna smith", "555 0142", "yes", "tell Rose that the vases came")


def whole(*said):
    """A conversation up to a message that is whole, and the reply that says it is taken."""
    call = Conversation()
    reply = call.all(*said)
    return tuple(call.turns[:-1]), reply


def after_run(conversation, call, *, is_error=False):
    use = ToolUse(replace(call, id="call00001"), ToolResult("call00001", "ok", is_error=is_error))
    return (*conversation, Utterance(Role.AGENT, "", tools=(use,)))


def test_the_tool_is_called_with_the_noted_values_and_without_words():
    conversation, reply = whole(*SAID)
    said, call = messages.taken(reply.message, reply.text, conversation)
    assert said == ""
    assert call.name == take_message.NAME
    assert json.loads(call.arguments) == {
        "message": "tell Rose that the vases came",
        "caller_name": "Anna Smith",
        "callback_number": "5550142",
        "urgency": "normal",
    }


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (("+49 30 1234567",), "+49301234567"),
        (("it's plus 44, 20, 7946 0958",), "+442079460958"),
        (("+49 30 1234567", "no, it's 415 555 0142"), "4155550142"),
        (("555 0142, and the extension is 12 plus one",), "5550142"),
        (("it's for me plus one, and my number is 415 555 0142",), "4155550142"),
        (("plus ten percent, 415 555 0142",), "4155550142"),
        (("plus four people, my number is 415 555 0142",), "4155550142"),
        (("me plus one, and it's plus forty nine 30 1234567",), "+49301234567"),
    ],
)
def test_a_number_with_the_code_of_a_country_keeps_its_plus(said, number):
    conversation, reply = whole(*SAID[:2], *said, *SAID[3:])
    _, call = messages.taken(reply.message, reply.text, conversation)
    assert json.loads(call.arguments)["callback_number"] == number


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("+49 30 1234567", "That's +49-30-1234567."),
        ("+493012345678", "That's +49-301-234-5678."),
        ("it's 415 555 0142", "That's 415-555-0142."),
    ],
)
def test_a_number_is_read_back_with_its_plus(said, heard):
    assert heard in Conversation().all(*SAID[:2], said).text


def test_once_it_has_run_the_caller_hears_that_the_message_is_taken():
    conversation, reply = whole(*SAID)
    _, call = messages.taken(reply.message, reply.text, conversation)
    run = after_run(conversation, call)
    assert messages.taken(reply.message, reply.text, run) == (reply.text, None)
    assert messages.without_runs(run) == conversation


def test_when_it_fails_nothing_is_promised_and_the_next_turn_tries_again():
    conversation, reply = whole(*SAID)
    _, call = messages.taken(reply.message, reply.text, conversation)
    failed = after_run(conversation, call, is_error=True)
    assert messages.taken(reply.message, reply.text, failed) == (messages.NOT_TAKEN, None)
    later = (*failed, Utterance(Role.AGENT, messages.NOT_TAKEN), Utterance(Role.CALLER, "please"))
    assert messages.taken(reply.message, reply.text, later) == ("", call)


def test_a_caller_who_did_not_hear_it_is_told_again_and_nothing_is_taken_twice():
    conversation, reply = whole(*SAID)
    _, call = messages.taken(reply.message, reply.text, conversation)
    later = (
        *after_run(conversation, call),
        Utterance(Role.AGENT, "Thank", interrupted=True),
        Utterance(Role.CALLER, "sorry?"),
    )
    assert messages.taken(reply.message, reply.text, later) == (reply.text, None)


@pytest.mark.parametrize(
    ("said", "urgency"),
    [
        ("it is an emergency, the shop is flooded", "urgent"),
        ("it can't wait until Monday", "urgent"),
        ("it is not urgent at all", "normal"),
        ("tell Rose hello", "normal"),
    ],
)
def test_urgency_is_taken_from_the_callers_words(said, urgency):
    conversation, reply = whole(*SAID[:4], said)
    _, call = messages.taken(reply.message, reply.text, conversation)
    assert json.loads(call.arguments)["urgency"] == urgency


def test_a_number_that_is_not_given_is_left_to_the_call():
    conversation, reply = whole(*SAID[:2], "the number I'm calling from", SAID[-1])
    _, call = messages.taken(reply.message, reply.text, conversation)
    assert json.loads(call.arguments)["callback_number"] == ""


def test_an_answer_that_takes_nothing_names_no_message():
    assert Conversation().caller("when are you open").message is None
