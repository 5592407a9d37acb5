"""How many ended calls are settled in a second, and with how many statements.

`python -m benchmarks.settlement`: on a PostgreSQL of its own, thrown away afterwards (its
disk is not waited for), with two processes; on SQLite with one where PostgreSQL is not
installed. Calls are ended with metered usage on five components, then settled: once by the
service that a task calls, each call with a hint of its own; and once through a real Celery worker
of two processes and a Redis of its own, with the hints that the outbox sends for as many calls.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from celery import Celery

import testing.environment  # noqa: F401  the worker of the benchmark needs its secrets
from benchmarks import machine, results_file
from testing.services import servers
from usage.outbox.debounce import Debouncer

if TYPE_CHECKING:
    from testing.scene import Scene

CALLS: Final = 1_000
WORKERS: Final = 2
LEFT: Final = "SELECT count(*) FROM usage_outbox WHERE done_at IS NULL AND kind = 'settle_call'"


def run(calls: int = CALLS) -> dict[str, Any]:
    """Calls a second, statements a call, for as many processes as the database bears."""
    began = machine.facts()
    with _database() as (vendor, url):
        environment = {**os.environ, "TEST_DATABASE_URL": url}
        found = prepared(environment, calls)
        workers = WORKERS if vendor == "postgresql" else 1
        result = {
            "database": vendor,
            "workers": workers,
            "calls": calls,
            **_watched(partial(_in_processes, environment, found["calls"], workers)),
            "statements": found["statements"],
        }
    if vendor == "postgresql" and servers.program("redis-server"):
        with _database() as (_, url):
            found = prepared({**os.environ, "TEST_DATABASE_URL": url}, calls)
            result["through_celery"] = _watched(partial(_through_celery, url, found["calls"]))
    results_file.write("settlement", result, began=began)
    return result


def prepared(environment: dict[str, str], calls: int) -> dict[str, Any]:
    """So many ended calls in a new database: their ids, and the statements of one."""
    made: dict[str, Any] = json.loads(child(environment, "--make", str(calls)).communicate()[0])
    return made


def _watched(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `measure` found, and what the host took of the cores during it: all are in use."""
    with machine.HostWatch() as host:
        found = measure()
    return found | {"neighbours": host.neighbours()}


def _in_processes(environment: dict[str, str], calls: list[int], workers: int) -> dict[str, Any]:
    """The service, called for each hint, in `workers` processes of our own."""
    children = [child(environment, "--settle", f"{n}/{workers}") for n in range(workers)]
    for each in children:
        assert each.stdout is not None
        each.stdout.readline()  # it has found its share
    for each in children:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    done = [json.loads(each.communicate()[0]) for each in children]
    seconds = max(part["ended"] for part in done) - min(part["began"] for part in done)
    assert not any(part["left"] for part in done), "calls were left unsettled"
    return {
        "settled_per_second": round(len(calls) / seconds, 1),
        "cpu_ms_per_call": round(sum(part["cpu"] for part in done) / len(calls) * 1000, 2),
    }


def _through_celery(url: str, calls: list[int]) -> dict[str, Any]:
    """The tasks, as the outbox sends them, until a deployment's worker has taken every one."""
    with tempfile.TemporaryDirectory() as directory, servers.Redis(Path(directory)) as redis:
        sender = Celery(broker=redis.url, set_as_current=False)
        hints = Debouncer(lambda hint: sender.send_task("usage.tasks.settle_call", args=[hint]))
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": redis.url,
            "DATABASE_POOL_SIZE": "0",
        }
        command = [sys.executable, "-m", "celery", "--quiet", "--app", "voicex", "worker"]
        command += ["--concurrency", str(WORKERS), "--without-mingle", "--without-gossip"]
        log = Path(directory) / "worker.log"
        worker = servers.Server("worker", command, log=log, env=environment)
        with psycopg.connect(url, autocommit=True) as asked:
            try:
                worker.wait_until_ready(lambda: bool(sender.control.ping(timeout=1)), seconds=60)
                began, cpu = time.monotonic(), _cpu_seconds(worker.process.pid)
                for call_id in calls:
                    hints.send(call_id)
                while asked.execute(LEFT).fetchone() != (0,):
                    time.sleep(0.02)
                    assert time.monotonic() < began + 120, log.read_text()
                seconds = time.monotonic() - began
                cpu = _cpu_seconds(worker.process.pid) - cpu
            finally:
                worker.stop()
    return {
        "settled_per_second": round(len(calls) / seconds, 1),
        "cpu_ms_per_call": round(cpu / len(calls) * 1000, 2),
    }


