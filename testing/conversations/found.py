"""The result of a script: the caller's acts, what was heard and stored, and which tools ran."""

from dataclasses import dataclass, field
from typing import Any

from testing.conversations.script import Act, Script
from testing.conversations.tools import ToolServer


@dataclass(slots=True)
class Done:
    """A performed act. spoken: the interval of each of its parts, seconds."""

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
    """An uninterrupted interval of the agent's speech, seconds."""

    begin: float
    end: float
    is_cut: bool


@dataclass(slots=True)
class Conversation:
    """The result of a script. Times are seconds after the greeting; turns as stored."""

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
