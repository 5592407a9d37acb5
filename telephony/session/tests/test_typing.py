"""A caller who writes: each text is a whole turn, and the line may be silent."""

from telephony.session.commands import Clear, Respond, SaveTurn
from telephony.session.events import CallerTyped, CallOpened, Tick
from telephony.session.tests.conversation import Conversation
from telephony.session.turns import TurnState


def kinds(commands) -> list[type]:
    return [type(command) for command in commands]


def test_a_typed_text_is_a_turn_and_is_answered_at_once():
    call = Conversation()
    call.greets()
    saved, asked = call.hears(CallerTyped("When do you open?"))
    assert saved.turn.text == "When do you open?"
    assert asked.conversation[-1].text == "When do you open?"
    assert call.session.state is TurnState.THINKING


def test_typing_silences_the_agent_as_speech_does():
    call = Conversation()
    call.opens()
    call.agent_says("Hello, how can I help?")
    commands = call.hears(CallerTyped("When do you open?"))
    assert kinds(commands)[0] is Clear
    assert call.turns[0].interrupted


def test_a_typed_text_waits_until_a_protected_reply_was_heard():
    call = Conversation(interruptible=False)
    call.opens()
    call.agent_says("Hello, how can I help?")
    assert call.hears(CallerTyped("When do you")) == []
    assert call.hears(CallerTyped("open?")) == []
    call.passes(2000)
    call.carrier_plays()
    assert kinds(call.hears(Tick())) == [SaveTurn, Respond]
    assert call.turns[-1].text == "When do you open?"


def test_a_text_takes_the_place_of_an_answer_that_was_not_heard_yet():
    call = Conversation()
    call.greets()
    call.hears(CallerTyped("When do you open?"))
    first = call.last_response()
    call.hears(CallerTyped("On Sundays, I mean."))
    assert call.last_response() != first
    assert call.turns[-1].text == "When do you open? On Sundays, I mean."


def test_the_answer_to_a_text_is_measured_from_the_moment_it_came():
    call = Conversation()
    call.greets()
    call.hears(CallerTyped("When do you open?"))
    call.passes(300)
    call.agent_says("At nine.")
    assert call.turns[-1].latency_ms["sent"] == 300


def test_a_caller_who_only_types_may_be_silent_for_as_long_as_they_like():
    call = Conversation()
    call.hears(CallOpened(has_audio=False))
    call.now_ms += 120_000
    assert call.hears(Tick()) == []
    assert call.session.state is not TurnState.ENDED
