"""What was said, as a model remembers it. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who said something in a conversation."""

    CALLER = "caller"
    AGENT = "agent"
    TOOL = "tool"  # what a tool was asked and what it gave; no utterance is of this role


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model wants to have run.

    arguments: a JSON object, as the model wrote it. id: tells the calls of one telephone call
    apart; the session gives it, so it is "" in what a model emits.
    """

    name: str
    arguments: str = "{}"
    id: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave. text: for the model, plain words or JSON; of an error, what went wrong."""

    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call as the model remembers it. result: None while the tool runs, or was given up."""

    call: ToolCall
    result: ToolResult | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn as the model remembers it: for the agent, only what was heard.

    interrupted: by the caller. is_unfinished: it is the last one and the agent's, and the model
    that wrote it broke off; with an empty text, before it had written a whole sentence. tools:
    what the agent had done after these words, which may be none.
    """

    role: Role
    text: str
    interrupted: bool = False
    is_unfinished: bool = False
    tools: tuple[ToolUse, ...] = ()
