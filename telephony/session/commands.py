"""Commands of the session, which the driver executes in order."""

from dataclasses import dataclass

from agents.engines.conversation import ToolCall, Utterance
from agents.settings.config import RecordingMode
from telephony.session.turns import TurnRecord


@dataclass(frozen=True, slots=True)
class Feed:
    """Pass the caller's audio to the engine. payload: mu-law, 8 kHz mono (bytes)."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class EndTurn:
    """Have the engine treat the audio so far as the caller's whole turn. Transcribed follows."""


@dataclass(frozen=True, slots=True)
class EndTurnAfter:
    """Set the silence that ends the caller's turn in the current pause.

    silence_ms: at least the agent's `endpointing_ms`, which is the default. ask_sound: request a
    TurnEndHeard before that, if the engine supports it.
    """

    silence_ms: int
    ask_sound: bool = False


@dataclass(frozen=True, slots=True)
class UseLanguage:
    """Switch the engine to another of the agent's languages, given as tag."""

    language: str


@dataclass(frozen=True, slots=True)
class Peek:
    """Request a transcription of the current utterance once it has lasted `after_ms`.

    SpeechLasted and PartlyHeard follow.
    """

    after_ms: int


@dataclass(frozen=True, slots=True)
class Play:
    """Send audio to the caller, and a mark behind it. payload: mu-law, 8 kHz mono (bytes)."""

    payload: bytes
    mark: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Discard the audio in the carrier's buffer."""


@dataclass(frozen=True, slots=True)
class Respond:
    """Have the engine answer the conversation so far; its events carry this id."""

    response_id: str
    conversation: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Have the engine speak this text. is_fixed: its audio may be cached for other calls.

    in_english: said instead when no voice is available for the agent's language; "" for nothing.
    """

    response_id: str
    text: str
    is_fixed: bool = True
    in_english: str = ""


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run the tool that the response called. ToolReturned follows.

    is_again: a lost process has started it, and may have completed it.
    """

    response_id: str
    call: ToolCall
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the response, and those of its tools that only read.

    heard_ms: how much of it reached the caller.
    """

    response_id: str
    heard_ms: int


@dataclass(frozen=True, slots=True)
class SaveTurn:
    """Store this turn, replacing one with the same number."""

    turn: TurnRecord


@dataclass(frozen=True, slots=True)
class Record:
    """Record both sides from now on. consent: how the caller was informed or asked.

    is_continued: the recording was started on a former stream.
    """

    consent: RecordingMode
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """Close the stream, but not the call: the carrier opens another stream, on which it
    continues.
    """


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call. reason: a value of `voicex.reasons.ends.EndReason`."""

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
