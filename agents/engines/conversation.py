"""The conversation as it is given to a language model. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The role of an utterance."""

    CALLER = "caller"
    AGENT = "agent"
    TOOL = "tool"  # a tool's call and result in a transcript; not used for utterances


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call of a model.

    arguments: a JSON object, as the model wrote it. id: unique within a telephone call; set by the
    session, so "" in calls emitted by a model.
    """

    name: str
    arguments: str = "{}"
    id: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool. text: for the model, plain words or JSON, or an error message."""

    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call with its result: None while the tool is running, or if it was cancelled."""

    call: ToolCall
    result: ToolResult | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of the conversation: of the agent, only the text that was heard.

    interrupted: by the caller. is_unfinished: it is the last turn, of the agent, and its model
    broke off; with an empty text, before the first complete sentence. tools: tool calls after these
    words, which may be empty.
    """

    role: Role
    text: str
    interrupted: bool = False
    is_unfinished: bool = False
    tools: tuple[ToolUse, ...] = ()
