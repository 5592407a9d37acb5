"""The protocol of a call's engine, the three of a provider's parts, and what they exchange."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.events import EngineEvent
from agents.settings.config import AgentConfig
from agents.speech.audio.wide_sound import WideSound

OPENAI_URL: Final = "https://api.openai.com/v1"  # where a key without a server of its own belongs

__all__ = [
    "Abilities",
    "Access",
    "AgentConfig",
    "Credentials",
    "Emit",
    "Engine",
    "EngineSetup",
    "FinishReason",
    "Finished",
    "HeardWords",
    "LanguageModel",
    "LanguageTelling",
    "ModelEvent",
    "PartialSpeechToText",
    "Role",
    "SpeechToText",
    "StillThinking",
    "Task",
    "TextDelta",
    "TextToSpeech",
    "TokensUsed",
    "ToolCall",
    "Usage",
    "Utterance",
    "WideBand",
    "WideHearing",
]


@dataclass(frozen=True, slots=True)
class Access:
    """A key and the server that it is for: neither is used without the other.

    endpoint: base address, "" for the provider's own. is_of_client: both are an organization's,
    so nothing of the platform's goes along, and a server that it named is asked through the
    fence; may_be_private: which may then lead to a private network. Google's key is the JSON text
    of a service account, or (the platform's) the path of such a file.
    """

    key: str = field(default="", repr=False)
    endpoint: str = ""
    is_of_client: bool = False
    may_be_private: bool = False

    @property
    def is_fenced(self) -> bool:
        """Whether an organization named the server."""
        return self.is_of_client and bool(self.endpoint)


_NO_ACCESS: Final = Access()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Provider access for one organization: its own keys first, else the platform's.

    access: by the engine's name. defaults: what the platform's settings say in place of engine
    settings that an agent does not have, by their names; only where the server is the settings'.
    """

    access: Mapping[str, Access] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    ffmpeg_binary: str = ""

    def of(self, engine: str) -> Access:
        """The key and server of `engine`; both empty when there is neither."""
        return self.access.get(engine, _NO_ACCESS)

    def default(self, option: str) -> str:
        """The platform's own value of the engine setting `option`, "" for none."""
        return self.defaults.get(option, "")

    def with_own(self, engine: str, access: Access, *, is_same_server: bool) -> "Credentials":
        """These with an organization's own access to `engine`.

        is_same_server: it is the settings' server too, so that the settings' defaults hold there.
        """
        defaults = {
            name: value
            for name, value in self.defaults.items()
            if is_same_server or not name.startswith(f"{engine}.")
        }
        return replace(self, access={**self.access, engine: access}, defaults=defaults)


@dataclass(slots=True)
class Usage:
    """What a call has used of its providers so far; only ever grows.

    wasted_...: how much of it was thrown away unheard, because the caller continued: the words up
    to a pause, and the answer that was begun there. llm_tokens_unread: of the request of which
    its model read least, how much of the prompt it seems not to have read.
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
class TextDelta:
    """Some text of a model's answer, any length, spaces included."""

    text: str


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """What the request cost in tokens; the provider's count, or an estimate.

    unread_tokens: how much of the prompt its model seems not to have read; 0 when it read all.
    """

    tokens_in: int
    tokens_out: int
    unread_tokens: int = 0


@dataclass(frozen=True, slots=True)
class StillThinking:
    """The provider shows a sign of life, but no words yet: reasoning, a keep-alive, an empty delta.

    At most a few a second, however many the provider sends.
    """


class FinishReason(StrEnum):
    """Why a model wrote no more."""

    WHOLE = "whole"  # it was done
    LENGTH = "length"  # a limit of its provider or of ours was reached
    FILTERED = "filtered"  # its provider's filter took the rest away
    BROKEN_OFF = "broken_off"  # the answer ended in order, but in mid-sentence


@dataclass(frozen=True, slots=True)
class Finished:
    """All text of the answer has come. Once, before TokensUsed; never after an EngineError."""

    reason: FinishReason


ModelEvent = TextDelta | StillThinking | Finished | ToolCall | TokensUsed


@dataclass(frozen=True, slots=True)
class Task:
    """What a language model is to do beside a call, in place of all that an agent says and knows.

    instructions: with the answer that is wanted, one JSON object. most_tokens: of an answer.
    """

    instructions: str
    most_tokens: int


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """What an engine is made from: the agent it serves and the keys it may use.

    org_id: the public id of the agent's organization, "" for the platform's own use. task: for a
    language model whose card says `does_tasks`; None for a call.
    """

    config: AgentConfig
    credentials: Credentials = field(default_factory=Credentials)
    org_id: str = ""
    task: Task | None = None


class SpeechToText(Protocol):
    """Turns one utterance into text. Made once a call; must be cheap to make."""

    async def transcribe(self, audio: bytes) -> str:
        """The words in `audio` (mu-law, 8 kHz mono), "" for none. Raises EngineError.

        May be cancelled at any moment.
        """
        ...


@runtime_checkable
class PartialSpeechToText(Protocol):
    """Speech-to-text that hears an utterance in progress otherwise than a whole one."""

    async def transcribe_part(self, audio: bytes) -> str:
        """The words so far, as of `SpeechToText.transcribe`. Raises EngineError."""
        ...


@dataclass(frozen=True, slots=True)
class HeardWords:
    """The words of an utterance, and their language as the recogniser names it, "" for unknown.

    requests: how often the recogniser was asked for them.
    """

    text: str
    language: str = ""
    requests: int = 1


@runtime_checkable
class LanguageTelling(Protocol):
    """Speech-to-text that can tell which of the agent's languages it heard."""

    async def transcribe_any(self, audio: bytes) -> HeardWords:
        """The words in any of them, as of `SpeechToText.transcribe`. Raises EngineError."""
        ...


@runtime_checkable
class WideBand(Protocol):
    """Speech-to-text that hears better what has more than the telephone's band."""

    async def transcribe_wide(self, pcm: bytes) -> HeardWords:
        """The words in `pcm` (16-bit little-endian, 16 kHz mono), in any of the agent's languages.

        As of `SpeechToText.transcribe`. Raises EngineError.
        """
        ...


class LanguageModel(Protocol):
    """Answers a conversation. Holds no memory: the session owns what was heard."""

    def reply(self, conversation: tuple[Utterance, ...]) -> AsyncGenerator[ModelEvent, None]:
        """The answer to the last utterance, streamed. Raises EngineError.

        Text, with signs of life between; an engine may leave out Finished (it means WHOLE). Tools
        that it wants to have run come as ToolCall, each once and whole, at the end.
        May be closed (`aclose`) at any moment; it then frees its connection.
        """
        ...


class TextToSpeech(Protocol):
    """Speaks a sentence. For more than the telephone's band: `wide_voice.WideTextToSpeech`."""

    def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Audio of `text`: mu-law, 8 kHz mono, chunks of any length. Raises EngineError.

        Yields as soon as it can. Zero bytes in all is an error (EngineSilent).
        """
        ...

    @property
    def cache_key(self) -> str:
        """What, beside the text, decides the sound (voice, model, speed)."""
        ...


Emit = Callable[[EngineEvent], None]


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a call may ask of its engine beside hearing, answering and speaking.

    drafts: an answer may be begun before the caller's turn is over, and cancelled unheard. Of an
    engine that cannot, no answer is requested before the turn is over.

    peeks: it says what it hears of an utterance in progress. With an engine that cannot, any speech
    over the agent's voice stops it.
    """

    drafts: bool
    peeks: bool = False


class Engine(Protocol):
    """Hears the caller of one call and answers. Made for it; the driver starts and closes it.

    For the event loop's thread. Every method returns at once; what comes of it is emitted as
    `agents.engines.events`, later and on the same thread, never from within a method here.
    """

    @property
    def abilities(self) -> Abilities:
        """What it can do; the same for the whole call."""
        ...

    @property
    def usage(self) -> Usage:
        """What it has used so far; read at any moment, and last when its tasks have ended."""
        ...

    def start(self, *, tasks: asyncio.TaskGroup, emit: Emit) -> None:
        """Work for the call. Once, before any other method.

        tasks: the call's own group, in which all of its tasks live. emit: takes what it hears
        and makes, also while its tasks are being cancelled.
        """
        ...

    def hear(self, payload: bytes) -> None:
        """Take a frame of the caller. payload: mu-law, 8 kHz mono (bytes).

        50 a second: SpeechStarted, SpeechPaused, SpeechResumed, SpeechStopped and Transcribed (or
        TranscriptionFailed) come of them.
        """
        ...

    def end_turn(self) -> None:
        """The caller's turn is taken to be over: Transcribed (or TranscriptionFailed) comes of what
        was heard of it, and what is heard now belongs to another one.
        """
        ...

    def end_turn_after(self, silence_ms: int, *, ask_sound: bool = False) -> None:
        """Let SpeechStopped come after so much silence, in the pause that there is.

        For that pause alone, and never before `endpointing_ms`. ask_sound: the words leave a doubt;
        TurnEndHeard comes first, where the engine can say it soon. An engine that finds the
        ends of turns by itself may pass all of it over.
        """
        ...

    def use_language(self, language: str) -> None:
        """Hear, answer and speak in another of the agent's languages from here on.

        language: its tag, one of `AgentConfig.languages`. What is being made stays as it is.
        """
        ...

    def peek(self, after_ms: int, *, played: bytes, played_from_ms: int) -> None:
        """Say what is heard once the utterance in progress has lasted so long, or pauses.

        SpeechLasted and PartlyHeard come of it; only where `abilities.peeks`. played: what the
        caller's telephone plays around now, mu-law, 8 kHz mono (bytes), where echoes come from;
        played_from_ms: where on the media clock it begins.
        """
        ...

    def respond(self, response_id: str, conversation: tuple[Utterance, ...]) -> None:
        """Answer the conversation: AudioDelta..., then ResponseEnded or ResponseFailed."""
        ...

    def say(
        self, response_id: str, text: str, *, is_fixed: bool = True, in_english: str = ""
    ) -> None:
        """Speak `text` as it is written; events as of `respond`.

        is_fixed: the same for every call, so its sound may be kept. in_english: what to say when
        no voice speaks the agent's language any more.
        """
        ...

    def cancel(self, response_id: str, *, heard_ms: int) -> None:
        """Stop making the response; unknown ids are passed over.

        heard_ms: how much of it the caller has heard; 0: what it used was wasted.
        """
        ...

    def heard(self, response_id: str, ms: int) -> None:
        """The caller has heard the first `ms` of the response; unknown ids are passed over."""
        ...

    def close(self) -> None:
        """Hear nothing more. What is being made ends with the task group."""
        ...


@runtime_checkable
class WideHearing(Protocol):
    """An engine that can use more of its caller than the telephone's band."""

    def hear_beside(self, wide: WideSound) -> None:
        """Recognise words from `wide`, what the frames of `hear` were made of.

        Before `start`. Everything else goes by the frames, and so does what `wide` has lost.
        """
        ...
