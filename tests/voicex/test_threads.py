"""Services reach the database on threads, and in one way only."""

import ast
import asyncio
import threading
from contextvars import ContextVar
from pathlib import Path

import pytest

from telephony.webhooks.asgi import WebhookApplication
from voicex import threads
from voicex.database.write_order import is_serving_calls
from voicex.threads import (
    DatabaseThreads,
    beside_pages,
    on_database_thread,
    on_page_thread,
)

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("voicex", "accounts", "agents", "usage", "telephony", "dashboard")
# What takes care of a thread's connections, or leaves the loop for one, beside `voicex.threads`.
WAYS = frozenset(("close_old_connections", "sync_to_async"))
ALLOWED = {
    # Threads and processes that work through what comes, each on a connection that it keeps.
    ("telephony/process/record_writer.py", "close_old_connections"),
    ("telephony/webhooks/asgi.py", "close_old_connections"),
    ("voicex/celery.py", "close_old_connections"),
    # On the thread of the request itself, as Django's own code is.
    ("accounts/login/sessions.py", "sync_to_async"),
    ("accounts/members/streams.py", "sync_to_async"),
    ("dashboard/calls/callers.py", "sync_to_async"),
    ("dashboard/calls/index.py", "sync_to_async"),
    ("dashboard/money/ledger_files.py", "sync_to_async"),
    # A command, which has nothing else to do.
    ("telephony/management/commands/call.py", "sync_to_async"),
}

called_for: ContextVar[str] = ContextVar("called_for", default="")


@pytest.fixture
def steps(monkeypatch) -> list[str]:
    """What happened on the thread, in order."""
    found: list[str] = []
    monkeypatch.setattr(threads, "close_old_connections", lambda: found.append("close"))
    return found


async def test_a_service_has_connections_of_its_own_and_leaves_none(steps):
    await on_database_thread(steps.append, "service")
    assert steps == ["close", "service", "close"]


async def test_a_service_that_fails_leaves_none_either(steps):
    with pytest.raises(ZeroDivisionError):
        await on_database_thread(lambda: 1 // 0)
    assert steps == ["close", "close"]


async def test_a_service_runs_beside_the_loop_for_the_same_call(steps):
    called_for.set("CA1")
    ran_on, ran_for = await on_database_thread(lambda: (threading.get_ident(), called_for.get()))
    assert (ran_on != threading.get_ident(), ran_for) == (True, "CA1")


async def test_threads_of_ones_own_serve_with_arguments_and_the_callers_context(steps):
    own = DatabaseThreads(1, name="setup")
    called_for.set("CA2")

    def service(first: int, *, second: int) -> tuple[str, str, int]:
        return threading.current_thread().name, called_for.get(), first + second

    assert await own.run(service, 1, second=2) == ("setup_0", "CA2", 3)
    assert steps == ["close", "close"]
    own.shutdown()
    with pytest.raises(RuntimeError):
        await own.run(service, 1, second=2)


def test_no_other_module_has_a_way_of_its_own():
    found = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            name = str(file.relative_to(ROOT))
            if "tests" not in file.parts and name != "voicex/threads.py":
                found |= {(name, each) for each in ways_in(file.read_text())}
    assert found == ALLOWED


def ways_in(source: str) -> set[str]:
    """Which of WAYS the code of a module names."""
    if not any(each in source for each in WAYS):  # parsing every file takes a second
        return set()
    nodes = ast.walk(ast.parse(source))
    return {node.id for node in nodes if isinstance(node, ast.Name)} & WAYS


async def test_pages_wait_on_threads_of_their_own(steps):
    """The loop's default executor looks up names for calls: with a storage that hangs, six readers
    of recordings had all of its threads on two cores."""
    names = [await on_page_thread(lambda: threading.current_thread().name)]
    names.append(await beside_pages(lambda: threading.current_thread().name)())
    assert [name.rpartition("_")[0] for name in names] == ["page-sockets", "page-files"]
    assert steps == ["close", "close"]
    away = threading.Event()
    readers = [asyncio.ensure_future(beside_pages(away.wait)()) for _ in range(40)]
    admissions = [asyncio.ensure_future(on_page_thread(away.wait)) for _ in range(40)]
    try:
        async with asyncio.timeout(30):
            await asyncio.sleep(0)
            assert await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)
    finally:
        away.set()
        await asyncio.gather(*readers, *admissions)


async def test_threads_of_calls_write_before_others():
    executor = DatabaseThreads(1, name="test")
    assert await executor.run(is_serving_calls)
    executor.shutdown()
    assert WebhookApplication()._threads.submit(is_serving_calls).result(30)
    assert not await on_database_thread(is_serving_calls)
