"""The tools of an organization in a call: asked through the fence, with its secrets."""

import asyncio
from dataclasses import replace

import pytest

from accounts.secrets import host_secrets
from agents.engines.conversation import ToolCall
from agents.http_tools import calling
from agents.http_tools.definition import Definition, Parameter
from agents.tools.base import ToolContext
from telephony.calls.tasks import CallTasks
from telephony.calls.tool_tasks import Services, ToolTasks
from testing.engines import Gate, settle

FIND = Definition(
    "find_order",
    "Finds an order.",
    "https://api.example.com/{order_id}",
    parameters=(Parameter("order_id"),),
    headers=(("Authorization", "Bearer {secret.shop}"),),
)
CALL = ToolCall("find_order", '{"order_id":"7"}', id="call00001")


class Server:
    """What is in the place of the fence: it answers when its gate is open."""

    def __init__(self, monkeypatch) -> None:
        self.gate = Gate()
        self.asked = []
        self.answered = 0
        monkeypatch.setattr(calling, "call", self._call)

    async def _call(self, definition, values, secrets, *, key, caller, allow_private):
        self.asked.append((definition.name, values, dict(secrets), key))
        await self.gate.passed()
        self.answered += 1
        return "on its way"


@pytest.fixture
def server(monkeypatch) -> Server:
    return Server(monkeypatch)


class Process:
    """What a runtime does for the tools of a call."""

    def __init__(self) -> None:
        self.tasks = set()

    async def write(self, service, /, *args, **kwargs):
        return service(*args, **kwargs)

    async def finish(self, work, /):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        return await asyncio.shield(task)


def tasks_of(definition, process, tasks, emitted) -> ToolTasks:
    services = Services(
        7,
        org_id="0rg",
        call_sid="CA1",
        language=lambda: "en",
        write=process.write,
        finish=process.finish,
        put_through=None,  # no tool here puts the caller through
        play=None,
    )
    context = ToolContext("0rg", "a9ent", "CA1", services=services, own=(definition,))
    return ToolTasks(context, tasks=tasks, emit=emitted.append)


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    """The secrets that there are for the host."""
    found = {"shop": "s3cret"}

    def opened(org_id, names, *, host):
        assert (org_id, set(names), host) == ("0rg", {"shop"}, "api.example.com")
        return found

    monkeypatch.setattr(host_secrets, "opened", opened)
    return found


@pytest.mark.parametrize("writes", [False, True])
async def test_the_request_has_its_secrets_and_the_key_of_its_run(server, writes):
    emitted, definition = [], replace(FIND, writes=writes)
    async with CallTasks() as tasks:
        tasks_of(definition, Process(), tasks, emitted).start("r1", CALL)
        await server.gate.reached()
        server.gate.open()
        await settle()
        tasks.cancel()
    assert server.asked == [("find_order", {"order_id": "7"}, {"shop": "s3cret"}, "CA1:call00001")]
    assert [(each.call_id, each.text) for each in emitted] == [("call00001", "on its way")]


@pytest.mark.parametrize(("writes", "answered"), [(False, 0), (True, 1)])
async def test_an_interruption_cancels_only_tools_that_read(server, writes, answered):
    emitted, definition = [], replace(FIND, writes=writes)
    async with CallTasks() as tasks:
        started = tasks_of(definition, Process(), tasks, emitted)
        started.start("r1", CALL)
        await server.gate.reached()
        started.cancel("r1")
        await settle()
        server.gate.open()
        await settle()
        tasks.cancel()
    assert (server.answered, len(emitted)) == (answered, answered)


@pytest.mark.parametrize(("writes", "answered"), [(False, 0), (True, 1)])
async def test_a_tool_that_writes_completes_after_a_hang_up(server, writes, answered):
    process = Process()
    async with CallTasks() as tasks:
        tasks_of(replace(FIND, writes=writes), process, tasks, []).start("r1", CALL)
        await server.gate.reached()
        tasks.cancel()
    server.gate.open()
    await asyncio.gather(*process.tasks)
    assert server.answered == answered
    assert len(server.asked) == 1
