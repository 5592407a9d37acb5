"""An organization's own tools in a scripted conversation, and the server that they ask."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from unittest import mock

from agents.http_tools import calling
from agents.http_tools.definition import Definition, Parameter
from agents.tools.base import ToolFailed

NEVER: Final = 1_000.0  # seconds


@dataclass(frozen=True, slots=True)
class ScriptedTool:
    """A tool as a script has it. seconds: until its server answers; is_failure: that it cannot."""

    name: str
    answer: str = ""
    seconds: float = 0.3
    writes: bool = False
    is_failure: bool = False
    filler: str = ""

    def definition(self) -> Definition:
        """The tool as an agent has it."""
        return Definition(
            self.name,
            "Asks the organization's server.",
            "https://api.example.com/{number}",
            parameters=(Parameter("number", is_required=False),),
            writes=self.writes,
            filler=self.filler,
        )


class ToolServer:
    """What answers in place of the organization's server. asked, done: names, in order."""

    def __init__(self, tools: list[ScriptedTool]) -> None:
        self._tools = {each.name: each for each in tools}
        self.asked: list[str] = []
        self.done: list[str] = []

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Requests of tools come here."""
        with mock.patch.object(calling, "call", self._call):
            yield

    async def _call(self, definition: Definition, *_: Any, **__: Any) -> str:
        tool = self._tools[definition.name]
        self.asked.append(tool.name)
        await asyncio.sleep(tool.seconds)
        if tool.is_failure:
            raise ToolFailed(tool.answer)
        self.done.append(tool.name)
        return tool.answer


def tool_of(words: list[str]) -> ScriptedTool:
    """`find_order answers "..."`, as a line of a script says it. Raises ValueError."""
    match words:
        case [name, "writes", *rest]:
            return replace(tool_of([name, *rest]), writes=True)
        case [name, "says", filler, *rest]:
            return replace(tool_of([name, *rest]), filler=filler)
        case [name, "answers", answer]:
            return ScriptedTool(name, answer)
        case [name, "answers", answer, "after", seconds]:
            return ScriptedTool(name, answer, float(seconds))
        case [name, "fails", answer]:
            return ScriptedTool(name, answer, is_failure=True)
        case [name, "hangs"]:
            return ScriptedTool(name, seconds=NEVER)
    raise ValueError("no such tool")
