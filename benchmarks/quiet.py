"""Repeats a run that other programs disturbed.

A rented machine loses whole seconds to its neighbours, and nothing that is measured in them
says anything about the server. Which run counts is decided by that loss alone, never by what
the run measured.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

Row = dict[str, Any]

ATTEMPTS: Final = 3
QUIET_SHARE: Final = 0.1  # of a core, used by others on average


async def quietest(measure: Callable[[], Awaitable[Row]]) -> Row:
    """The first undisturbed row of `measure`, else the least disturbed of three.

    A row has `neighbours` as of `machine.Watch`; `attempts` is added to it.
    """
    rows: list[Row] = []
    while len(rows) < ATTEMPTS and (not rows or noise(rows[-1]) > QUIET_SHARE):
        rows.append(await measure())
    best = min(rows, key=noise)
    return best | {"attempts": len(rows)}


def noise(row: Row) -> float:
    """The share of a core that others used beside the run, on the core where it was more."""
    return max((core["mean"] for core in row["neighbours"].values()), default=0.0)
