"""Calls are settled while the workers are killed: `python -m benchmarks.settled_under_kills`.

On a PostgreSQL of its own. Calls are ended with metered usage; two processes settle them, each
killed with SIGKILL after a moment by chance and started anew, until all are settled. Then every
call that ended has lines, all cost the same, and the nightly proof (`usage.billing.proof`), which
recomputes all of it from facts and price books, finds nothing.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from typing import Any, Final

import psycopg

import testing.environment  # noqa: F401  children need its secrets
from benchmarks.settlement import LEFT, child, prepared
from testing.services.servers import PostgreSQL

CALLS: Final = 50_000
WORKERS: Final = 2
MADE: Final = 50  # by the services; the others are copies of them
LIVES_SECONDS: Final = (0.2, 4.0)
MOST_SECONDS: Final = 1_800
COPIED: Final = ("usage_call", "usage_usagefact", "usage_outbox")  # in the order of their keys
APART: Final = 1_000_000  # between the ids of a row and its next copy
# What is unique in a call beside its id, and so is another one's in a copy.
UNIQUE: Final = {
    "call_sid": "'CA' || md5(call_sid || '{copy}')",
    "ticket_id": "md5(ticket_id || '{copy}')",
}


def run(calls: int = CALLS, *, seed: int = 1) -> dict[str, Any]:
    """Settle so many calls under kills; the totals. seed: of when workers are killed."""
    with PostgreSQL() as server:
        environment = {**os.environ, "TEST_DATABASE_URL": server.url}
        prepared(environment, MADE)
        with psycopg.connect(server.url, autocommit=True) as database:
            _copy(database, calls // MADE - 1)
            ended = _count(database, "ended_at IS NOT NULL")
            began = time.monotonic()
            kills = _settle_under_kills(database, environment, random.Random(seed))
            seconds = time.monotonic() - began
            [settled, total, most, least] = _totals(database)
            slots = _count(database, "ended_at IS NULL")
        proof = subprocess.run(
            [sys.executable, "-m", "benchmarks.settled_under_kills", "--prove"],
            env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
    proven = json.loads(proof.stdout.splitlines()[-1])
    is_whole = settled == ended == proven["calls"] and not proven["faults"]
    return {
        "calls": ended,
        "settled": settled,
        "slots": slots,
        "kills": kills,
        "seconds": round(seconds, 1),
        "total_micros": total,
        "each_micros": [least, most],
        "is_exact": is_whole and least == most,
        "proof": proven,
    }


def _count(database: "psycopg.Connection[Any]", which: str) -> int:
    row = database.execute(f"SELECT count(*) FROM usage_call WHERE {which}").fetchone()
    assert row is not None
    return int(row[0])


def _copy(database: "psycopg.Connection[Any]", copies: int) -> None:
    """Copy what waits for its settlement `copies` times, under other ids."""
    for copy in range(1, copies + 1):
        for table in COPIED:
            names = _columns(database, table)
            values = [_value(table, name, copy) for name in names]
            which = "id" if table == "usage_call" else "call_id"
            database.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table}"
                f" WHERE {which} < {APART} AND {which} IN"
                f" (SELECT call_id FROM usage_outbox WHERE done_at IS NULL AND kind = 'settle_call'"
                f" AND call_id < {APART})"
            )


def _columns(database: "psycopg.Connection[Any]", table: str) -> list[str]:
    found = database.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER'",
        (table,),
    )
    return [name for (name,) in found]


def _value(table: str, name: str, copy: int) -> str:
    if name in ("id", "call_id"):
        return f"{name} + {copy * APART}"
    if table == "usage_call" and name in UNIQUE:
        return UNIQUE[name].format(copy=copy)
    return f'"{name}"'


def _settle_under_kills(
    database: "psycopg.Connection[Any]", environment: dict[str, str], chance: random.Random
) -> int:
    """Until nothing waits; how many workers were killed."""
    kills = 0
    workers: dict[int, subprocess.Popen[str]] = {}
    until: dict[int, float] = {}
    ends_at = time.monotonic() + MOST_SECONDS
    while database.execute(LEFT).fetchone() != (0,):
        assert time.monotonic() < ends_at, "calls were left unsettled"
        for number in range(WORKERS):
            worker = workers.get(number)
            if worker is not None and worker.poll() is None and time.monotonic() >= until[number]:
                worker.kill()
                worker.wait()
                kills += 1
            if worker is None or worker.poll() is not None:
                workers[number] = _started(environment, number)
                until[number] = time.monotonic() + chance.uniform(*LIVES_SECONDS)
        time.sleep(0.02)
    for worker in workers.values():
        worker.kill()
        worker.wait()
    return kills


def _started(environment: dict[str, str], number: int) -> "subprocess.Popen[str]":
    """A worker that has found its share and begun."""
    worker = child(environment, "--settle", f"{number}/{WORKERS}")
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdout.readline()
    worker.stdin.write("go\n")
    worker.stdin.flush()
    return worker


def _totals(database: "psycopg.Connection[Any]") -> list[int]:
    """Of calls with lines: how many, the sum of all, the dearest and the cheapest."""
    row = database.execute(
        "SELECT count(*), sum(total), max(total), min(total) FROM (SELECT call_id,"
        " sum(amount_micros) AS total FROM usage_ledgerentry GROUP BY call_id) AS each_call"
    ).fetchone()
    assert row is not None
    return [int(value) for value in row]


def _prove() -> dict[str, Any]:
    from testing.scene import NOW
    from usage.billing import proof

    found = proof.prove(now=NOW)
    return {"calls": found.calls, "faults": found.faults}


def main() -> None:
    """Settle, and print what came of it; with an option of its own, be its child."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--prove", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prove:
        from benchmarks import django_ready  # noqa: F401

        print(json.dumps(_prove()))
        return
    print(json.dumps(run(options.calls, seed=options.seed)))


if __name__ == "__main__":
    main()
