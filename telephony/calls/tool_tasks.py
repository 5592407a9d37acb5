"""Runs the tools of one call, each in a task of the call's task group."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from django.conf import settings
from django.utils import timezone

from accounts.secrets import host_secrets
from agents.calendars.servers import Caller, always
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
from usage.records.trusted_numbers import trusted_number
from voicex.errors import MessageRefused

TONES: Final = "\u266a"  # of a note: as in the transcript
# The result for the model if the process was lost while it ran a tool that changes something.
UNKNOWN_OUTCOME: Final = (
    "The connection was lost while this ran. It may or may not have happened: do not repeat it "
    "without asking the caller."
)
# The same, where the database does not answer: the process that continues the call would not know
# that this had run, and would have it done again.
NOT_NOW: Final = "This cannot be done at the moment. Nothing was sent."
KNOWN_SECONDS: Final = 5.0  # how long what writes waits until the database knows of it


class Writes(Protocol):
    """Runs a service on a database thread (`telephony.process.runtime`)."""

    async def __call__(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Run `service` and return its result; it completes even if the waiting task is
        cancelled.
        """


class Finishes(Protocol):
    """Runs a coroutine to its end (`telephony.process.runtime`)."""

    async def __call__(self, work: Coroutine[Any, Any, Any], /) -> Any:
        """Run `work` and return its result; it completes even if the waiting task is cancelled."""


class Services:
    """Side effects of the tools of one call; implements `agents.tools.base.CallServices`."""

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
        is_open: Callable[[datetime, datetime], bool] = always,
    ) -> None:
        """language: returns the tag of the current language. play: receives audio, like an
        engine's. is_open: as of `agents.calendars.servers.Caller`.
        """
        self._call_id = call_id
        self._org_id = org_id
        self._call_sid = call_sid
        self._language = language
        self._write = write
        self._finish = finish
        self._put_through = put_through
        self._play = play
        self._is_open = is_open

    async def take_message(self, draft: MessageDraft, *, key: str) -> str:
        """Store the message and mail it. Raises ToolFailed when it is refused."""
        now = timezone.now()
        try:
            taken: Message = await self._write(taking.take, self._call_id, draft, key=key, now=now)
        except MessageRefused as refusal:
            raise ToolFailed(str(refusal)) from refusal
        return taking.in_words(taken, self._language())

    async def ask_server(self, tool: Definition, values: Values, *, key: str) -> str:
        """Send the request of an organization's tool. Raises ToolFailed when there is no answer.

        A request that writes completes even if the caller hangs up, as the server may have begun.
        """
        secrets: dict[str, str] = {}
        if names := tool.secrets_used():
            host = calling.host_of(tool)
            secrets = await self._write(host_secrets.opened, self._org_id, names, host=host)
        caller = calling.NOBODY
        if tool.calendar is not None:
            number: str = await self._write(trusted_number, self._call_id)
            caller = Caller(number, self._call_sid, self._language(), self._is_open)
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
        """Put the caller through after an announcement. Raises ToolFailed when that is not
        possible.
        """
        return self._put_through.request(name, briefing=briefing, now=timezone.now())

    async def send_keys(self, keys: str, *, response_id: str) -> None:
        """Play the DTMF tones of the keys to the caller's line."""
        self._play(AudioDelta(response_id, tones(keys), TONES))


def context_of(
    call: LiveCall,
    runtime: Runtime,
    session: CallSession,
    *,
    put_through: PutThrough,
    play: Callable[[AudioDelta], None],
) -> ToolContext:
    """The context of the tools of `call`. runtime: of this process; session: of the call; the
    others: as in `Services`.
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
            is_open=call.setup.config.opening.leaves_free,
        ),
        own=call.setup.config.http_tools,
        offered=frozenset(tool.name for tool in offered(call.setup.config)),
        passages=call.setup.config.passages,
        near=near_in(call.setup.config),
    )


class ToolTasks:
    """Runs the tools of one call. For the event loop's thread.

    `emit` is called from a task, never from within a method. written: waits until what the call
    has handed over is in the database, False when it is not; None where no other process continues
    it.
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
        self._reads: dict[str, set[asyncio.Task[None]]] = {}  # by response id

    def start(self, response_id: str, call: ToolCall, *, is_again: bool = False) -> None:
        """Run the tool that the response wants; its result is emitted.

        is_again: a lost process has started the tool, and may have completed it.
        """
        context = replace(self._context, response_id=response_id)
        tool = tool_of(call, context)
        is_known = bool(call.arguments)  # unknown in private calls
        if is_again and tool is not None and not (tool.may_run_again and is_known):
            work = self._give_up(call)
        elif tool is not None and tool.effect is Effect.WRITE:
            work = self._run_known(call, context, is_elsewhere=tool.is_elsewhere)
        else:
            work = self._run(call, context)
        task = self._tasks.create_task(work, name=f"tool {call.name}")
        if tool is not None and tool.effect is Effect.READ:
            running = self._reads.setdefault(response_id, set())
            running.add(task)
            task.add_done_callback(running.discard)

    def cancel(self, response_id: str) -> None:
        """The response was cancelled: cancel tools that only read."""
        for task in self._reads.pop(response_id, ()):
            task.cancel()

    async def _give_up(self, call: ToolCall) -> None:
        self._emit(ToolReturned(call.id, UNKNOWN_OUTCOME, is_error=True))

    async def _run_known(self, call: ToolCall, context: ToolContext, *, is_elsewhere: bool) -> None:
        """Run what writes, once the database knows of it: else, should this process be lost, the
        one that continues the call would have the tool called again. What would be done twice then
        is not done where the database does not answer.
        """
        is_known = self._are_written is None or await self._are_written()
        if is_known or not is_elsewhere:
            await self._run(call, context)
        else:
            self._emit(ToolReturned(call.id, NOT_NOW, is_error=True))

    async def _run(self, call: ToolCall, context: ToolContext) -> None:
        result = await run(call, context)
        self._emit(ToolReturned(result.call_id, result.text, result.is_error))


def tools_of(
    call: LiveCall,
    runtime: Runtime,
    session: CallSession,
    put_through: PutThrough,
    *,
    tasks: asyncio.TaskGroup,
    emit: Callable[[ToolReturned | AudioDelta], None],
) -> ToolTasks:
    """The tools of `call`: as in `context_of` and `ToolTasks`, with one `emit` for all."""

    def written() -> Awaitable[bool]:
        return runtime.recorder.written(seconds=KNOWN_SECONDS)

    return ToolTasks(
        context_of(call, runtime, session, put_through=put_through, play=emit),
        tasks=tasks,
        emit=emit,
        written=written if call.is_resumable else None,
    )
