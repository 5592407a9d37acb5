"""The tools of one call, each run in a task of the call's own group."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from django.utils import timezone

from agents.engines.conversation import ToolCall
from agents.tools.base import Effect, MessageDraft, ToolContext, ToolFailed
from agents.tools.registry import TOOLS
from agents.tools.running import run
from telephony.session.events import ToolReturned
from usage.messages import taking
from usage.models import Message
from voicex.errors import MessageRefused


class Writes(Protocol):
    """Has a service carried out on a thread with a database (`telephony.process.runtime`)."""

    async def __call__(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What `service` returns; it is carried out even if the task that waits is cancelled."""


class Services:
    """What the tools of one call have stored: `agents.tools.base.CallServices`."""

    def __init__(self, call_id: int, *, write: Writes) -> None:
        self._call_id = call_id
        self._write = write

    async def take_message(self, draft: MessageDraft, *, key: str) -> str:
        """Store the message and have it mailed. Raises ToolFailed when it is refused."""
        now = timezone.now()
        try:
            taken: Message = await self._write(taking.take, self._call_id, draft, key=key, now=now)
        except MessageRefused as refusal:
            raise ToolFailed(str(refusal)) from refusal
        return taking.in_words(taken)


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
