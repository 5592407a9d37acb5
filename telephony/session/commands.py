"""What the session wants done. The driver carries each out, in order."""

from dataclasses import dataclass

from agents.engines.conversation import ToolCall, Utterance
from agents.settings.config import RecordingMode
from telephony.session.turns import TurnRecord


@dataclass(frozen=True, slots=True)
class Feed:
    """Let the engine hear. payload: mu-law, 8 kHz mono (bytes)."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class EndTurn:
    """Let the engine take what it has heard as the caller's whole turn: Transcribed tells it."""


@dataclass(frozen=True, slots=True)
class EndTurnAfter:
    """Let the caller's turn be over after so much silence, in the pause that there is.

    silence_ms: never less than the agent's `endpointing_ms`, which holds without this command.
    ask_sound: let TurnEndHeard come before that, if the engine can say it soon.
    """

    silence_ms: int
    ask_sound: bool = False


@dataclass(frozen=True, slots=True)
class UseLanguage:
    """Let the engine hear, answer and speak in another of the agent's languages. Its tag."""

    language: str


@dataclass(frozen=True, slots=True)
class Peek:
    """Let the engine say what it hears once the utterance in progress has lasted `after_ms`.

    SpeechLasted and PartlyHeard come of it.
    """

    after_ms: int


@dataclass(frozen=True, slots=True)
class Play:
    """Send audio to the caller, and a mark behind it. payload: mu-law, 8 kHz mono (bytes)."""

    payload: bytes
    mark: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Empty the carrier's buffer: the caller hears nothing more of it."""


@dataclass(frozen=True, slots=True)
class Respond:
    """Let the engine answer the conversation, as heard so far, under this id."""

    response_id: str
    conversation: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Let the engine speak this text; `is_fixed` when it may be said again in other calls.

    in_english: what is said when no voice speaks the agent's language any more; "" for nothing.
    """

    response_id: str
    text: str
    is_fixed: bool = True
    in_english: str = ""


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run the tool that the response wants; ToolReturned tells what it gave.

    is_again: it was begun by a process that is lost, and may have been carried out.
    """

    response_id: str
    call: ToolCall
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop making the response, and the tools it wants that only read.

    heard_ms: how much of it reached the caller.
    """

    response_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class SaveTurn:
    """Keep this turn; one with the same number is replaced."""

    turn: TurnRecord


@dataclass(frozen=True, slots=True)
class Record:
    """Record both sides from now on; `consent` is how the caller was told or asked.

    is_continued: on a stream that was lost they were recorded already.
    """

    consent: RecordingMode
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """End the stream, not the call: its carrier asks for another one, on which it continues."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over for us; `reason` is a value of `voicex.reasons.ends.EndReason`."""

    reason: str


Command = (
    Feed
    | EndTurn
    | EndTurnAfter
    | UseLanguage
    | Peek
    | Play
    | Clear
    | Respond
    | Say
    | RunTool
    | Cancel
    | SaveTurn
    | Record
    | Leave
    | HangUp
)
