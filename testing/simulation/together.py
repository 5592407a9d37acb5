"""Many schedules of all scenarios, shared out to processes, one a core.

Each process runs every n-th number of each scenario, so a seed means the same schedules whatever
the number of processes. Scenarios take turns in proportion: what is left takes as long as what was.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import merge
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any, Final

from testing.simulation.choices import Choices
from testing.simulation.explore import Figures, ScheduleFailed, attempt
from testing.simulation.scenarios import SCENARIOS, SHARES

TOLD_EVERY: Final = 2.0  # seconds, by each process
AllFigures = dict[str, Figures]  # by scenario


class Failed(Exception):
    """A schedule failed in one of the processes; what `ScheduleFailed` says."""


def shared_out(names: tuple[str, ...], schedules: int) -> dict[str, int]:
    """How many schedules of each of these scenarios."""
    shares = sum(SHARES[name] for name in names)
    return {name: max(1, schedules * SHARES[name] // shares) for name in names}


def explore_together(
    wanted: Mapping[str, int],
    *,
    seed: str,
    processes: int,
    after: float = 0.0,
    progress: Callable[[AllFigures], None] = lambda _: None,
) -> AllFigures:
    """Run them all. after: a share, 0 to 1, of the first that are left out. progress: called now
    and then. Raises Failed.

    Forked processes go on with the parent's database, which is theirs alone from there on: it is in
    memory, and a fork copies that.
    """
    forked = get_context("fork")
    parts: dict[Connection, AllFigures] = {}
    workers = []
    for number in range(processes):
        ours, theirs = forked.Pipe(duplex=False)
        share = list(part_of(wanted, number, processes, after=after))
        work = forked.Process(target=_work, args=(ours, theirs, seed, share))
        work.start()
        theirs.close()
        workers.append(work)
        parts[ours] = {}
    left = set(parts)
    try:
        while left:
            for ready in wait(left):
                assert isinstance(ready, Connection)  # nosec B101
                _take(ready, parts, left)
            progress(_sums(parts.values()))
    finally:
        for work in workers:
            if left:
                work.kill()
            work.join()
    return _sums(parts.values())


def _take(pipe: Connection, parts: dict[Connection, AllFigures], left: set[Connection]) -> None:
    try:
        told = pipe.recv()
    except EOFError as error:
        raise Failed("a process of the simulation died") from error
    if isinstance(told, str):
        raise Failed(told)
    if told is None:
        left.discard(pipe)
    else:
        parts[pipe] = told


def _sums(parts: Any) -> AllFigures:
    sums: AllFigures = {}
    for part in parts:
        for name, figures in part.items():
            sums[name] = sums.get(name, Figures()) + figures
    return sums


# --- in a process ---------------------------------------------------------------------------------


def _work(
    ours: Connection,
    pipe: Connection,
    seed: str,
    share: Sequence[tuple[str, int]],
) -> None:
    """share: what this process runs, as of `part_of`."""
    ours.close()  # else this process would not notice that its parent has died
    figures: AllFigures = {name: Figures() for name, _ in share}
    told_at = monotonic()
    try:
        for name, at in share:
            attempt(name, SCENARIOS[name], Choices(seed=f"{seed}:{at}"), figures[name])
            if monotonic() - told_at >= TOLD_EVERY:
                told_at = monotonic()
                pipe.send(figures)
        pipe.send(figures)
        pipe.send(None)
    except ScheduleFailed as failure:
        pipe.send(str(failure))
    except BrokenPipeError:
        pass  # the parent has died
    os._exit(0)  # the database is the parent's to be tidied up


def part_of(
    wanted: Mapping[str, int], number: int, processes: int, *, after: float = 0.0
) -> Iterator[tuple[str, int]]:
    """The schedules of one process: the scenarios mixed, in proportion. after: as above."""

    def lane(name: str, count: int) -> Iterator[tuple[float, str, int]]:
        return (((at + 0.5) / count, name, at) for at in range(number, count, processes))

    for place, name, at in merge(*(lane(name, count) for name, count in wanted.items())):
        if place >= after:
            yield name, at
