"""Calls of the core alone, for events that no script of a conversation brings."""

from collections.abc import Callable

from agents.engines.events import (
    PartlyHeard,
    SpeechLasted,
    Stage,
    StageReached,
    TurnEndHeard,
)
from agents.settings.config import Recording, RecordingMode, Transfers
from agents.settings.groups import Sensitivity
from telephony.session.events import (
    BudgetSpent,
    CallerGone,
    CallOpened,
    DigitPressed,
    HangUpAsked,
    NoteGiven,
    SayAsked,
    ToolReturned,
    TransferReady,
)
from tests.flights import moves, troubles
from tests.flights.flown import ASKED, OPEN, WHEN, Flown, asked, calls_tool


def member_speaks() -> Flown:
    """A member has the agent say something, tells its model something, and hangs up."""
    call = asked()
    call.agent_says(OPEN, ms=3000)
    call.hears(SayAsked("My colleague will call you back."))
    call.goes_on(3600)
    call.is_heard("My colleague will call you back.")
    call.hears(NoteGiven("The caller is a supplier."))
    call.caller_says("fine")
    call.is_heard("Can I do anything else for you?")
    call.hears(HangUpAsked("hung_up_by_member"))
    return call


def typed() -> Flown:
    """A caller who types is never waited for by their sound."""
    call = Flown()
    call.hears(CallOpened(has_audio=False))
    call.agent_says("Hello, how can I help?")
    call.types(WHEN)
    call.agent_says(OPEN, ms=4000)
    call.types("and on Mondays")
    call.agent_says("At ten.")
    call.types("thanks")
    call.hears(CallerGone("socket_closed"))
    return call


def _recorded(mode: RecordingMode) -> Flown:
    call = Flown(recording=Recording(mode, ASKED))
    call.opens()
    call.is_heard(ASKED)
    return call


def consent_by_key() -> Flown:
    """A key agrees to the recording, and the greeting follows."""
    call = _recorded(RecordingMode.KEY)
    call.hears(DigitPressed("1"))
    call.is_heard("Hello, how can I help?")
    call.caller_says(WHEN)
    call.is_heard(OPEN)
    return call


def consent_by_word() -> Flown:
    """A yes in words agrees."""
    call = _recorded(RecordingMode.WORD)
    call.caller_says("yes of course")
    call.is_heard("Hello, how can I help?")
    return call


def consent_is_refused() -> Flown:
    """Other words are no consent, and the call goes on unrecorded."""
    call = _recorded(RecordingMode.WORD)
    call.caller_says("no I do not want that")
    call.is_heard("Hello, how can I help?")
    call.caller_says(WHEN)
    call.is_heard(OPEN)
    return call


def consent_is_awaited() -> Flown:
    """Nobody agrees within the time for it."""
    call = _recorded(RecordingMode.KEY)
    call.goes_on(12_000)
    return call


def recording_is_announced() -> Flown:
    """Callers who are told of a recording are recorded from then on."""
    call = _recorded(RecordingMode.ANNOUNCED)
    call.is_heard("Hello, how can I help?")
    call.caller_says(WHEN)
    return call


def budget_is_spent() -> Flown:
    """What calls may cost is used up: the call is brought to its end."""
    call = asked()
    call.is_heard(OPEN)
    call.hears(BudgetSpent())
    call.goes_on(1200)
    call.is_heard("We have to end soon.")
    call.goes_on(40_000)
    call.is_heard("Goodbye.")
    return call


def draft_is_discarded() -> Flown:
    """An answer that was begun in a pause is given up as the caller goes on, and begun again."""
    call = Flown()
    call.greets()
    call.caller_begins()
    call.passes(800)
    call.caller_pauses("what does it cost")
    call.hears(StageReached(call.last_response(), Stage.LLM))
    call.agent_says("That depends.", ms=800)
    call.caller_goes_on()
    call.passes(600)
    call.caller_pauses("what does it cost on Sundays")
    call.agent_says("Ten euros.", ms=800)
    call.passes(140)
    call.caller_ends()
    call.goes_on(960)
    return call


def end_of_turn_by_sound() -> Flown:
    """The sound of a pause says that the turn is over, or that it is not."""
    call = Flown(speculate=False)
    call.greets()
    for finished, words in ((0.05, "I would like to book"), (0.98, "I would like to book a table")):
        call.caller_begins()
        call.passes(900)
        call.caller_pauses(words)
        call.hears(TurnEndHeard(finished))
        call.passes(400)
        call.caller_ends()
    return call


def doubt_is_settled() -> Flown:
    """A sound over an answer is a nod first, then an echo, then a question."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=9000)
    call.goes_on(1680)
    for lasted, words in (
        (SpeechLasted(200, 60), "okay"),
        (SpeechLasted(400, 350, True), "at nine on"),
        (SpeechLasted(600, 500), "okay but what"),
    ):
        call.caller_begins()
        call.passes(140)
        call.hears(lasted)
        call.hears(PartlyHeard(words, lasted.ms))
        call.passes(400)
        call.caller_pauses(words)
        call.passes(200)
        call.caller_ends()
        call.goes_on(480)
    return call


def transfer_by_member() -> Flown:
    """A member has the caller put through, while a tool of the model still runs."""
    call = asked(transfers=Transfers("Sales = +14155550100"))
    calls_tool(call)
    call.goes_on(480)
    call.hears(TransferReady("Sales", "Wants to know when we open.", "+14155550199"))
    call.hears(ToolReturned("call00001", "from nine"))
    call.is_heard("I am putting you through.", ms=1000)
    return call


def spoken_into_the_beginning() -> Flown:
    """Who speaks into the first words of an answer had not ended."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=9000)
    call.goes_on(960)
    call.caller_begins()
    call.passes(140)
    call.hears(SpeechLasted(200, 180))
    call.caller_pauses("on Mondays")
    call.passes(200)
    call.caller_ends()
    call.goes_on(960)
    return call


def nod_at_the_end() -> Flown:
    """A nod over the last words of an answer is the caller's turn."""
    call = asked(sensitivity=Sensitivity.BALANCED)
    call.agent_says(OPEN, ms=4000)
    call.goes_on(3120)
    call.caller_begins()
    call.passes(200)
    call.hears(SpeechLasted(200, 60))
    call.caller_pauses("okay")
    call.passes(200)
    call.caller_ends()
    call.goes_on(1920)
    return call


MADE: dict[str, Callable[[], Flown]] = {
    each.__name__: each
    for each in (
        member_speaks,
        typed,
        consent_by_key,
        consent_by_word,
        consent_is_refused,
        consent_is_awaited,
        recording_is_announced,
        budget_is_spent,
        draft_is_discarded,
        end_of_turn_by_sound,
        doubt_is_settled,
        transfer_by_member,
        spoken_into_the_beginning,
        nod_at_the_end,
        *troubles.CALLS,
        *moves.CALLS,
    )
}
