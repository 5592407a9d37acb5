"""The tools there are. A new one is a file of its own and a line in `TOOLS`.

Beside them each version brings the tools of its organization (`agents.http_tools`).
"""

from collections.abc import Iterable
from typing import Final

from agents.http_tools.definition import Definition
from agents.http_tools.offering import tool_of
from agents.tools import hang_up, take_message
from agents.tools.base import Tool

TOOLS: Final[dict[str, Tool]] = {tool.name: tool for tool in (hang_up.TOOL, take_message.TOOL)}


def offered(own: Iterable[Definition] = ()) -> tuple[Tool, ...]:
    """What an agent's model is offered: the registry's tools in order, then its `own`."""
    return (*TOOLS.values(), *(tool_of(each) for each in own if each.name not in TOOLS))


def find(name: str, own: Iterable[Definition] = ()) -> Tool | None:
    """The tool that a model names; None when there is none."""
    return TOOLS.get(name) or next((tool_of(each) for each in own if each.name == name), None)
