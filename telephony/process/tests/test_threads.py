"""Every thread and task that the code can start is declared, and the documentation lists them."""

import ast
import asyncio
import re
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from agents.engines import pool
from telephony.process.recordings import audio_upload
from telephony.process.runtime import SETUP_THREADS
from telephony.process.threads import TASKS, THREADS, table
from telephony.webhooks import asgi
from testing.calls.served import media_process
from voicex.threads import FILE_THREADS, PAGE_THREADS

ROOT = Path(__file__).parents[3]
ROOMS = ("accounts", "agents", "usage", "telephony", "dashboard", "voicex")
# Of a machine that is not a server: the simulated phone, and commands.
ELSEWHERE = ("tests", "simulator", "management")
NAMED_BY = {
    "Thread": "name",
    "ThreadPoolExecutor": "thread_name_prefix",
    "DatabaseThreads": "name",
    "SideWork": "name",
    "create_task": "name",
    "_begin": "name",  # of the runtime, which starts what it is given
}
STARTS = re.compile(rf"\b(?:{'|'.join(NAMED_BY)})\(")


def started() -> Iterator[tuple[str, str, str]]:
    """Where a thread or task is started, by which function, and its name."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not set(path.relative_to(ROOT).parts) & set(ELSEWHERE):
                yield from started_in(path)


def started_in(path: Path) -> Iterator[tuple[str, str, str]]:
    source = path.read_text()
    if not STARTS.search(source):  # parsing every file takes two seconds
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "attr", getattr(node.func, "id", ""))
        names = [word.value for word in node.keywords if word.arg == NAMED_BY.get(function)]
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        if names and (name := written(names[0])):
            yield where, function, name
        elif function in set(NAMED_BY) - {"_begin"} and not names:
            has_options = any(word.arg is None for word in node.keywords)  # passes the name on
            if not has_options:
                yield where, function, ""


def written(name: ast.expr) -> str:
    """The name as declared; "" for one that is passed on."""
    if isinstance(name, ast.Constant):
        return str(name.value)
    if isinstance(name, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "*" for part in name.values
        )
    return ""


@cache
def all_started() -> list[tuple[str, str, str]]:
    """All of `started`: every module of ours is read once, and only where these tests run."""
    return list(started())


def test_every_thread_and_every_task_has_a_name():
    assert [where for where, _, name in all_started() if not name] == []


@pytest.mark.parametrize(
    ("functions", "declared"),
    [
        ({"Thread", "ThreadPoolExecutor", "DatabaseThreads", "SideWork"}, THREADS),
        ({"create_task", "_begin"}, TASKS),
    ],
    ids=["threads", "tasks"],
)
def test_what_is_started_is_declared_and_the_other_way_round(functions, declared):
    found = {
        name: where for where, function, name in all_started() if function in functions and name
    }
    names = [each.name for each in declared]
    assert sorted(names) == sorted(set(names))
    undeclared = {name: where for name, where in found.items() if name not in names}
    assert undeclared == {}, "declare them in telephony/process/threads.py"
    assert set(names) - set(found) == set(), "nothing starts these any more"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("call-setup", SETUP_THREADS),
        ("recordings-*", audio_upload.THREADS),
        ("page-sockets", PAGE_THREADS),
        ("page-files", FILE_THREADS),
        ("speech", pool.WORKERS),
        ("carrier-webhooks", asgi.THREADS),
    ],
)
def test_as_many_are_declared_as_there_are(name, count):
    [declared] = [thread for thread in THREADS if thread.name == name]
    assert declared.count.split()[0] == str(count)


def test_the_documented_lists_are_the_declared_ones():
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert table() in text, f"docs/architecture.md is to hold:\n\n{table()}"


def test_a_process_runs_no_thread_that_is_not_declared(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    before = set(threading.enumerate())
    with media_process() as runtime:
        runtime.recorder.submit(lambda: None)
        asyncio.run(runtime.setup_threads.run(lambda: None))
        names = {thread.name for thread in set(threading.enumerate()) - before}
    declared = tuple(thread.name.rstrip("*") for thread in THREADS)
    assert names
    assert [name for name in names if not name.startswith(declared)] == []
