"""The protocols of engines and of their three parts (speech-to-text, language model,
text-to-speech).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from agents.engines.access import Credentials
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.events import EngineEvent
from agents.engines.model_events import ModelEvent
from agents.settings.config import AgentConfig
from agents.speech.audio.wide_sound import WideSound
from agents.speech.audio.wide_voice import WideVoice

__all__ = [
    "Abilities",
    "AgentConfig",
    "Emit",
    "Engine",
    "EngineSetup",
    "HeardWords",
    "LanguageModel",
    "LanguageTelling",
    "PartialSpeechToText",
    "Role",
    "SpeechToText",
    "Task",
    "TextToSpeech",
    "ToolCall",
    "Usage",
    "Utterance",
    "WideBand",
    "WideHearing",
    "WideSpeaking",
    "WideTextToSpeech",
]


@dataclass(slots=True)
class Usage:
    """The usage of a call's providers so far; the counts only grow.

    wasted_...: the part that was discarded unheard because the caller continued: transcriptions up
    to a pause, and drafts of answers. llm_tokens_unread: the largest part of a prompt that its
    model seems to have ignored.
    """

    stt_ms: int = 0
    llm_tokens_in: int = 0
    llm_tokens_out: int = 0
    llm_tokens_unread: int = 0
    tts_characters: int = 0
    wasted_stt_ms: int = 0
    wasted_llm_tokens_in: int = 0
    wasted_llm_tokens_out: int = 0
    wasted_tts_characters: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a language model outside of a call, in place of the agent's prompt and facts.

    instructions: including the form of the answer, one JSON object. most_tokens: maximum of an
    answer.
    """

    instructions: str
    most_tokens: int


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """The configuration of an engine: its agent and the keys it may use.

    org_id: the public id of the agent's organization, "" for the platform's own use. task: for a
    language model whose card says `does_tasks`; None for a call.
    """

    config: AgentConfig
    credentials: Credentials = field(default_factory=Credentials)
    org_id: str = ""
    task: Task | None = None


class SpeechToText(Protocol):
    """Transcribes utterances. One instance for each call; must be cheap to create."""

    async def transcribe(self, audio: bytes) -> str:
        """The words in `audio` (mu-law, 8 kHz mono), "" for none. Raises EngineError.

        May be cancelled at any time.
        """
        ...


@runtime_checkable
class PartialSpeechToText(Protocol):
    """Speech-to-text with a separate method for utterances in progress."""

    async def transcribe_part(self, audio: bytes) -> str:
        """The words so far, as `SpeechToText.transcribe`. Raises EngineError."""
        ...


@dataclass(frozen=True, slots=True)
class HeardWords:
    """The words of an utterance, and their language as reported by the recogniser, "" for unknown.

    requests: the number of requests it took.
    """

    text: str
    language: str = ""
    requests: int = 1


@runtime_checkable
class LanguageTelling(Protocol):
    """Speech-to-text that detects which of the agent's languages was spoken."""

    async def transcribe_any(self, audio: bytes) -> HeardWords:
        """The words in any of the languages, as `SpeechToText.transcribe`. Raises EngineError."""
        ...


@runtime_checkable
class WideBand(Protocol):
    """Speech-to-text that recognises wide-band audio better."""

    async def transcribe_wide(self, pcm: bytes) -> HeardWords:
        """The words in `pcm` (16-bit little-endian, 16 kHz mono), in any of the agent's languages.

        As `SpeechToText.transcribe`. Raises EngineError.
        """
        ...


class LanguageModel(Protocol):
    """Answers a conversation. Stateless: the session owns the conversation."""

    def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """Stream the answer to the last utterance. Raises EngineError.

        Yields text and StillThinking; without Finished the answer counts as WHOLE. Tool calls come
        as ToolCall at the end, each once and complete. May be closed (`aclose`) at any time, which
        frees the connection.
        """
        ...


