"""The events of an engine for the session. Pure: frozen values, no Django, no clock.

Times: `at_ms` is the media clock, milliseconds of caller audio received since the
stream began. Ids: every response has one, chosen by the session; audio and text of a
response that is no longer wanted die by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where the time of an answer goes, in order; see `telephony.session.turns`."""

    ENDPOINT = "endpoint"  # the turn was judged over
    STT = "stt"  # the final text of the utterance was there
    LLM = "llm"  # first token of the model
    TTS = "tts"  # first byte of the voice
    SENT = "sent"  # first audio left for the carrier
    MARK = "mark"  # the first sound was heard: its mark came back, less the sound before it


def response_ms(latency_ms: Mapping[str, int]) -> int | None:
    """How long the caller waited for an answer: from their last word to the first sound heard.

    The one figure of pages, files, reports and metrics. latency_ms: milliseconds by `Stage`.
    Where nothing proves what was heard, as in typed calls, it ends when the first audio was sent;
    None for an answer of which nothing was.
    """
    return latency_ms.get(Stage.MARK, latency_ms.get(Stage.SENT))


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller speaks; `at_ms` is the first voiced moment.

    `continues`: so soon after the last utterance that both are one; the text that comes
    will cover both.
    """

    at_ms: int
    continues: bool = False


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """A short pause, perhaps the end; the utterance so far is being transcribed."""

    at_ms: int  # the last voiced moment


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The caller continued after a short pause: what was begun on it is worthless."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The endpointing silence has passed: the utterance is over."""

    at_ms: int  # the last voiced moment


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The text of the utterance up to its latest pause; empty when nothing was said.

    `nothing_said`: with an empty text, that no voice is in the sound, or words came that were not
    said; else the caller said something that no words came of, and may be asked again.
    language: its code ("de"), as the recogniser says, "" where it does not.
    """

    text: str
    nothing_said: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class SpeechLasted:
    """The utterance in progress has lasted `ms` (asked for by `Peek`), or pauses before that.

    voiced_ms: how much of it has a pitch. is_echo: it is what the agent said a moment ago, come
    back over the line. is_faint: it is far below the caller's usual voice.
    """

    ms: int
    voiced_ms: int
    is_echo: bool = False
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class PartlyHeard:
    """The text of the first `ms` of an utterance in progress; the last word may be cut off.

    has_failed: speech-to-text gave none.
    """

    text: str
    ms: int
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class TurnEndHeard:
    """The sound of the pause that there is (asked for by `EndTurnAfter`).

    finished: how surely it is that of a turn which is over, 0 to 1.
    """

    finished: float


@dataclass(frozen=True, slots=True)
class TranscriptionFailed:
    """Speech-to-text gave up on the utterance."""

    reason: str


@dataclass(frozen=True, slots=True)
class StageReached:
    """A response came past `stage`; the session's clock says when."""

    response_id: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class AudioDelta:
    """Speech of a response. audio: mu-law, 8 kHz mono, any length (bytes).

    `text` is what begins to be said in this delta (a sentence, with the space or
    punctuation as written), and is empty while the same text continues.
    """

    response_id: str
    audio: bytes
    text: str = ""


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The response wants a tool run; comes after the audio of its words, before its end.

    arguments: a JSON object, as the model wrote it.
    """

    response_id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    """All audio of the response has been given, and all tools that it wants are named."""

    response_id: str


@dataclass(frozen=True, slots=True)
class ResponseFailed:
    """The response cannot continue; what was given of it may have been heard.

    reason: a static name, the class of an error. in_text: the voice broke off within the text
    that began last.
    """

    response_id: str
    reason: str
    in_text: bool = False


EngineEvent = (
    SpeechStarted
    | SpeechPaused
    | SpeechResumed
    | SpeechStopped
    | Transcribed
    | TurnEndHeard
    | SpeechLasted
    | PartlyHeard
    | TranscriptionFailed
    | StageReached
    | AudioDelta
    | ToolCalled
    | ResponseEnded
    | ResponseFailed
)
