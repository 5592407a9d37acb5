"""What became of a script: what the caller did, what was heard and kept, and which tools ran."""

from dataclasses import dataclass, field
from typing import Any

from testing.conversations.script import Act, Script
from testing.conversations.tools import ToolServer


@dataclass(slots=True)
class Done:
    """An act as it was done. spoken: from when to when each of its parts sounded, seconds."""

    act: Act
    spoken: list[tuple[float, float]]

    @property
    def begin(self) -> float:
        """When its first part began."""
        return self.spoken[0][0]

    @property
    def end(self) -> float:
        """When its last part ended."""
        return self.spoken[-1][1]


@dataclass(slots=True)
class Speech:
    """An unbroken stretch of the agent's speech, seconds."""

    begin: float
    end: float
    is_cut: bool


@dataclass(slots=True)
class Conversation:
    """What became of a script. Times are seconds after the greeting; turns as they are kept."""

    script: Script
    done: list[Done] = field(default_factory=list)
    greeting: list[Speech] = field(default_factory=list)
    replies: list[Speech] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)
    began: float = 0.0  # the end of the greeting on the session's clock
    ended: float | None = None  # when the agent ended the call
    watched: float = 0.0
    transfers: list[str] = field(default_factory=list)  # to whom the caller is put through
    tools: ToolServer = field(default_factory=lambda: ToolServer([]))
    flight: bytes = b""  # its flight record
