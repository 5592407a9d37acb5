"""What a language model streams: text, tool calls, tokens, and why it ended. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from agents.engines.conversation import ToolCall


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Some text of a model's answer, any length, spaces included."""

    text: str


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """What the request cost in tokens; the provider's count, or an estimate.

    unread_tokens: the part of the prompt that its model seems to have ignored; 0 for none.
    """

    tokens_in: int
    tokens_out: int
    unread_tokens: int = 0


@dataclass(frozen=True, slots=True)
class StillThinking:
    """The provider is working, without any words yet: reasoning, a keep-alive, an empty delta.

    At most a few events a second, even if the provider sends more.
    """


class FinishReason(StrEnum):
    """Why a model's answer ended."""

    WHOLE = "whole"  # the model had finished
    LENGTH = "length"  # a limit of its provider or of ours was reached
    FILTERED = "filtered"  # a content filter of the provider removed the rest
    BROKEN_OFF = "broken_off"  # ended normally, but in mid-sentence


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer's text is complete. Emitted once, before TokensUsed; never after an
    EngineError.
    """

    reason: FinishReason


ModelEvent = TextDelta | StillThinking | Finished | ToolCall | TokensUsed
