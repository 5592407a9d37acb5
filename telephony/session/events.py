"""Events of the line and the clock for the session. Those of engines: `agents.engines.events`."""

from dataclasses import dataclass

from agents.engines.events import EngineEvent


@dataclass(frozen=True, slots=True)
class CallOpened:
    """The stream is open and the caller listens.

    has_audio: the caller will be heard; False for one who only types, whose silence says
    nothing about the line.
    """

    has_audio: bool = True


@dataclass(frozen=True, slots=True)
class CallResumed:
    """The call continues on another stream than the one on which it was until `lost_at_ms`.

    lost_at_ms: on the call's clock, which continues. Only for a session that was restored, and
    in the place of CallOpened.
    """

    lost_at_ms: int


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """Audio from the caller. payload: mu-law, 8 kHz mono, any length (bytes)."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key of the caller's phone: one of 0-9, *, # and A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class CallerTyped:
    """The caller wrote `text` in place of saying it: a whole turn at once, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class MarkPlayed:
    """The carrier says the caller heard everything up to `name`, or that it was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The line is closed; `reason` is a value of `voicex.reasons.ends.EndReason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class HangUpAsked:
    """A member of the organization wants the call to end; `reason` likewise."""

    reason: str


@dataclass(frozen=True, slots=True)
class LeaveAsked:
    """This process stops soon: the call has to end, in words."""


@dataclass(frozen=True, slots=True)
class MoveAsked:
    """Another process is to continue the call, from the next moment on at which nobody notices.

    is_urgent: from now on, whatever is being said.
    """

    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """What the calls may cost is used up: the call has to come to its end, in words."""


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """The tool of the call `call_id` has given `text` for the model: of an error, what it was."""

    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class TransferReady:
    """The caller can be put through to the target of that `name`, as a tool or a member wants.

    briefing: what that person is told first. address: of a member, who is no target of the agent.
    """

    name: str
    briefing: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SayAsked:
    """A member of the organization wants the agent to say `text` next."""

    text: str


@dataclass(frozen=True, slots=True)
class NoteGiven:
    """A member tells the model `text`, which is not to be said."""

    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes. The driver sends one every few hundred milliseconds."""


# The session derives these from the others; they are here because the table of states
# (`telephony.session.turns`) speaks of them.


class ReplyDue:
    """The agent has something to say: a notice, a greeting, an answer, an apology."""


class ReplyHeard:
    """The last mark of a finished response has come."""


class ReplyAbandoned:
    """There is nothing to answer, or nothing to say."""


class SpeechOutlasted:
    """A reply that could not be cut off was heard, and the caller still speaks."""


class DigitsEntered:
    """The caller has finished a number on the keypad."""


class ConsentSettled:
    """It is decided whether the call is recorded; whatever was said until now was about that."""


class FarewellDue:
    """The call has to end, in words: its longest duration, a restart, nothing works any more."""


class CallFinished:
    """We end the call: a goodbye was heard, a limit was reached, or nothing works."""


LineEvent = (
    CallOpened
    | CallResumed
    | FrameHeard
    | DigitPressed
    | CallerTyped
    | MarkPlayed
    | CallerGone
    | HangUpAsked
    | LeaveAsked
    | BudgetSpent
    | MoveAsked
    | ToolReturned
    | TransferReady
    | SayAsked
    | NoteGiven
    | Tick
)
Event = LineEvent | EngineEvent
