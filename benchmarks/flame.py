"""Flame graphs as plain SVG, drawn here: a bar for each function, as wide as its share of CPU."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

WIDTH: Final = 1200
ROW: Final = 16
TOP: Final = 28
CHARACTER: Final = 6.2  # px of a character in the font below
SMALLEST_SHARE: Final = 0.003  # narrower bars say nothing
COLOURS: Final = ("#e8b070", "#dfa05c", "#edc48e", "#d98e4f")

Stack = tuple[str, ...]  # from the thread to the innermost function


@dataclass(slots=True)
class Bar:
    """A function as called from its callers; samples include what it called."""

    samples: int = 0
    callees: dict[str, "Bar"] = field(default_factory=dict)


def tree(stacks: Iterable[tuple[Stack, int]]) -> Bar:
    """All stacks, each with its number of samples, in one tree."""
    root = Bar()
    for stack, samples in stacks:
        bar = root
        bar.samples += samples
        for name in stack:
            bar = bar.callees.setdefault(name, Bar())
            bar.samples += samples
    return root


def write(path: Path, *, title: str, stacks: Iterable[tuple[Stack, int]]) -> None:
    """Draw `stacks` into `path`, callers above those they call."""
    root = tree(stacks)
    depth = _depth(root, root.samples)
    height = TOP + ROW * depth + 6
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="ui-monospace, monospace" font-size="10">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="4" y="17" font-size="13" font-weight="600">{escape(title)}</text>',
        *_bars(root, root.samples, x=0.0, row=0),
        "</svg>",
        "",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts))


def _shown(bar: Bar, total: int) -> Iterator[tuple[str, Bar]]:
    for name, callee in sorted(bar.callees.items()):
        if callee.samples >= total * SMALLEST_SHARE:
            yield name, callee


def _depth(bar: Bar, total: int) -> int:
    return max((1 + _depth(callee, total) for _, callee in _shown(bar, total)), default=0)


def _bars(bar: Bar, total: int, *, x: float, row: int) -> Iterator[str]:
    for name, callee in _shown(bar, total):
        width = callee.samples / total * WIDTH
        y = TOP + row * ROW
        colour = COLOURS[sum(map(ord, name)) % len(COLOURS)]
        share = f"{callee.samples / total:.1%}"
        yield (
            f'<g><title>{escape(name)} {share}</title><rect x="{x:.1f}" y="{y}" '
            f'width="{width:.1f}" height="{ROW - 1}" fill="{colour}"/>'
        )
        if (room := int((width - 4) / CHARACTER)) > 3:
            text = name if len(name) <= room else name[: room - 1] + "…"
            yield f'<text x="{x + 2:.1f}" y="{y + 11}">{escape(text)}</text>'
        yield "</g>"
        yield from _bars(callee, total, x=x, row=row + 1)
        x += width
