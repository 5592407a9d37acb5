"""How many ended calls are settled in a second, and with how many statements.

`python -m benchmarks.settlement`: on a PostgreSQL of its own, thrown away afterwards (its
disk is not waited for), with two worker processes; on SQLite with one where PostgreSQL is
not installed. Calls are ended with metered usage on five components, then settled.
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
from typing import TYPE_CHECKING, Any, Final

from benchmarks import machine, results_file

if TYPE_CHECKING:
    from usage.tests.scene import Scene

CALLS: Final = 400


def run(calls: int = CALLS) -> dict[str, Any]:
    """Calls a second, statements a call, for as many processes as the database bears."""
    began = machine.facts()
    with _database() as (vendor, url):
        environment = {**os.environ, "TEST_DATABASE_URL": url}
        made = json.loads(_child(environment, "--make", str(calls)).communicate()[0])
        workers = 2 if vendor == "postgresql" else 1
        children = [_child(environment, "--settle", f"{n}/{workers}") for n in range(workers)]
        for child in children:
            child.stdout.readline()  # it has found its share
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        done = [json.loads(child.communicate()[0]) for child in children]
    settled = sum(part["settled"] for part in done)
    seconds = max(part["ended"] for part in done) - min(part["began"] for part in done)
    result = {
        "database": vendor,
        "workers": workers,
        "calls": settled,
        "settled_per_second": round(settled / seconds, 1),
        "statements": made["statements"] | {"settle": done[0]["statements"]},
        "cpu_ms_per_call": round(sum(part["cpu"] for part in done) / settled * 1000, 2),
    }
    results_file.write("settlement", result, began=began)
    return result


@contextlib.contextmanager
def _database() -> Iterator[tuple[str, str]]:
    from tests import servers

    if servers.program("postgres") and servers.program("initdb"):
        with servers.PostgreSQL() as postgres:
            yield "postgresql", postgres.url
        return
    with tempfile.TemporaryDirectory() as directory:
        yield "sqlite", f"sqlite:///{directory}/settlement.sqlite3"


def _child(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.settlement", *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a log line for each call
        text=True,
    )


def _make(count: int) -> dict[str, Any]:
    """End `count` calls as live calls do; how many statements each step of one takes."""
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from usage.models import Quota
    from usage.tests.scene import Scene

    call_command("migrate", verbosity=0)
    scene = Scene()
    Quota.objects.create(org=scene.org, concurrent_calls=count + 1)
    statements = {}
    for name, step in steps(scene):
        with CaptureQueriesContext(connection) as captured:
            step()
        statements[name] = len(captured)
    for _ in range(count - 1):
        for _, step in steps(scene):
            step()
    connection.close()
    return {"statements": statements}


def steps(scene: "Scene") -> Iterator[tuple[str, Callable[[], object]]]:
    """What a call of two turns writes, in order: (name, step)."""
    from usage import calls, settlement
    from usage.tests.scene import NOW

    call: Any = None

    def ring() -> None:
        nonlocal call
        call = scene.rings()

    turn = {
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
    yield "turn", lambda: calls.save_turn(call.pk, number=1, role="agent", **turn)
    yield "next turn", lambda: calls.save_turn(call.pk, number=2, role="caller", **turn)
    yield (
        "usage",
        lambda: calls.save_usage(call.pk, sequence=1, is_final=True, now=NOW, **used),
    )
    yield "end", lambda: settlement.finalize(call.pk, reason="stop", now=NOW)


def _settle(share: str) -> dict[str, Any]:
    """Settle this worker's share ("0/2": the even ones) as the Celery task does."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from usage import settlement
    from usage.models import Call
    from usage.tests.scene import NOW

    part, _, parts = share.partition("/")
    waiting = list(Call.objects.filter(settled_at=None).order_by("pk").values_list("pk", flat=True))
    mine = waiting[int(part) :: int(parts)]
    with CaptureQueriesContext(connection) as captured:
        settlement.settle(mine[0], now=NOW)
    print("ready", flush=True)
    sys.stdin.readline()
    began, cpu = time.time(), time.process_time()
    settled = sum(settlement.settle(call_id, now=NOW) for call_id in mine[1:])
    found = {"settled": settled, "began": began, "ended": time.time()}
    connection.close()
    return found | {"cpu": time.process_time() - cpu, "statements": len(captured)}


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
        f"{result['workers']} workers; statements {result['statements']}"
    )


if __name__ == "__main__":
    main()
