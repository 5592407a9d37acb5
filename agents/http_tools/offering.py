"""Adapts an HTTP tool to the interface of `agents.tools`.

Pure: the services send the request.
"""

from functools import lru_cache
from typing import Any, Final

from agents.http_tools import limits
from agents.http_tools.arguments import FlatArguments
from agents.http_tools.definition import Definition
from agents.tools.base import Effect, Tool, ToolContext, ToolFailed

# The fence ends a request before; what is beside it is reading secrets.
SECONDS: Final = limits.SECONDS + 1.0
CALENDAR_SECONDS: Final = limits.CALENDAR_SECONDS + 1.0
ASKS_FIRST: Final = (
    " The caller has to agree first: call this before you ask, and you are told how to continue."
)
NOT_HERE: Final = "This tool cannot be used here. Nothing was sent."
MOST_KEPT: Final = 512  # definitions of calls in progress


@lru_cache(maxsize=MOST_KEPT)
def tool_of(definition: Definition) -> Tool:
    """The tool that a model is offered."""

    async def run(values: Any, context: ToolContext) -> str:
        if context.services is None:
            raise ToolFailed(NOT_HERE)
        return await context.services.ask_server(definition, values, key=context.key)

    return Tool(
        name=definition.name,
        description=definition.description + (ASKS_FIRST if definition.asks_first else ""),
        effect=Effect.WRITE if definition.writes else Effect.READ,
        arguments=FlatArguments(definition.parameters),
        run=run,
        is_elsewhere=definition.writes,
        seconds=SECONDS if definition.calendar is None else CALENDAR_SECONDS,
    )
