"""Line plots as SVG, written by hand: no library draws them and any browser shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 360
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 30, 45
COLOURS: Final = ("#1f5fbf", "#c4442e", "#8a5a00", "#5b6770")
STEPS: Final = 5

At = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Series:
    """points: (x, y) in rising order of x; is_dashed: for what is no measurement of ours.

    has_dots: whether each point was a measurement of its own, and is a mark on the x axis.
    """

    title: str
    points: Sequence[tuple[float, float]]
    is_dashed: bool = False
    has_dots: bool = True


def write(path: Path, *, title: str, x_title: str, lines: Sequence[Series], top: float) -> None:
    """Draw `phone_audio` into `path`; `top` is the highest y that is shown."""
    right = max(x for line in lines for x, _ in line.points)
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / right * inner_width, TOP + (1 - min(y, top) / top) * inner_height

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-weight="600">{escape(title)}</text>',
        f'<text x="{LEFT + inner_width / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(x_title)}</text>",
    ]
    for step in range(STEPS + 1):
        value = top * step / STEPS
        _, y = at(0, value)
        parts.append(f'<path d="M{LEFT} {y:.1f}h{inner_width}" stroke="#e2e5e9"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    marks = {x for line in lines if line.has_dots for x, _ in line.points}
    for x_value in sorted(marks or {right * step / STEPS for step in range(STEPS + 1)}):
        x, y = at(x_value, 0)
        parts.append(f'<path d="M{x:.1f} {y:.1f}v5" stroke="#5b6770"/>')
        if x_value == 1 or x_value >= right / 15:
            label = f'<text x="{x:.1f}" y="{y + 18:.1f}" text-anchor="middle">{x_value:.4g}</text>'
            parts.append(label)
    for number, line in enumerate(lines):
        parts += _drawn(line, COLOURS[number % len(COLOURS)], number, at)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>", ""]))


def _drawn(line: Series, colour: str, number: int, at: At) -> list[str]:
    places = [at(x, y) for x, y in line.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dashes = ' stroke-dasharray="5 4"' if line.is_dashed else ""
    legend = TOP + 12 + 20 * number
    key = WIDTH - RIGHT + 15
    return [
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>',
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            for x, y in (places if line.has_dots else ())
        ),
        f'<path d="M{key} {legend - 4}h18" stroke="{colour}" stroke-width="2"{dashes}/>',
        f'<text x="{key + 24}" y="{legend}">{escape(line.title)}</text>',
    ]
