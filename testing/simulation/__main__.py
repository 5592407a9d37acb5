"""Simulate for long: `python -m testing.simulation --schedules 100000`; or have one run again."""

import argparse
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from time import monotonic

# A database of its own, in memory: before the settings are read.
import testing.environment  # noqa: F401

PROGRESS_SECONDS = 10.0
NAMES = (
    "call",
    "errands",
    "takeover",
    "slots",
    "outbox",
    "transfer",
)  # as `scenarios`, which needs the settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and print the figures; 1 when a schedule fails."""
    given = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")
    import django

    django.setup()
    from testing.simulation.scenarios import NEEDS_DATABASE, replay
    from testing.simulation.together import Failed

    needed = {given.replay.partition(":")[0]} if given.replay else set(given.only)
    with _quiet(), _database(is_needed=bool(needed & NEEDS_DATABASE)):
        try:
            if given.replay:
                _say(replay(given.replay))
            else:
                _explore(given)
        except Failed as failure:
            _say(f"seed {given.seed}: {failure}")
            return 1
        except AssertionError as failure:
            _say(f"{given.replay} fails: {failure}")
            return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m testing.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1_000, help="how many in all")
    parser.add_argument(
        "--after", type=int, default=0, metavar="N", help="leave out the first N, run before"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="one a core")
    parser.add_argument("--seed", default=token_hex(4), help="draw the same again")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="SCENARIO")
    parser.add_argument("--replay", default="", metavar="TOKEN", help="have one run again")
    return parser


def _explore(given: argparse.Namespace) -> None:
    from testing.simulation.together import AllFigures, explore_together, shared_out

    wanted = shared_out(tuple(given.only), given.schedules)
    after = min(1.0, given.after / given.schedules)
    total = round(sum(wanted.values()) * (1 - after))
    began = told_at = monotonic()
    _say(f"seed {given.seed}, {total:,} schedules in {given.processes} processes")

    def progress(all_figures: AllFigures) -> None:
        nonlocal told_at
        done = sum(each.runs for each in all_figures.values())
        if done and monotonic() - told_at >= PROGRESS_SECONDS:
            told_at = monotonic()
            left = (told_at - began) * (total - done) / done
            _say(f"{done:,} of {total:,}, about {_minutes(left)} left")

    found = explore_together(
        wanted, seed=given.seed, processes=given.processes, after=after, progress=progress
    )
    for name, figures in found.items():
        each = figures.cpu * 1000 / figures.runs
        _say(
            f"{name}: {figures.runs:,} schedules, {figures.choices:,} choices, "
            f"{figures.cpu:.1f} s of CPU ({each:.1f} ms each), nothing wrong"
        )
        for outcome, times in Counter(figures.outcomes).most_common():
            _say(f"    {times:>8,}  {outcome}")
    cpu = sum(figures.cpu for figures in found.values())
    _say(f"{cpu:.1f} s of CPU in {_minutes(monotonic() - began)}")


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def _quiet() -> Iterator[None]:
    """Calls log what goes wrong, and here much does."""
    import structlog

    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield


@contextmanager
def _database(*, is_needed: bool) -> Iterator[None]:
    if not is_needed:
        yield
        return
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
