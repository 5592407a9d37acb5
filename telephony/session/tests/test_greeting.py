"""Who may interrupt the greeting has a rule of its own."""

from telephony.session.commands import Clear, Respond
from telephony.session.tests.conversation import Conversation


def spoken_over(**turn_taking) -> tuple[Conversation, list]:
    """A greeting of two seconds, words over its middle, and what was done about them."""
    call = Conversation(**turn_taking)
    call.opens()
    call.agent_says("Hello, how can I help?", ms=2000)
    call.passes(800)
    return call, call.caller_says("when do you open", ms=600)


def has(commands: list, kind: type) -> bool:
    return any(isinstance(command, kind) for command in commands)


def test_a_greeting_that_may_not_be_interrupted_is_heard_whole_and_answered_then():
    call, done = spoken_over(greeting_interruptible=False)
    assert not has(done, Clear)
    call.passes(600)
    assert has(call.carrier_plays(), Respond)
    assert [turn.interrupted for turn in call.turns] == [False, False]


def test_other_greetings_and_what_follows_such_a_greeting_are_interrupted():
    assert has(spoken_over()[1], Clear)
    call = Conversation(greeting_interruptible=False)
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("At nine, and on Sundays not at all.", ms=4000)
    call.passes(800)
    assert has(call.caller_says("stop", ms=400), Clear)
