"""Bars as SVG, written by hand as `benchmarks.plot` does its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from benchmarks.plot import COLOURS, STEPS, WIDTH

LEFT, RIGHT, TOP, BOTTOM = 170, 150, 30, 40
BAR: Final = 11
GAP: Final = 9  # between two rows


@dataclass(frozen=True, slots=True)
class Row:
    """values: one for each series, None where nothing was measured."""

    title: str
    values: Sequence[float | None]


def write(
    path: Path, *, title: str, x_title: str, series: Sequence[str], rows: Sequence[Row], top: float
) -> None:
    """Draw `rows` into `path`, a bar for each of `series`; `top` is the longest that is shown."""
    row_height = BAR * len(series) + GAP
    height = TOP + row_height * len(rows) + BOTTOM
    scale = (WIDTH - LEFT - RIGHT) / top
    below = height - BOTTOM + 5
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-weight="600">{escape(title)}</text>',
        f'<text x="{LEFT + top * scale / 2:.0f}" y="{height - 6}" text-anchor="middle">'
        f"{escape(x_title)}</text>",
    ]
    for step in range(STEPS + 1):
        x = LEFT + top * step / STEPS * scale
        parts.append(f'<path d="M{x:.1f} {TOP}V{below - 5}" stroke="#e2e5e9"/>')
        label = f"{top * step / STEPS:g}"
        parts.append(f'<text x="{x:.1f}" y="{below + 10}" text-anchor="middle">{label}</text>')
    for number, row in enumerate(rows):
        y = TOP + number * row_height + GAP / 2
        middle = y + BAR * len(series) / 2 + 4
        parts.append(
            f'<text x="{LEFT - 8}" y="{middle:.1f}" text-anchor="end">{escape(row.title)}</text>'
        )
        for place, value in enumerate(row.values):
            if value is not None:
                width = min(value, top) * scale
                parts.append(
                    f'<rect x="{LEFT}" y="{y + place * BAR:.1f}" width="{width:.1f}" '
                    f'height="{BAR - 2}" fill="{COLOURS[place % len(COLOURS)]}"/>'
                )
    for place, name in enumerate(series):
        y = TOP + 12 + 20 * place
        key = WIDTH - RIGHT + 15
        parts.append(
            f'<rect x="{key}" y="{y - 9}" width="12" height="9" '
            f'fill="{COLOURS[place % len(COLOURS)]}"/>'
        )
        parts.append(f'<text x="{key + 18}" y="{y}">{escape(name)}</text>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>", ""]))
