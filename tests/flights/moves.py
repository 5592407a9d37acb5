"""Calls of the core that go on in another process, and one whose caller goes."""

from agents.engines.events import SpeechLasted
from agents.settings.groups import Sensitivity
from telephony.session.commands import Leave
from telephony.session.events import (
    CallerGone,
    MoveAsked,
    ToolReturned,
)
from tests.flights.flown import OPEN, WHEN, Flown, asked, calls_tool


def moves_between_sentences() -> Flown:
    """A call moves when a sentence is over; the rest of the answer follows in the next process."""
    call = asked()
    for sentence in ("We open at nine. ", "On Sundays we rest. ", "On Saturdays we close at one."):
        call.agent_says(sentence, ms=2000, ends=sentence.endswith("one."))
    call.goes_on(960)
    call.hears(MoveAsked())
    while Leave() not in call.log:
        call.goes_on(240)
    call.moves(gap_ms=300)
    call.goes_on(480)
    call.is_heard("On Sundays we rest. On Saturdays we close at one.")
    return call


def moves_at_once() -> Flown:
    """A call that moves in the middle of a word says the rest from that word on."""
    call = asked()
    call.agent_says(OPEN, ms=6000)
    call.goes_on(1440)
    call.hears(MoveAsked(is_urgent=True))
    call.moves()
    call.goes_on(480)
    call.is_heard("nine. On Sundays we rest.")
    call.caller_says("thanks")
    return call


def lost_in_a_tool() -> Flown:
    """A tool that was running is run again, under its key."""
    call = asked()
    calls_tool(call)
    call.goes_on(480)
    call.moves()
    call.goes_on(480)
    call.hears(ToolReturned("call00001", "from nine"))
    call.is_heard("We open at nine.")
    return call


def lost_for_long() -> Flown:
    """After a long gap the caller is told what has happened."""
    call = asked()
    call.agent_says(OPEN, ms=6000)
    call.goes_on(1440)
    call.moves(gap_ms=6000)
    call.goes_on(480)
    call.is_heard("Sorry, we were cut off.")
    call.goes_on(480)
    call.is_heard(OPEN)
    return call


def lost_while_the_caller_speaks() -> Flown:
    """The caller was speaking: nothing is said, and what is said on is the turn."""
    call = asked()
    call.is_heard(OPEN)
    call.caller_begins()
    call.passes(600)
    call.caller_pauses("and on")
    call.moves(gap_ms=400)
    call.goes_on(480)
    call.caller_says("and on Mondays")
    call.is_heard("At ten.")
    return call


def lost_after_words_aside() -> Flown:
    """What was said to somebody else in the room is not what the call goes on with."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=6000)
    call.goes_on(1680)
    call.caller_begins()
    for ms in (200, 400, 600, 800):
        call.passes(140 if ms == 200 else 200)
        call.hears(SpeechLasted(ms, ms, is_faint=True))
    call.caller_pauses("put that on the table over there")
    call.passes(200)
    call.caller_ends()
    call.goes_on(4800)
    call.moves(gap_ms=6000)
    call.goes_on(480)
    call.is_heard("Sorry, we were cut off. You were saying?")
    call.caller_says("and on Mondays")
    call.is_heard("At ten.")
    return call


def lost_twice() -> Flown:
    """A greeting that was lost twice is finished."""
    call = Flown()
    call.opens()
    call.agent_says("Hello, how can I help?", ms=2400)
    call.goes_on(480)
    call.moves()
    call.agent_says("Hello, how can I help?", ms=2400)
    call.goes_on(480)
    call.moves()
    call.is_heard("Hello, how can I help?", ms=2400)
    call.caller_says(WHEN)
    return call


def caller_goes() -> Flown:
    """The caller hangs up over an answer: only what was heard of it is remembered."""
    call = asked()
    call.agent_says(OPEN, ms=6000)
    call.goes_on(1440)
    call.hears(CallerGone("stop"))
    return call


CALLS = (
    moves_between_sentences,
    moves_at_once,
    lost_in_a_tool,
    lost_for_long,
    lost_while_the_caller_speaks,
    lost_after_words_aside,
    lost_twice,
    caller_goes,
)