def _cpu_seconds(pid: int) -> float:
    """What a process and its children have used; proc_pid_task(5) names the children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return machine.cpu_seconds(pid) + sum(_cpu_seconds(int(child)) for child in children)


@contextlib.contextmanager
def _database() -> Iterator[tuple[str, str]]:
    if servers.program("postgres") and servers.program("initdb"):
        with servers.PostgreSQL() as postgres:
            yield "postgresql", postgres.url
        return
    with tempfile.TemporaryDirectory() as directory:
        yield "sqlite", f"sqlite:///{directory}/settlement.sqlite3"


def child(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """This module in a process of its own, with pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.settlement", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a log line for each call
        text=True,
    )


def _make(count: int) -> dict[str, Any]:
    """End `count` calls as live calls do; their ids, and the statements of each step of one."""
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from testing.scene import NOW, Scene
    from usage.billing import settlement
    from usage.models import Call, Quota

    call_command("migrate", verbosity=0)
    scene = Scene()
    Quota.objects.create(org=scene.org, concurrent_calls=count + 2)
    statements = {}
    for name, step in steps(scene):
        with CaptureQueriesContext(connection) as captured:
            step()
        statements[name] = len(captured)
    call = Call.objects.get(settled_at=None)
    with CaptureQueriesContext(connection) as captured:
        settlement.settle(call.pk, now=NOW)
    statements["settle alone"] = len(captured)
    for _ in range(count):
        for _, step in steps(scene):
            step()
    waiting = list(Call.objects.filter(settled_at=None).values_list("pk", flat=True))
    connection.close()
    return {"statements": statements, "calls": waiting}


def steps(scene: "Scene") -> Iterator[tuple[str, Callable[[], object]]]:
    """What a call of two turns writes, in order: (name, step)."""
    from testing.scene import NOW
    from usage.billing import settlement
    from usage.records import calls, turns

    call: Any = None

    def ring() -> None:
        nonlocal call
        call = scene.rings()

    turn: dict[str, Any] = {
        "text": "We are open until six today.",
        "heard_text": "We are open until six today.",
        "interrupted": False,
        "started_ms": 0,
        "ended_ms": 1800,
        "latency_ms": {"sent": 600},
    }
    used = {
        "stream_ms": 61_000,
        "stt_ms": 9_000,
        "llm_tokens_in": 900,
        "llm_tokens_out": 120,
        "tts_characters": 480,
    }
    yield "webhook", ring
    yield "ticket", lambda: scene.redeems(call)
    yield "turn", lambda: turns.save_turn(call.pk, number=1, role="agent", **turn)
    yield "next turn", lambda: turns.save_turn(call.pk, number=2, role="caller", **turn)
    yield (
        "usage",
        lambda: calls.save_usage(call.pk, sequence=1, is_final=True, now=NOW, **used),
    )
    yield "end", lambda: settlement.finalize(call.pk, reason="stop", now=NOW)


def _settle(share: str) -> dict[str, Any]:
    """Take this process's share of the hints ("0/2": the even ones) as the Celery task does."""
    from django.db import connection

    from testing.scene import NOW
    from usage.billing import settlement
    from usage.models import Call, Outbox

    part, _, parts = share.partition("/")
    waiting = list(Call.objects.filter(settled_at=None).order_by("pk").values_list("pk", flat=True))
    hints = waiting[int(part) :: int(parts)]
    print("ready", flush=True)
    sys.stdin.readline()
    began, cpu = time.time(), time.process_time()
    for call_id in hints:
        settlement.settle_due(hint=call_id, now=NOW)
    found = {"began": began, "ended": time.time(), "cpu": time.process_time() - cpu}
    left = Outbox.objects.filter(kind=settlement.SETTLE, done_at=None, call__in=hints).count()
    connection.close()
    return found | {"left": left}


def main() -> None:
    """Measure and print; with an option of its own, be one of its child processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--settle", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make or options.settle:
        from benchmarks import django_ready  # noqa: F401

        print(json.dumps(_make(options.make) if options.make else _settle(options.settle)))
        return
    result = run(options.calls)
    print(
        f"{result['settled_per_second']} calls settled a second on {result['database']} with "
        f"{result['workers']} processes; through Celery {result.get('through_celery')}; "
        f"statements {result['statements']}"
    )


if __name__ == "__main__":
    main()
