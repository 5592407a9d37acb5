"""The tools of one call, each run in a task of the call's own group."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, Final, Protocol

from django.conf import settings
from django.utils import timezone

from accounts.secrets import host_secrets
from agents.calendars.servers import Caller
from agents.engines.conversation import ToolCall
from agents.engines.events import AudioDelta
from agents.http_tools import calling
from agents.http_tools.arguments import Values
from agents.http_tools.definition import Definition
from agents.meaning.finding import near_in
from agents.speech.audio.dtmf import tones
from agents.tools.base import Effect, MessageDraft, ToolContext, ToolFailed
from agents.tools.registry import offered
from agents.tools.running import run, tool_of
from telephony.calls.streams.live_call import LiveCall
from telephony.calls.streams.put_through import PutThrough
from telephony.process.runtime import Runtime
from telephony.session.call import CallSession
from telephony.session.events import ToolReturned
from usage.messages import taking
from usage.models import Message
from usage.records.callers import trusted_number
from voicex.errors import MessageRefused

TONES: Final = "\u266a"  # a note: what a transcript has of them
# For the model, of a tool that changes something, when the process was lost that ran it.
UNKNOWN_OUTCOME: Final = (
    "The connection was lost while this ran. It may or may not have happened: do not repeat it "
    "without asking the caller."
)


class Writes(Protocol):
    """Has a service carried out on a thread with a database (`telephony.process.runtime`)."""

    async def __call__(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What `service` returns; it is carried out even if the task that waits is cancelled."""


class Finishes(Protocol):
    """Has work carried to its end (`telephony.process.runtime`)."""

    async def __call__(self, work: Coroutine[Any, Any, Any], /) -> Any:
        """What `work` returns; it is carried on even if the task that waits is cancelled."""


class Services:
    """What the tools of one call have done outside: `agents.tools.base.CallServices`."""

    def __init__(
        self,
        call_id: int,
        *,
        org_id: str,
        call_sid: str,
        language: Callable[[], str],
        write: Writes,
        finish: Finishes,
        put_through: PutThrough,
        play: Callable[[AudioDelta], None],
    ) -> None:
        """language: gives the tag of the one that is spoken. play: takes sound, as an engine's."""
        self._call_id = call_id
        self._org_id = org_id
        self._call_sid = call_sid
        self._language = language
        self._write = write
        self._finish = finish
        self._put_through = put_through
        self._play = play

    async def take_message(self, draft: MessageDraft, *, key: str) -> str:
        """Store the message and have it mailed. Raises ToolFailed when it is refused."""
        now = timezone.now()
        try:
            taken: Message = await self._write(taking.take, self._call_id, draft, key=key, now=now)
        except MessageRefused as refusal:
            raise ToolFailed(str(refusal)) from refusal
        return taking.in_words(taken, self._language())

    async def ask_server(self, tool: Definition, values: Values, *, key: str) -> str:
        """Send the request of an organization's tool. Raises ToolFailed when there is no answer.

        One that writes is carried on though the caller hangs up: its server may have begun.
        """
        secrets: dict[str, str] = {}
        if names := tool.secrets_used():
            host = calling.host_of(tool)
            secrets = await self._write(host_secrets.opened, self._org_id, names, host=host)
        caller = calling.NOBODY
        if tool.calendar is not None:
            number: str = await self._write(trusted_number, self._call_id)
            caller = Caller(number, self._call_sid, self._language())
        request = calling.call(
            tool,
            values,
            secrets,
            key=f"{self._call_sid}:{key}",
            caller=caller,
            allow_private=settings.ALLOW_PRIVATE_ENDPOINTS,
        )
        answer: str = await (self._finish(request) if tool.writes else request)
        return answer

    async def transfer(self, name: str, *, briefing: str) -> str:
        """Have the caller put through once they were told. Raises ToolFailed when it cannot be."""
        return self._put_through.request(name, briefing=briefing, now=timezone.now())

    async def send_keys(self, keys: str, *, response_id: str) -> None:
        """Let the caller's line hear the tones of the keys."""
        self._play(AudioDelta(response_id, tones(keys), TONES))


def context_of(
    call: LiveCall,
    runtime: Runtime,
    session: CallSession,
    *,
    put_through: PutThrough,
    play: Callable[[AudioDelta], None],
) -> ToolContext:
    """In what the tools of `call` run. runtime: of the process that carries it; session: its own;
    the others: as of `Services`.
    """
    main = call.setup.config.language
    return ToolContext(
        call.org_id,
        call.setup.config.agent_id,
        call.call_sid,
        services=Services(
            call.call_id,
            org_id=call.org_id,
            call_sid=call.call_sid,
            language=lambda: session.transcript.language or main,
            write=runtime.write,
            finish=runtime.finish,
            put_through=put_through,
            play=play,
        ),
        own=call.setup.config.http_tools,
        offered=frozenset(tool.name for tool in offered(call.setup.config)),
        passages=call.setup.config.passages,
        near=near_in(call.setup.config),
    )


class ToolTasks:
    """Runs the tools of one call. For the event loop's thread.

    `emit` is called from a task, never from within a method. written: waits until what the call
    has handed over is in the database; None where no other process continues it.
    """

    def __init__(
        self,
        context: ToolContext,
        *,
        tasks: asyncio.TaskGroup,
        emit: Callable[[ToolReturned], None],
        written: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._context = context
        self._tasks = tasks
        self._emit = emit
        self._are_written = written
        self._reads: dict[str, set[asyncio.Task[None]]] = {}  # by id of the response

    def start(self, response_id: str, call: ToolCall, *, is_again: bool = False) -> None:
        """Run the tool that the response wants; its result is emitted.

        is_again: a process that is lost has begun it, and may have carried it out.
        """
        context = replace(self._context, response_id=response_id)
        tool = tool_of(call, context)
        is_known = bool(call.arguments)  # they are not where words are taken out
        if is_again and tool is not None and not (tool.may_run_again and is_known):
            work = self._give_up(call)
        elif tool is not None and tool.effect is Effect.WRITE:
            work = self._run_known(call, context)
        else:
            work = self._run(call, context)
        task = self._tasks.create_task(work, name=f"tool {call.name}")
        if tool is not None and tool.effect is Effect.READ:
            running = self._reads.setdefault(response_id, set())
            running.add(task)
            task.add_done_callback(running.discard)

    def cancel(self, response_id: str) -> None:
        """The response is not wanted any more: give up what only reads."""
        for task in self._reads.pop(response_id, ()):
            task.cancel()

    async def _give_up(self, call: ToolCall) -> None:
        self._emit(ToolReturned(call.id, UNKNOWN_OUTCOME, is_error=True))

    async def _run_known(self, call: ToolCall, context: ToolContext) -> None:
        """Run what writes, once the database knows of it: else, should this process be lost, the
        one that continues the call would have the tool called again.
        """
        if self._are_written is not None:
            await self._are_written()
        await self._run(call, context)

    async def _run(self, call: ToolCall, context: ToolContext) -> None:
        result = await run(call, context)
        self._emit(ToolReturned(result.call_id, result.text, result.is_error))
