"""Input events of the session from the line, the clock and members. Those of engines:
`agents.engines.events`.
"""

from dataclasses import dataclass

from agents.engines.events import EngineEvent


@dataclass(frozen=True, slots=True)
class CallOpened:
    """The stream is open and the caller listens.

    has_audio: whether the caller sends audio; False for callers who only type, whose silence does
    not mean a broken line.
    """

    has_audio: bool = True


@dataclass(frozen=True, slots=True)
class CallResumed:
    """The call continues on a new stream; the former one was lost at `lost_at_ms`.

    lost_at_ms: on the call's clock, which continues. Only for a restored session, in place of
    CallOpened.
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
    """The caller typed `text`: a whole turn at once, never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class MarkPlayed:
    """The carrier reports that everything up to the mark `name` was played or cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The line is closed. reason: a value of `voicex.reasons.ends.EndReason`."""

    reason: str


@dataclass(frozen=True, slots=True)
class HangUpAsked:
    """A member of the organization ends the call. reason: as in CallerGone."""

    reason: str


@dataclass(frozen=True, slots=True)
class LeaveAsked:
    """This process stops soon: end the call with a goodbye."""


@dataclass(frozen=True, slots=True)
class MoveAsked:
    """Another process is to continue the call, from the next moment at which the caller will not
    notice.

    is_urgent: at once, even in mid-sentence. in_any_pause: from the next pause; it may follow an
    event that asked for less.
    """

    is_urgent: bool = False
    in_any_pause: bool = False


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """The budget for calls is spent: the call has to end soon, with a goodbye."""


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """The tool call `call_id` has returned `text` for the model: its result, or an error
    message.
    """

    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class TransferReady:
    """A transfer to the target `name` was accepted, requested by a tool or a member.

    briefing: what that person is told first. address: the number of a member who takes over.
    """

    name: str
    briefing: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SayAsked:
    """A member of the organization has the agent say `text` next."""

    text: str


@dataclass(frozen=True, slots=True)
class NoteGiven:
    """A member gives the model the note `text`, which is not said."""

    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes. The driver sends one every few hundred milliseconds."""


# The session derives the following from other events, for the state table
# (`telephony.session.turns`).


class ReplyDue:
    """A reply is requested: a notice, a greeting, an answer or an apology."""


class ReplyHeard:
    """The last mark of a finished response has come back."""


class ReplyAbandoned:
    """There is nothing to answer, or nothing to say."""


class SpeechOutlasted:
    """A protected reply was heard, and the caller is still speaking."""


class DigitsEntered:
    """The caller has finished a number on the keypad."""


class ConsentSettled:
    """It is decided whether the call is recorded: the conversation begins."""


class FarewellDue:
    """The call has to end with a goodbye: maximum duration, restart, or repeated failures."""


class CallFinished:
    """We end the call: a goodbye was heard, a limit was reached, or after failures."""


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
