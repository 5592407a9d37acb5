"""The registry of built-in tools. To add one: a file, and a line in `TOOLS`.

Versions also contain tools of their organization (`agents.http_tools`).
"""

from collections.abc import Iterable
from typing import Final

from agents.http_tools.definition import Definition
from agents.http_tools.offering import tool_of
from agents.settings.config import AgentConfig
from agents.tools import (
    call_back_later,
    hang_up,
    search_documents,
    send_dtmf,
    take_message,
    transfer_call,
)
from agents.tools.base import Tool

TOOLS: Final[dict[str, Tool]] = {
    tool.name: tool
    for tool in (
        hang_up.TOOL,
        take_message.TOOL,
        call_back_later.TOOL,
        transfer_call.TOOL,
        send_dtmf.TOOL,
        search_documents.TOOL,
    )
}


def offered(config: AgentConfig) -> tuple[Tool, ...]:
    """The tools offered to an agent's model: those of the registry, then the organization's."""
    found = (tool.offered_for(config) if tool.offered_for else tool for tool in TOOLS.values())
    own = (tool_of(each) for each in config.http_tools if each.name not in TOOLS)
    return (*(tool for tool in found if tool is not None), *own)


def known(own: Iterable[Definition] = ()) -> tuple[Tool, ...]:
    """All tools that can be run: those of the registry, then its `own`."""
    return (*TOOLS.values(), *(tool_of(each) for each in own if each.name not in TOOLS))


def find(name: str, own: Iterable[Definition] = ()) -> Tool | None:
    """The tool that a model names; None when there is none."""
    return TOOLS.get(name) or next((tool_of(each) for each in own if each.name == name), None)
