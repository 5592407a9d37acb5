"""Tools that run beside a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import msgspec
import pytest

from agents.engines.conversation import ToolCall
from agents.engines.events import AudioDelta
from agents.tools.base import Effect, Tool, ToolContext
from agents.tools.registry import TOOLS
from agents.tools.running import run
from agents.transfers.settings import Transfers
from telephony.calls.streams.live_call import LiveCall
from telephony.calls.streams.put_through import PutThrough
from telephony.calls.tasks import CallTasks
from telephony.calls.tool_tasks import (
    NOT_NOW,
    UNKNOWN_OUTCOME,
    ToolTasks,
    context_of,
    tools_of,
)
from telephony.session.events import ToolReturned
from testing.calls.harness import CallHarness
from testing.engines import Gate, settle
from testing.setups import setup

CONTEXT = ToolContext(org_id="0rg", agent_id="a9ent", call_sid="CA1")


class Nothing(msgspec.Struct):
    pass


class Running:
    """A tool that waits at its gate, and the tasks of a call in which it runs."""

    def __init__(self, effect: Effect) -> None:
        self.gate = Gate()
        self.written = Gate()
        self.written.open()
        self.is_known = True
        self.emitted: list[ToolReturned] = []
        self.tool = Tool("book", "Books.", effect, Nothing, run=self._run)

    async def is_written(self) -> bool:
        await self.written.passed()
        return self.is_known

    async def _run(self, arguments: Nothing, context: ToolContext) -> str:
        await self.gate.passed()
        return "booked"


@asynccontextmanager
async def running(effect: Effect, monkeypatch) -> AsyncIterator[tuple[Running, ToolTasks]]:
    made = Running(effect)
    monkeypatch.setitem(TOOLS, made.tool.name, made.tool)
    async with CallTasks() as tasks:
        emit = made.emitted.append
        started = ToolTasks(CONTEXT, tasks=tasks, emit=emit, written=made.is_written)
        started.start("r1", ToolCall("book", id="call00001"))
        await made.gate.reached()
        yield made, started
        tasks.cancel()


async def test_what_a_tool_gives_is_emitted(monkeypatch):
    async with running(Effect.READ, monkeypatch) as (tool, _):
        tool.gate.open()
        await settle()
        assert tool.emitted == [ToolReturned("call00001", "booked")]


@pytest.mark.parametrize(("effect", "ends"), [(Effect.READ, []), (Effect.WRITE, ["booked"])])
async def test_cancelling_an_answer_cancels_only_tools_that_read(effect, ends, monkeypatch):
    async with running(effect, monkeypatch) as (tool, tasks):
        tasks.cancel("r1")
        await settle()
        tool.gate.open()
        await settle()
        assert [each.text for each in tool.emitted] == ends


async def test_tools_end_with_the_call(monkeypatch):
    before = asyncio.all_tasks()
    async with running(Effect.WRITE, monkeypatch) as (tool, _):
        pass
    assert tool.emitted == []
    assert asyncio.all_tasks() == before


async def test_a_tool_that_writes_runs_only_after_the_call_is_saved(monkeypatch):
    made = Running(Effect.WRITE)
    made.written = Gate()
    monkeypatch.setitem(TOOLS, made.tool.name, made.tool)
    async with CallTasks() as tasks:
        emit = made.emitted.append
        started = ToolTasks(CONTEXT, tasks=tasks, emit=emit, written=made.is_written)
        started.start("r1", ToolCall("book", id="call00001"))
        made.gate.open()
        await settle()
        assert made.emitted == []
        made.written.open()
        await settle()
        assert [each.text for each in made.emitted] == ["booked"]


@pytest.mark.parametrize(("is_elsewhere", "is_run"), [(True, False), (False, True)])
async def test_what_no_other_process_would_know_of_is_not_done_at_a_server(
    is_elsewhere, is_run, monkeypatch
):
    made = Running(Effect.WRITE)
    made.is_known = False  # the database does not answer
    made.gate.open()
    tool = replace(made.tool, is_elsewhere=is_elsewhere)
    monkeypatch.setitem(TOOLS, tool.name, tool)
    async with CallTasks() as tasks:
        emit = made.emitted.append
        started = ToolTasks(CONTEXT, tasks=tasks, emit=emit, written=made.is_written)
        started.start("r1", ToolCall("book", "{}", "call00001"))
        await settle()
    [returned] = made.emitted
    assert returned.text == ("booked" if is_run else NOT_NOW)
    assert returned.is_error is not is_run


@pytest.mark.parametrize(("is_resumable", "said"), [(True, NOT_NOW), (False, "booked")])
async def test_a_call_that_nobody_continues_waits_for_no_database(is_resumable, said, monkeypatch):
    """From a browser: no other process could do anything twice."""
    made = Running(Effect.WRITE)
    made.gate.open()
    monkeypatch.setitem(TOOLS, made.tool.name, replace(made.tool, is_elsewhere=True))
    harness = CallHarness()
    monkeypatch.setattr(harness.records, "written", lambda **_: made.is_written())
    made.is_known = False
    live = LiveCall(81, "CA1", "0rg", harness._setup(), is_resumable=is_resumable)
    async with CallTasks() as tasks:
        started = tools_of(
            live,
            cast(Any, harness),
            session := live.session(live.setup.config),
            PutThrough(live, session=session, ready=made.emitted.append),
            tasks=tasks,
            emit=made.emitted.append,
        )
        started.start("r1", ToolCall("book", "{}", "call00001"))
        await settle()
    assert [each.text for each in made.emitted] == [said]


@pytest.mark.parametrize(
    ("effect", "once_by_key", "arguments", "is_run"),
    [
        (Effect.READ, False, "{}", True),
        (Effect.WRITE, True, "{}", True),
        (Effect.WRITE, False, "{}", False),
        (Effect.WRITE, True, "", False),  # what it was given is taken out
    ],
)
async def test_a_run_of_a_lost_process_is_repeated_only_where_that_does_nothing_twice(
    effect, once_by_key, arguments, is_run, monkeypatch
):
    made = Running(effect)
    made.gate.open()
    tool = replace(made.tool, once_by_key=once_by_key)
    monkeypatch.setitem(TOOLS, tool.name, tool)
    async with CallTasks() as tasks:
        emit = made.emitted.append
        started = ToolTasks(CONTEXT, tasks=tasks, emit=emit, written=made.is_written)
        started.start("r1", ToolCall("book", arguments, "call00001"), is_again=True)
        await settle()
    [returned] = made.emitted
    assert returned.text == ("booked" if is_run else UNKNOWN_OUTCOME)
    assert returned.is_error is not is_run


@pytest.mark.parametrize("presses_keys", [True, False])
async def test_keys_are_pressed_for_agents_alone_that_may_press_them(presses_keys):
    config = setup(transfers=Transfers(presses_keys=presses_keys)).config
    call = SimpleNamespace(
        org_id="0rg", call_sid="CA1", call_id=1, setup=SimpleNamespace(config=config)
    )
    played: list[AudioDelta] = []
    context = context_of(
        call, MagicMock(), MagicMock(), put_through=MagicMock(), play=played.append
    )
    result = await run(ToolCall("send_dtmf", '{"keys":"1"}', id="call00001"), context)
    assert (result.is_error, bool(played)) == (not presses_keys, presses_keys)
