"""Whatever ends a call is said: by the session's voice or, without one, by the carrier's."""

import pytest

from agents.engines.events import ResponseEnded, ResponseFailed
from telephony.session.commands import HangUp
from telephony.session.events import LeaveAsked, Tick
from telephony.session.tests.conversation import Conversation
from telephony.spoken.carrier import CarrierSentence, farewell
from telephony.spoken.languages import ENGLISH


def test_an_answer_that_ends_the_call_without_a_word_is_followed_by_a_goodbye():
    call = Conversation()
    call.greets()
    call.caller_says("no, that is all")
    [goodbye] = call.agent_hangs_up()
    assert goodbye.text == ENGLISH.goodbye
    assert call.hears(LeaveAsked()) == []  # it is a goodbye already
    call.agent_says(goodbye.text)
    call.passes(2000)
    assert call.carrier_plays()[-1] == HangUp("agent_hung_up")


LAST_WORDS = {
    "goodbye": lambda call: (
        call.caller_says("no, that is all"),
        call.agent_hangs_up(),
    ),
    "time is up": lambda call: (call.passes(9_000), call.hears(Tick())),
    "restarting": lambda call: call.hears(LeaveAsked()),
}


@pytest.mark.parametrize("says", LAST_WORDS.values(), ids=LAST_WORDS)
@pytest.mark.parametrize("ends", [ResponseEnded, lambda response: ResponseFailed(response, "x")])
def test_last_words_that_made_no_sound_are_left_to_the_carrier(says, ends):
    call = Conversation(max_call_ms=10_000)
    call.greets()
    says(call)
    [end] = call.hears(ends(call.last_response()))
    assert farewell(end.reason, language="en") == CarrierSentence(ENGLISH.lost)


@pytest.mark.parametrize("says", LAST_WORDS.values(), ids=LAST_WORDS)
def test_last_words_that_broke_off_are_left_to_the_carrier(says):
    call = Conversation(max_call_ms=10_000)
    call.greets()
    says(call)
    call.agent_says("I'm sorry,", ms=500, ends=False)
    assert HangUp not in [
        type(each) for each in call.hears(ResponseFailed(call.last_response(), "x"))
    ]
    call.passes(500)
    end = call.carrier_plays()[-1]
    assert farewell(end.reason, language="en") == CarrierSentence(ENGLISH.lost)
