"""Results as lines of text and as Markdown, and the lists of numbers that choose them."""

from collections.abc import Sequence
from typing import Any, Final

HEADER: Final = (
    f"{'calls':>5} {'CPU/call':>9} {'set-up':>7} {'added p50/p95':>14} {'clear p50/p95':>14} "
    f"{'greeting':>9} {'gaps':>5} {'drops':>5} {'MiB/call':>9} {'neighbours':>10}"
)


def numbers(text: str) -> tuple[int, ...]:
    """ "1,20,40" as numbers."""
    return tuple(int(number) for number in text.split(","))


def row(result: dict[str, Any]) -> str:
    """One result of `benchmarks.load.offer` under HEADER: CPU in cores, times in ms."""
    felt = result["felt"]
    added, clear = result["added_ms"], felt["barge_in_ms"]
    neighbours = result["neighbours"].get("core 0", {}).get("mean", 0.0)
    return (
        f"{result['calls']:>5} {result['cpu_per_call']:>9.4f} {result['set_up_cpu_ms']:>5.0f}ms "
        f"{pair(added):>14} {pair(clear):>14} {word(felt['greeting_ms']['p50']):>9} "
        f"{felt['gaps_ms']['n']:>5} {drops(result):>5} {result['rss_mib_per_call']:>9.2f} "
        f"{neighbours:>10.0%}"
    )


def drops(result: dict[str, Any]) -> int:
    """Calls that were not connected, or during which something went wrong."""
    felt = result["felt"]
    failed: int = sum(e["calls"] for e in felt["errors"])
    missing: int = result["calls"] - felt["outcomes"]["connected"]
    return missing + failed


def pair(spread: dict[str, Any]) -> str:
    """Median and 95th percentile."""
    return f"{word(spread['p50'])}/{word(spread['p95'])}"


def word(value: float | None) -> str:
    """A number, or a dash where nothing was measured."""
    return "-" if value is None else f"{value:g}"


def neighbours(row: dict[str, Any]) -> str:
    """The mean share of the server's core that other programs used; a dash where not known."""
    if "neighbours" not in row:
        return "-"
    return f"{row['neighbours'].get('core 0', {}).get('mean', 0):.0%}"


def markdown(head: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> str:
    """A table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"
