"""PostgreSQL or Redis is away, or empty, while calls are on the line, end and come."""

import atexit
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import redis

from benchmarks.outages.processes import run_fronted, scene
from benchmarks.outages.scene import (
    Found,
    Met,
    Scene,
    answered_ms,
    calls_under,
    charged,
    is_as_ever,
    is_declined_in_words,
)
from testing.services.pair import Pair
from testing.services.servers import ROOT, PostgreSQL, Redis, Server
from testing.services.service import environment, migrate

AWAY_SECONDS: Final = 60.0
REDIS_SECONDS: Final = 25.0


@cache
def cluster() -> Path:
    """A migrated PostgreSQL that all begin with: migrating takes long. Not for two threads."""
    directory = Path(tempfile.mkdtemp(prefix="voicex-cluster-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    with PostgreSQL() as server:
        variables = environment(directory, 8000, DATABASE_URL=server.url)
        migrate(directory, variables, is_elsewhere=True)
        server.keep(directory / "data")
    return directory / "data"


@contextmanager
def served(
    directory: Path, *, tool_url: str = "", **settings: str
) -> Iterator[tuple[Scene, Pair, PostgreSQL, Redis]]:
    """Two media processes and a worker with its schedule, on a PostgreSQL and a Redis."""
    with ExitStack() as stack:
        postgresql = stack.enter_context(PostgreSQL(cluster=cluster()))
        store = stack.enter_context(Redis(directory))
        settings |= {"DATABASE_URL": postgresql.url, "REDIS_URL": store.url}
        here, both = stack.enter_context(scene(directory, tool_url=tool_url, **settings))
        worker = Server(
            "worker",
            [
                *(sys.executable, "-m", "celery", "--quiet", "--app", "voicex", "worker", "--beat"),
                *("--schedule", str(directory / "schedule"), "--concurrency", "1"),
                *("--without-mingle", "--without-gossip"),
            ],
            log=directory / "worker.log",
            cwd=ROOT,
            env={**both.variables, "DATABASE_POOL_SIZE": "0"},
        )
        stack.callback(worker.stop)
        yield here, both, postgresql, store


@contextmanager
def _on_postgresql(directory: Path) -> Iterator[tuple[Scene, Pair, PostgreSQL]]:
    with (
        PostgreSQL(cluster=cluster()) as server,
        scene(directory, DATABASE_URL=server.url) as (here, both),
    ):
        yield here, both, server


def postgresql_stopped(directory: Path, seconds: float = AWAY_SECONDS) -> list[Found]:
    """PostgreSQL is stopped, and starts again."""
    with _on_postgresql(directory) as (here, both, server):
        fault = f"PostgreSQL stopped for {seconds:g} s"
        return _without_postgresql(fault, here, both, server.stop, server.start, seconds)


def postgresql_frozen(directory: Path, seconds: float = AWAY_SECONDS) -> list[Found]:
    """PostgreSQL refuses nothing and answers nothing."""
    with _on_postgresql(directory) as (here, both, server):
        fault = f"PostgreSQL frozen for {seconds:g} s"
        return _without_postgresql(fault, here, both, server.freeze, server.thaw, seconds)


def redis_flushed(directory: Path, seconds: float = REDIS_SECONDS) -> list[Found]:
    """All keys of Redis are deleted, at the beginning and at the end."""
    with served(directory) as (here, both, _postgresql, store):

        def flush() -> None:
            with redis.Redis.from_url(store.url) as client:
                client.flushall()

        met = run_fronted(both, lambda: calls_under(here, flush, flush, seconds=seconds))
        return rows("Redis flushed (FLUSHALL), twice", here, met)


def redis_restarted(directory: Path, seconds: float = REDIS_SECONDS) -> list[Found]:
    """Redis is killed, and is back after `seconds`, empty."""
    with served(directory) as (here, both, _postgresql, store):

        def begin() -> None:
            store.kill()

        met = run_fronted(both, lambda: calls_under(here, begin, store.start, seconds=seconds))
        return rows(f"Redis killed, and back after {seconds:g} s, empty", here, met)


def rows(fault: str, here: Scene, met: Met) -> list[Found]:
    """What those met of whom nobody should notice anything."""
    kept = charged(here.ask, [*met.live, *met.ending, *met.new])
    ready = "" if met.ready == 200 else f"; /readyz said {met.ready}"
    return [
        _row(f"{fault}: on the line", met.live, is_as_ever, "noticed nothing", kept.slots),
        _row(f"{fault}: calls that end", met.ending, is_as_ever, kept.words(), kept.slots),
        _row(f"{fault}: new callers", met.new, is_as_ever, f"answered{ready}", kept.slots),
    ]


def declined_rows(
    fault: str, here: Scene, met: Met, *, is_ready_expected: bool, may_answer: bool = False
) -> list[Found]:
    """What callers met while no new call could be taken, or, if `may_answer`, not all could."""
    answered = [each for each in met.new if may_answer and is_as_ever(each)]
    kept = charged(here.ask, [*met.live, *met.ending, *answered])
    written = int(here.ask(_WRITTEN))
    slowest = max((answered_ms(each) for each in met.new), default=0.0) / 1000
    words = f"words, the slowest after {slowest:.1f} s; {written} written down afterwards"
    if answered:
        words = f"{len(answered)} were answered; the others {words}"
    if (met.ready == 200) != is_ready_expected:
        words += f"; /readyz said {met.ready}"
    return [
        _row(f"{fault}: on the line", met.live, is_as_ever, "noticed nothing", kept.slots),
        _row(f"{fault}: calls that end", met.ending, is_as_ever, kept.words(), kept.slots),
        _row(
            f"{fault}: new callers",
            met.new,
            lambda each: is_declined_in_words(each) or each in answered,
            words,
            kept.slots,
        ),
    ]


def _without_postgresql(
    fault: str,
    here: Scene,
    both: Pair,
    begin: Callable[[], None],
    end: Callable[[], None],
    seconds: float,
) -> list[Found]:
    met = run_fronted(both, lambda: calls_under(here, begin, end, seconds=seconds))
    return declined_rows(fault, here, met, is_ready_expected=False)


def _row(
    fault: str, results: list[Any], is_good: Callable[[Any], bool], met: str, slots: int
) -> Found:
    return Found(fault, len(results), sum(map(is_good, results)), met, slots)


_WRITTEN: Final = """
from usage.models import WebhookAttempt
print(WebhookAttempt.objects.filter(reason="database_away").count())
"""
