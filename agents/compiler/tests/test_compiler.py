"""The process in which texts are read: bounded, poor, and replaced when it ends."""

import os
import sys
import threading

import pytest

from agents.compiler import process
from agents.compiler.process import Compiler
from voicex.errors import TaskFailed

# What no real task does, for the bounds to be seen.
TASKS = """
import os, signal, sys
from agents.compiler import child, tasks

def spin(given, reading):
    reading(given)
    while True:
        pass

def crash(given, reading):
    reading("facts")
    os._exit(7)

def starve(given, reading):
    return len("x" * given)

def modules(given, reading):
    return sorted(sys.modules)

def environment(given, reading):
    return dict(os.environ)

def write(given, reading):
    with open(given, "w") as file:
        file.write("x")

def fork(given, reading):
    return os.fork()

def pid(given, reading):
    return os.getpid()

def echo(given, reading):
    return given

def flood(given, reading):
    return "x" * given

def wait(given, reading):
    signal.pause()

mine = (wait, spin, crash, starve, modules, environment, write, fork, pid, echo, flood)
child.TASKS = {**tasks.TASKS, **{each.__name__: each for each in mine}}
"""


@pytest.fixture
def command(monkeypatch):
    *start, code, root = process._COMMAND
    begin, serve = code.rsplit("; ", 1)

    def with_(extra=""):
        lines = "\n".join((begin.replace("; ", "\n"), TASKS, extra, serve))
        monkeypatch.setattr(process, "_COMMAND", (*start, lines, root))

    with_()
    return with_


@pytest.fixture
def compiler(command):
    made = Compiler()
    yield made
    made.close()


def test_a_request_that_takes_too_much_time_ends_the_process_and_names_its_text(
    compiler, monkeypatch
):
    monkeypatch.setattr(process, "SECONDS", 3600)  # the kernel ends it, not we
    with pytest.raises(TaskFailed) as failed:
        compiler.ask("spin", "greeting")
    assert (failed.value.reason, failed.value.reading) == ("time", "greeting")


def test_a_process_that_only_waits_is_ended_by_the_clock(compiler, monkeypatch):
    compiler.ask("echo", 1)
    monkeypatch.setattr(process, "SECONDS", 0.05)
    with pytest.raises(TaskFailed) as failed:
        compiler.ask("wait", None)
    assert failed.value.reason == "time"


def test_after_a_process_has_ended_the_next_request_gets_another(compiler):
    first = compiler.ask("pid", None)
    with pytest.raises(TaskFailed) as failed:
        compiler.ask("crash", None)
    assert (failed.value.reason, failed.value.reading) == ("crash", "facts")
    assert compiler.ask("pid", None) != first


def test_a_request_gets_little_memory(compiler):
    assert compiler.ask("starve", 1024) == 1024
    with pytest.raises(TaskFailed) as failed:
        compiler.ask("starve", 512 * 1024 * 1024)
    assert failed.value.reason == "memory"


def test_the_process_knows_no_server_and_no_secret(compiler, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "a-secret-of-the-server")
    assert "a-secret-of-the-server" not in str(compiler.ask("environment", None))
    roots = {name.partition(".")[0] for name in compiler.ask("modules", None)}
    assert not roots & {"django", "voicex", "accounts", "usage", "telephony", "structlog", "numpy"}


def test_the_process_writes_no_file_and_begins_no_other(compiler, tmp_path):
    for task, given in (("write", str(tmp_path / "file")), ("fork", None)):
        if task == "fork" and os.getuid() == 0:
            continue  # the superuser's processes are not counted
        with pytest.raises(TaskFailed):
            compiler.ask(task, given)
    assert not (tmp_path / "file").exists() or not (tmp_path / "file").stat().st_size


def test_one_process_answers_many_requests_and_is_replaced_after_its_share(compiler, monkeypatch):
    monkeypatch.setattr(process, "JOBS", 3)
    pids = [compiler.ask("pid", None) for _ in range(6)]
    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4] == pids[5]


def test_a_process_without_work_leaves_and_the_next_request_is_answered(command):
    command("child.IDLE_SECONDS = 0")
    compiler = Compiler()
    try:
        assert compiler.ask("echo", 1) == 1
        compiler._child.wait(timeout=10)
        assert compiler.ask("echo", 2) == 2
    finally:
        compiler.close()


def test_an_answer_that_is_too_long_is_not_read(compiler, monkeypatch):
    monkeypatch.setattr(process, "MAX_ANSWER", 10_000)
    with pytest.raises(TaskFailed):
        compiler.ask("flood", 20_000)
    assert compiler.ask("echo", "well") == "well"


def test_each_thread_gets_its_own_answer(compiler):
    answers = {}

    def work(number):
        answers[number] = [compiler.ask("echo", [number, each]) for each in range(20)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: [[number, each] for each in range(20)] for number in range(4)}


def test_a_process_that_was_forked_off_uses_a_compiler_of_its_own():
    parents = process.compiler
    parents.ask("compile", SAID)
    child_of_parent = parents._child
    pid = os.fork()
    if pid == 0:
        os._exit(0 if process.compiler._child is None else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert parents._child is child_of_parent


SAID = {"greeting": "", "prompt": "", "facts": "", "settings": {}}


@pytest.mark.skipif(sys.platform != "linux", reason="the bounds are the kernel's")
@pytest.mark.parametrize(
    "facts",
    [
        "[" * 50_000,
        "[[" * 25_000,
        "[[a" * 12_000 + "]" * 10_000,
        "a" + "\t" * 49_997 + "b!",
        "topic: " * 7_000,
        "- * " * 12_000,
        "a:" * 25_000,
        "\x85" * 50_000,
    ],
)
def test_no_text_within_the_limits_takes_too_long(facts):
    for name in ("facts", "greeting"):
        said = SAID | {name: facts if name == "facts" else facts[:1_000]}
        assert process.compiler.ask("compile", said).keys() <= {"prepared", "problems"}
