"""The parts of docs/performance.md about a server that is full, stopped or old."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import plot, results_file
from benchmarks.table import markdown, neighbours, pair, word

Row = dict[str, Any]


def sections(pictures: Path) -> Iterator[str]:
    """Markdown, part by part; plots go into `pictures`."""
    yield from _overload()
    yield from _stall()
    yield from _soak(pictures)
    yield from _stages(pictures)


def _overload() -> Iterator[str]:
    rows = (results_file.read("overload") or {}).get("rows", [])
    if not rows:
        return
    yield "## More calls than it can carry\n"
    yield markdown(
        (
            *("full by", "offered", "carried", "declined in words", "otherwise", "gaps"),
            *("added p50/p95", "neighbours", "phone late"),
        ),
        [
            (
                f"ceiling of {row['ceiling']}" if row["rule"] == "ceiling" else row["rule"],
                *(row[key] for key in ("offered", "carried", "declined_in_words", "otherwise")),
                row["gaps"],
                pair(row["added_ms"]),
                neighbours(row),
                word(row["phone"]["late_ms"]),
            )
            for row in rows
        ],
    )


def _stall() -> Iterator[str]:
    if (result := results_file.read("stall")) is None:
        return
    yield "## A server that stands still\n"
    yield (
        f"The whole process was stopped {result['stalls']} times for {result['stall_ms']} ms among "
        f"{result['callers']} callers: {result['gaps']} gaps were heard and {result['drops']} "
        f"calls dropped (neighbours {neighbours(result)}).\n"
    )


def _soak(pictures: Path) -> Iterator[str]:
    long, short = results_file.read("soak"), results_file.read("soak_short")
    if (result := long or short) is None:
        return
    rss, traced = result["rss_mib"], result["traced"]
    failed = sum(n for kind, n in result["kinds"].items() if kind.endswith(("declined", "failed")))
    yield "## Memory\n"
    yield (
        f"{result['calls']} short calls of every kind in {result['minutes']:g} minutes: answered, "
        "interrupted, hung up on, lost with the line, refused; at most "
        f"{result['live_at_most']} at once, and {failed} that did not come about (neighbours "
        f"{neighbours(result)}). {rss['idle']} MiB when idle, {rss['end']} at the end. "
        f"After the warm-up the process grew by {result['mib_per_1000_calls']} MiB in 1,000 calls "
        f"and by {result['objects_per_call']} objects a call; {traced['bytes_kept_per_call']} "
        f"bytes were kept of each of {traced['calls']} calls whose every allocation was traced. "
        f"Tasks left at the end: {', '.join(sorted(result['tasks']['end']))}.\n"
    )
    points = [(at / 60, mib) for at, mib, _ in result["samples"]]
    plot.write(
        pictures / "memory.svg",
        title="Resident memory, MiB",
        x_title="minutes",
        lines=[plot.Series("Voicex", points[:: max(1, len(points) // 150)], has_dots=False)],
        top=max(mib for _, mib in points) * 1.25,
    )
    yield "![Memory](performance/memory.svg)\n"


def _stages(pictures: Path) -> Iterator[str]:
    rows = (results_file.read("stages") or {}).get("rows", [])
    if not rows:
        return
    yield "## Where the time goes\n"
    calls = [f"{row['calls']} calls" for row in rows]
    for what in ("stages", "threads"):
        names = dict.fromkeys(name for row in rows for name in row[what])
        yield markdown(
            (f"share of CPU, {what}", *calls),
            [(name, *(f"{row[what].get(name, 0):.1%}" for row in rows)) for name in names],
        )
    yield (
        "Samples of the threads that were running, taken from outside; each belongs to the "
        "innermost of our files on its stack. Flame graphs: "
        + ", ".join(
            f"[{row['calls']} calls](performance/flame-{row['calls']}.svg)"
            for row in rows
            if (pictures / f"flame-{row['calls']}.svg").is_file()
        )
        + ".\n"
    )
