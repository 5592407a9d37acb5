"""Geometry of the server-drawn plots. Pure: numbers in, rectangles out.

Every plot has a table with the same numbers. Coordinates are those of the SVG's viewBox, `WIDTH`
wide and `HEIGHT` high, with the origin at the top left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.engines.events import Stage

WIDTH: Final = 1000.0
HEIGHT: Final = 100.0
# The share of a column's slot that stays empty between it and the next.
_GAP: Final = 0.25
HEAT_LEVELS: Final = 5
_STEPS: Final = (2, 4, 10)  # ends of an axis, times a power of ten


@dataclass(frozen=True, slots=True)
class Column:
    """One vertical bar; `title` is its value as a text."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class StageBar:
    """One stage of an answer: when it was reached, and what it added to the wait.

    `reached_ms` counts from the end of the caller's speech; `own_ms` is the time after the latest
    earlier stage, and is 0 for a stage that ended before one.
    """

    stage: Stage
    name: str | Promise
    reached_ms: int
    own_ms: int
    x: float
    width: float


STAGE_NAMES: Final[Mapping[Stage, str | Promise]] = {
    Stage.ENDPOINT: _("End of turn"),
    Stage.STT: _("Speech-to-text"),
    Stage.LLM: _("Language model"),
    Stage.TTS: _("Text-to-speech"),
    Stage.SENT: _("Sent"),
    Stage.MARK: _("Heard"),
}


def columns(values: Sequence[int], titles: Sequence[str]) -> list[Column]:
    """Vertical bars for `values`, the highest as high as the plot; none without values."""
    return scaled_columns(values, titles, top=max(values, default=1))


def scaled_top(value: int) -> int:
    """The end of an axis for values up to `value`; its half is an integer: 2, 4, 10, 20, 40, ..."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power >= value:
                return step * power
        power *= 10


def scaled_columns(values: Sequence[int], titles: Sequence[str], *, top: int) -> list[Column]:
    """`columns` on an axis that ends at `top`, which must not be below the highest value."""
    slot = WIDTH / max(len(values), 1)
    return [
        Column(
            x=round(index * slot + slot * _GAP / 2, 2),
            y=round(HEIGHT - HEIGHT * value / max(top, 1), 2),
            width=round(slot * (1 - _GAP), 2),
            height=round(HEIGHT * value / max(top, 1), 2),
            title=title,
        )
        for index, (value, title) in enumerate(zip(values, titles, strict=True))
    ]


def heat_map(counts: Sequence[Sequence[int]]) -> list[tuple[int, list[tuple[int, int]]]]:
    """Each hour with the count of every weekday and its level: 0 for none, up to HEAT_LEVELS.

    counts: by weekday, then hour. The levels are shares of the highest count.
    """
    top = max((count for hours in counts for count in hours), default=0)
    return [
        (hour, [(hours[hour], _level(hours[hour], top)) for hours in counts])
        for hour in range(len(counts[0]) if counts else 0)
    ]


def _level(count: int, top: int) -> int:
    return -(-count * HEAT_LEVELS // top) if count > 0 else 0


def slowest(latencies: Iterable[Mapping[str, int]]) -> int:
    """The longest wait of a call in milliseconds: the common scale of its waterfalls."""
    return max((max(latency.values()) for latency in latencies if latency), default=0)


def waterfall(latency_ms: Mapping[str, int], *, scale_ms: int) -> list[StageBar]:
    """The stages of one answer in a row, on a scale that ends at `scale_ms`.

    `latency_ms` is `Turn.latency_ms`; unknown names are ignored.
    """
    bars = []
    reached_before = 0
    for stage in Stage:
        if stage not in latency_ms:
            continue
        reached = latency_ms[stage]
        own = max(reached - reached_before, 0)
        bars.append(
            StageBar(
                stage=stage,
                name=STAGE_NAMES[stage],
                reached_ms=reached,
                own_ms=own,
                x=round(WIDTH * reached_before / max(scale_ms, 1), 2),
                width=round(WIDTH * own / max(scale_ms, 1), 2),
            )
        )
        reached_before = max(reached, reached_before)
    return bars
