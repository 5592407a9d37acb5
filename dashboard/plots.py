"""Geometry of the server-drawn plots. Pure: numbers in, rectangles out.

Every plot has a table with the same numbers beside it; the drawing is the quick look.
Coordinates are those of the SVG's viewBox, `WIDTH` wide and `HEIGHT` high, origin at the
top left.
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


@dataclass(frozen=True, slots=True)
class Column:
    """One upright bar; `title` says its number in words."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class StageBar:
    """One stage of an answer: when it was reached, and what it added to the wait.

    `reached_ms` counts from the caller's last speech; `own_ms` is the time after the
    latest earlier stage, and is 0 for a stage that was hidden behind one.
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
    """Upright bars for `values`, the highest as high as the plot; none for no values."""
    if not values:
        return []
    slot = WIDTH / len(values)
    top = max(*values, 1)
    return [
        Column(
            x=round(index * slot + slot * _GAP / 2, 2),
            y=round(HEIGHT - HEIGHT * value / top, 2),
            width=round(slot * (1 - _GAP), 2),
            height=round(HEIGHT * value / top, 2),
            title=title,
        )
        for index, (value, title) in enumerate(zip(values, titles, strict=True))
    ]


def slowest(latencies: Iterable[Mapping[str, int]]) -> int:
    """The longest wait of a call in milliseconds: the common scale of its waterfalls."""
    return max((max(latency.values()) for latency in latencies if latency), default=0)


def waterfall(latency_ms: Mapping[str, int], *, scale_ms: int) -> list[StageBar]:
    """The stages of one answer, side by side on a scale that ends at `scale_ms`.

    `latency_ms` is `Turn.latency_ms`; names that are no stage are passed over.
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
