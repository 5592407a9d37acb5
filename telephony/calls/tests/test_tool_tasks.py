"""Tools that run beside a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from agents.engines.conversation import ToolCall
from agents.tools.base import Effect, Tool, ToolContext
from agents.tools.registry import TOOLS
from telephony.calls.tasks import CallTasks
from telephony.calls.tool_tasks import ToolTasks
from telephony.session.events import ToolReturned
from testing.engines import Gate, settle

CONTEXT = ToolContext(org_id="0rg", agent_id="a9ent", call_sid="CA1")


class Nothing(msgspec.Struct):
    pass


class Running:
    """A tool that waits at its gate, and the tasks of a call in which it runs."""

    def __init__(self, effect: Effect) -> None:
        self.gate = Gate()
        self.emitted: list[ToolReturned] = []
        self.tool = Tool("book", "Books.", effect, Nothing, run=self._run)

    async def _run(self, arguments: Nothing, context: ToolContext) -> str:
        await self.gate.passed()
        return "booked"


@asynccontextmanager
async def running(effect: Effect, monkeypatch) -> AsyncIterator[tuple[Running, ToolTasks]]:
    made = Running(effect)
    monkeypatch.setitem(TOOLS, made.tool.name, made.tool)
    async with CallTasks() as tasks:
        started = ToolTasks(CONTEXT, tasks=tasks, emit=made.emitted.append)
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
async def test_of_an_answer_that_is_not_wanted_only_what_reads_is_given_up(
    effect, ends, monkeypatch
):
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
