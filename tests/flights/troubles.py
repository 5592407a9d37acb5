"""Calls of the core in which something fails, or nothing comes."""

from agents.engines.events import (
    ResponseFailed,
    SpeechPaused,
    TranscriptionFailed,
)
from agents.settings.groups import Sensitivity
from telephony.session.commands import Say
from telephony.session.events import (
    LeaveAsked,
    Tick,
    ToolReturned,
)
from tests.flights.flown import OPEN, WHEN, Flown, asked, calls_tool


def process_stops() -> Flown:
    """A process that nobody continues ends the call in words, over an answer that it stops."""
    call = asked()
    call.agent_says(OPEN, ms=4000)
    call.goes_on(1200)
    call.hears(LeaveAsked())
    call.is_heard("We have to restart.")
    return call


def hearing_fails() -> Flown:
    """What could not be heard is asked for again."""
    call = Flown()
    call.greets()
    for _ in range(3):
        call.caller_begins()
        call.passes(800)
        call.hears(SpeechPaused(at_ms=call.now_ms))
        call.ended_ms = call.now_ms
        call.hears(TranscriptionFailed("timeout"))
        call.passes(140)
        call.caller_ends()
        call.is_heard("Could you say that again?", ms=1500)
    return call


def answers_fail() -> Flown:
    """An answer fails, its apology is heard; then nothing speaks any more."""
    call = asked()
    call.hears(ResponseFailed(call.last_response(), "EngineTimeout"))
    call.is_heard("Sorry, that took too long.")
    for _ in range(3):
        call.caller_says(WHEN)
        for _ in ("the answer", "its apology"):
            call.hears(ResponseFailed(call.last_response(), "EngineDown"))
            call.goes_on(480)
    return call


def answer_breaks_off() -> Flown:
    """An answer that breaks off in the middle is finished by another one."""
    call = asked()
    call.agent_says("We open at nine.", ms=1000, ends=False)
    call.hears(ResponseFailed(call.last_response(), "EngineDown"))
    call.goes_on(1200)
    call.is_heard("On Sundays we rest.")
    call.caller_says("thanks")
    return call


def line_is_dead() -> Flown:
    """No sound comes from the line any more."""
    call = asked()
    call.is_heard(OPEN)
    for _ in range(100):
        call.now_ms += 240
        call.hears(Tick())
    return call


def tool_is_slow() -> Flown:
    """A slow tool is bridged by a sign of life, fails, and another one is asked."""
    call = asked()
    calls_tool(call)
    call.goes_on(6000)
    call.is_heard("One moment, please.", ms=1000)
    call.hears(ToolReturned("call00001", "Nobody answers.", is_error=True))
    calls_tool(call)
    call.hears(ToolReturned("call00002", "from nine"))
    call.is_heard("We open at nine.")
    return call


def tools_in_circles() -> Flown:
    """A model that calls a tool again and again has to answer at some time."""
    call = asked()
    for number in range(1, 8):
        calls_tool(call)
        call.hears(ToolReturned(f"call{number:05}", "from nine"))
        call.goes_on(240)
    return call


def nobody_answers() -> Flown:
    """A model that does not answer is bridged by one sign of life after the other, each heard."""
    call = asked()
    for _ in range(130):
        before = len(call.log)
        call.goes_on(240)
        if any(isinstance(each, Say) for each in call.log[before:]):
            call.is_heard("One moment, please.", ms=1000)
    return call


def sound_of_which_nothing_is_heard() -> Flown:
    """A sound over an answer that nobody tells anything of silences the agent in the end."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=9000)
    call.goes_on(1680)
    call.caller_begins()
    call.goes_on(3600)
    return call


def speech_without_words() -> Flown:
    """Who is not understood is asked again, but not for ever."""
    call = Flown()
    call.greets()
    for _ in range(7):
        before = len(call.log)
        call.caller_says("", ms=1600)
        if any(isinstance(each, Say) for each in call.log[before:]):
            call.is_heard("Could you say that again?", ms=1500)
    return call


def answer_without_end() -> Flown:
    """An answer that is never said to be over is over when nothing more of it comes."""
    call = asked()
    call.agent_says("We open at nine.", ms=1000, ends=False)
    call.goes_on(36_000)
    return call


CALLS = (
    process_stops,
    hearing_fails,
    answers_fail,
    answer_breaks_off,
    line_is_dead,
    tool_is_slow,
    tools_in_circles,
    nobody_answers,
    sound_of_which_nothing_is_heard,
    speech_without_words,
    answer_without_end,
)
