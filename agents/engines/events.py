"""The events of an engine for the session. Pure: frozen values, no Django, no clock.

Times: `at_ms` is the media clock, milliseconds of caller audio received since the stream began.
Ids: every response has one, chosen by the session; audio and text of a cancelled response are
recognised and dropped by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The latency stages of an answer, in order; see `telephony.session.turns`."""

    ENDPOINT = "endpoint"  # the caller's turn was over
    STT = "stt"  # the utterance was transcribed
    LLM = "llm"  # the model's first token
    TTS = "tts"  # the voice's first byte
    SENT = "sent"  # first audio sent to the carrier
    MARK = "mark"  # first audio heard: when its mark came back, minus the audio's length


def response_ms(latency_ms: Mapping[str, int]) -> int | None:
    """The response time: milliseconds from the caller's last word to the first audio heard.

    Used by pages, exports, reports and metrics alike. latency_ms: milliseconds by `Stage`. Without
    proof of what was heard, as in typed calls, it ends when the first audio was sent; None if none
    was sent.
    """
    return latency_ms.get(Stage.MARK, latency_ms.get(Stage.SENT))


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller speaks. at_ms: the beginning of voice.

    continues: so soon after the last utterance that both count as one; the transcription will cover
    both.
    """

    at_ms: int
    continues: bool = False


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """A short pause, possibly the end; the utterance so far is being transcribed."""

    at_ms: int  # the last voiced moment


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The caller continued after a short pause: its transcription and draft are void."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The endpointing silence has passed: the utterance is over."""

    at_ms: int  # the last voiced moment


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The transcription of the utterance up to its latest pause; empty if nothing was said.

    nothing_said: with an empty text, that the audio contains no voice, or the recogniser
    hallucinated; otherwise there was unintelligible speech, and the caller may be asked to repeat.
    language: its code ("de") as reported by the recogniser, "" if unknown.
    """

    text: str
    nothing_said: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class SpeechLasted:
    """The current utterance has lasted `ms` (requested by `Peek`), or pauses before that.

    voiced_ms: the part of it with a pitch. is_echo: it is an echo of the agent's voice. is_faint:
    it is far quieter than the caller's usual voice.
    """

    ms: int
    voiced_ms: int
    is_echo: bool = False
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class PartlyHeard:
    """The text of the first `ms` of an utterance in progress; the last word may be cut off.

    has_failed: the transcription failed.
    """

    text: str
    ms: int
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class TurnEndHeard:
    """The end-of-turn model's result for the current pause (requested by `EndTurnAfter`).

    finished: the probability that the turn is over, 0 to 1.
    """

    finished: float


@dataclass(frozen=True, slots=True)
class TranscriptionFailed:
    """The transcription of the utterance failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class StageReached:
    """A response has reached `stage`, at the time of this event."""

    response_id: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class AudioDelta:
    """Speech of a response. audio: mu-law, 8 kHz mono, any length (bytes).

    text: the text that begins in this delta (a sentence, with spaces and punctuation as written);
    empty while the same text continues.
    """

    response_id: str
    audio: bytes
    text: str = ""


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The response calls a tool; emitted after the audio of its words, before its end.

    arguments: a JSON object, as the model wrote it.
    """

    response_id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    """The response is complete: all of its audio and tool calls were emitted."""

    response_id: str


@dataclass(frozen=True, slots=True)
class ResponseFailed:
    """The response has failed; audio emitted so far may have been heard.

    reason: the class name of the error. in_text: the voice broke off within the latest text.
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
