"""Runs a tool that a model called; any failure becomes a sentence for the model."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec
import structlog

from agents.engines.conversation import ToolCall, ToolResult
from agents.tools.base import Tool, ToolContext, ToolFailed
from agents.tools.registry import find, known

log = structlog.get_logger(__name__)

LONGEST_RESULT: Final = 4_000  # characters


async def run(call: ToolCall, context: ToolContext) -> ToolResult:
    """Run the tool that `call` names. Raises nothing but CancelledError; on the event loop."""
    tool = tool_of(call, context)
    if tool is None or tool.run is None:
        may_run = (each for each in known(context.own) if each.run and _is_offered(each, context))
        names = ", ".join(each.name for each in may_run)
        return _failed(call, f"There is no tool {call.name}. There are: {names or 'none'}.")
    try:
        arguments = tool.read(call.arguments)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _failed(call, f"The arguments do not fit {tool.name}: {error}")
    work = partial(tool.run, arguments, replace(context, key=call.id))
    return await _run(tool, work, call)


def tool_of(call: ToolCall, context: ToolContext) -> Tool | None:
    """The tool that `call` names; None for one that there is not, or that was not offered."""
    tool = find(call.name, context.own)
    return tool if tool is not None and _is_offered(tool, context) else None


def _is_offered(tool: Tool, context: ToolContext) -> bool:
    return context.offered is None or tool.name in context.offered


async def _run(tool: Tool, work: Callable[[], Awaitable[str]], call: ToolCall) -> ToolResult:
    """The broad except is the boundary of one run: a fault of a tool may not end the call.

    A cancellation that is none of this task is a fault too: of a future that the tool waited for.
    """
    try:
        async with asyncio.timeout(tool.seconds):
            return ToolResult(call.id, (await work())[:LONGEST_RESULT])
    except ToolFailed as error:
        return _failed(call, str(error))
    except TimeoutError:
        log.warning("tool_too_slow", tool=tool.name, seconds=tool.seconds)
        return _failed(call, f"{tool.name} took too long. It may or may not have happened.")
    except (Exception, asyncio.CancelledError):
        if (task := asyncio.current_task()) and task.cancelling():
            raise
        log.exception("tool_broke", tool=tool.name)
        return _failed(call, f"{tool.name} does not work at the moment.")


def _failed(call: ToolCall, text: str) -> ToolResult:
    return ToolResult(call.id, text[:LONGEST_RESULT], is_error=True)
