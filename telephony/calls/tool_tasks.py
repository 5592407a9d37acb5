"""The tools of one call, each run in a task of the call's own group."""

import asyncio
from collections.abc import Callable

from agents.engines.conversation import ToolCall
from agents.tools.base import Effect, ToolContext
from agents.tools.registry import TOOLS
from agents.tools.running import run
from telephony.session.events import ToolReturned


class ToolTasks:
    """Runs the tools of one call. For the event loop's thread.

    `emit` is called from a task, never from within a method.
    """

    def __init__(
        self,
        context: ToolContext,
        *,
        tasks: asyncio.TaskGroup,
        emit: Callable[[ToolReturned], None],
    ) -> None:
        self._context = context
        self._tasks = tasks
        self._emit = emit
        self._reads: dict[str, set[asyncio.Task[None]]] = {}  # by id of the response

    def start(self, response_id: str, call: ToolCall) -> None:
        """Run the tool that the response wants; its result is emitted."""
        task = self._tasks.create_task(self._run(call), name=f"tool {call.name}")
        tool = TOOLS.get(call.name)
        if tool is not None and tool.effect is Effect.READ:
            running = self._reads.setdefault(response_id, set())
            running.add(task)
            task.add_done_callback(running.discard)

    def cancel(self, response_id: str) -> None:
        """The response is not wanted any more: give up what only reads."""
        for task in self._reads.pop(response_id, ()):
            task.cancel()

    async def _run(self, call: ToolCall) -> None:
        result = await run(call, self._context)
        self._emit(ToolReturned(result.call_id, result.text, result.is_error))
