"""Computes the figures of a period from sums, and medians from histograms. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WAITS: Final = (300, 450, 600, 750, 900, 1100, 1400, 1800, 2500, 4000)  # milliseconds
LONGEST_WAIT: Final = 6_000  # what the last column is taken to end with
LONGEST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Days":
        """As many days, just before these."""
        return Days(self.first - timedelta(days=len(self)), self.first - timedelta(days=1))

    def each(self) -> list[date]:
        """Every day, oldest first."""
        return [self.first + timedelta(days=number) for number in range(len(self))]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of calls. seconds: total duration from the first audio to the end.

    median_ms: the median response time, approximated by a histogram. None if none was measured.
    """

    calls: int = 0
    seconds: int = 0
    answered: int = 0
    message: int = 0
    transferred: int = 0
    not_helped: int = 0
    abandoned: int = 0
    messages: int = 0
    interruptions: int = 0
    median_ms: int | None = None

    @property
    def minutes(self) -> int:
        """Minutes of conversation, rounded."""
        return round(self.seconds / 60)

    @property
    def contained(self) -> int | None:
        """Percent of callers, without those who hung up early, whom the agent helped alone.

        Neither transferred, nor with a message, nor without help. None if there were none.
        """
        stayed = self.calls - self.abandoned
        return round(100 * self.answered / stayed) if stayed > 0 else None

    @property
    def seconds_a_call(self) -> int:
        """The mean length of a call."""
        return round(self.seconds / self.calls) if self.calls else 0


def figures_in(row: Mapping[str, int | None]) -> Figures:
    """The figures of a row of sums, by column."""
    names = (name for name in Figures.__dataclass_fields__ if name != "median_ms")
    waits = [int(row[column] or 0) for column in wait_columns()]
    return Figures(**{name: int(row[name] or 0) for name in names}, median_ms=median_of(waits))


def wait_columns() -> list[str]:
    """The columns of the histogram, shortest waits first."""
    return [*(f"wait_{edge}" for edge in WAITS), "wait_longer"]


def median_of(counts: Sequence[int]) -> int | None:
    """The median of a histogram over `WAITS`, evenly spread within a column, to 10 ms."""
    total = sum(counts)
    if total <= 0:
        return None
    below, edges = 0, (0, *WAITS, LONGEST_WAIT)
    for count, begin, end in zip(counts, edges, edges[1:], strict=False):
        if count > 0 and 2 * (below + count) >= total:
            share = (total / 2 - below) / count
            return round((begin + share * (end - begin)) / 10) * 10
        below += count
    return LONGEST_WAIT


def change_in_percent(now: int, before: int) -> int | None:
    """By how many percent a figure changed; None where there was nothing before."""
    return round(100 * (now - before) / before) if before else None