class TextToSpeech(Protocol):
    """Speaks sentences. For wide-band audio see `WideTextToSpeech`."""

    def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Audio of `text`: mu-law, 8 kHz mono, chunks of any length. Raises EngineError.

        Yields audio as soon as possible. No audio at all is an error (EngineSilent).
        """
        ...

    @property
    def cache_key(self) -> str:
        """The parameters beside the text that determine the audio (voice, model, speed)."""
        ...


@runtime_checkable
class WideTextToSpeech(TextToSpeech, Protocol):
    """Text-to-speech with wide-band audio."""

    def speak_wide(self, text: str) -> AsyncGenerator[bytes, None]:
        """As `speak`; chunks are `BothBands` where the provider sends more. Raises EngineError."""
        ...


Emit = Callable[[EngineEvent], None]


@dataclass(frozen=True, slots=True)
class Abilities:
    """Optional features of an engine.

    drafts: answers may be requested before the caller's turn is over, and cancelled unheard.
    Otherwise they are only requested after the end of the turn.

    peeks: it transcribes utterances in progress. Otherwise any speech over the agent's voice
    interrupts the agent.
    """

    drafts: bool
    peeks: bool = False


class Engine(Protocol):
    """Hears and answers the caller of one call. Created for the call; the driver starts and closes
    it.

    For the event loop's thread. All methods return at once; results are emitted as
    `agents.engines.events`, later on the same thread, never from within a method.
    """

    @property
    def abilities(self) -> Abilities:
        """The engine's features, constant for the call."""
        ...

    @property
    def usage(self) -> Usage:
        """The usage so far; may be read at any time, and is final once its tasks have ended."""
        ...

    def start(self, *, tasks: asyncio.TaskGroup, emit: Emit) -> None:
        """Start to work for the call. To be called once, before any other method.

        tasks: the call's task group, for all tasks of the engine. emit: receives the events, also
        while the tasks are being cancelled.
        """
        ...

    def hear(self, payload: bytes) -> None:
        """Process a frame of the caller. payload: mu-law, 8 kHz mono (bytes).

        Called 50 times a second. Leads to SpeechStarted, SpeechPaused, SpeechResumed, SpeechStopped
        and Transcribed (or TranscriptionFailed).
        """
        ...

    def end_turn(self) -> None:
        """End the caller's turn now: Transcribed or TranscriptionFailed follows for its audio."""
        ...

    def end_turn_after(self, silence_ms: int, *, ask_sound: bool = False) -> None:
        """Set the silence after which SpeechStopped ends the turn, for the current pause.

        Never less than `endpointing_ms`. ask_sound: emit TurnEndHeard before, if it can be computed
        soon. An engine that detects the end of turns by itself may ignore the call.
        """
        ...

    def use_language(self, language: str) -> None:
        """Switch to another of the agent's languages.

        language: a tag of `AgentConfig.languages`. Responses in progress are not affected.
        """
        ...

    def peek(self, after_ms: int, *, played: bytes, played_from_ms: int) -> None:
        """Transcribe the current utterance once it has lasted `after_ms`, or pauses.

        Leads to SpeechLasted and PartlyHeard; only with `abilities.peeks`. played: what the
        caller's telephone is playing, for echo detection (mu-law, 8 kHz mono), from
        `played_from_ms` on.
        """
        ...

    def respond(self, response_id: str, conversation: tuple[Utterance, ...]) -> None:
        """Answer the conversation: AudioDelta..., then ResponseEnded or ResponseFailed."""
        ...

    def say(
        self, response_id: str, text: str, *, is_fixed: bool = True, in_english: str = ""
    ) -> None:
        """Speak `text` as it is written; events as in `respond`.

        is_fixed: the same for every call, so its audio may be cached. in_english: said instead when
        no voice is available for the agent's language.
        """
        ...

    def cancel(self, response_id: str, *, heard_ms: int) -> None:
        """Cancel the response; unknown ids are ignored.

        heard_ms: milliseconds that the caller has heard; 0: its usage counts as wasted.
        """
        ...

    def heard(self, response_id: str, ms: int) -> None:
        """The caller has heard the first `ms` of the response; unknown ids are ignored."""
        ...

    def close(self) -> None:
        """Stop hearing. Responses in progress end with the task group."""
        ...


@runtime_checkable
class WideHearing(Protocol):
    """An engine that can recognise wide-band audio."""

    def hear_beside(self, wide: WideSound) -> None:
        """Recognise speech in `wide`, the wide-band source of the frames of `hear`.

        To be called before `start`. Everything else uses the frames, and so do parts missing in
        `wide`.
        """
        ...


@runtime_checkable
class WideSpeaking(Protocol):
    """An engine with wide-band output."""

    def speak_beside(self, wide: WideVoice) -> None:
        """Put the voice's wide-band audio into `wide`, response by response.

        To be called before `start`. Events do not change: the core gets narrow-band audio.
        """
        ...
