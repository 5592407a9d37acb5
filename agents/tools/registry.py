"""The tools there are. A new one is a file of its own and a line in `TOOLS`."""

from typing import Final

from agents.tools import hang_up, take_message
from agents.tools.base import Tool

TOOLS: Final[dict[str, Tool]] = {tool.name: tool for tool in (hang_up.TOOL, take_message.TOOL)}


def offered() -> tuple[Tool, ...]:
    """What every agent's model is offered, in the order of the registry."""
    return tuple(TOOLS.values())
