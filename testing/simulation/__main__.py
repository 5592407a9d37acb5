"""Simulate for long: `python -m testing.simulation --schedules 100000`; or have one run again."""

import argparse
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from time import monotonic, process_time

# A database of its own, in memory: before the settings are read.
import testing.environment  # noqa: F401

PROGRESS_SECONDS = 10.0
NAMES = ("call", "takeover", "slots", "outbox")  # as `scenarios`, which needs the settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and print the figures; 1 when a schedule fails."""
    given = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")
    import django

    django.setup()
    from testing.simulation.explore import ScheduleFailed
    from testing.simulation.scenarios import NEEDS_DATABASE, replay

    needed = {given.replay.partition(":")[0]} if given.replay else set(given.only)
    with _quiet(), _database(is_needed=bool(needed & NEEDS_DATABASE)):
        try:
            if given.replay:
                _say(replay(given.replay))
            else:
                _explore(given.only, given.schedules, given.seed)
        except ScheduleFailed as failure:
            _say(f"seed {given.seed}: {failure}")
            return 1
        except AssertionError as failure:
            _say(f"{given.replay} fails: {failure}")
            return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m testing.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=1_000, help="how many in all")
    parser.add_argument("--seed", default=token_hex(4), help="draw the same again")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="SCENARIO")
    parser.add_argument("--replay", default="", metavar="TOKEN", help="have one run again")
    return parser


def _explore(names: Sequence[str], schedules: int, seed: str) -> None:
    from testing.simulation.explore import Figures, explore
    from testing.simulation.scenarios import SCENARIOS, SHARES

    began, shares = process_time(), sum(SHARES[name] for name in names)
    _say(f"seed {seed}")
    for name in names:
        wanted = max(1, schedules * SHARES[name] // shares)
        told_at = monotonic()

        def progress(figures: Figures, name: str = name, wanted: int = wanted) -> None:
            nonlocal told_at
            if monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = monotonic()
                _say(f"{name}: {figures.runs:,} of {wanted:,}")

        figures = explore(name, SCENARIOS[name], schedules=wanted, seed=seed, progress=progress)
        each = figures.cpu * 1000 / figures.runs
        _say(
            f"{name}: {figures.runs:,} schedules, {figures.choices:,} choices, "
            f"{figures.cpu:.1f} s of CPU ({each:.1f} ms each), nothing wrong"
        )
        for outcome, times in Counter(figures.outcomes).most_common():
            _say(f"    {times:>8,}  {outcome}")
    _say(f"{process_time() - began:.1f} s of CPU in all")


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
