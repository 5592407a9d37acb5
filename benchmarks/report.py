"""docs/performance.md and its plots, from the result files: `python -m benchmarks.report`."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import goals, plot, report_endurance, report_hearing, report_pages, results_file
from benchmarks.table import drops, markdown, neighbours, pair, word

DOCS: Final = Path(__file__).parents[1] / "docs"
Row = dict[str, Any]

INTRODUCTION: Final = """\
# Performance

Written by `python -m benchmarks.report` from the results in `benchmarks/results/`; how it is
measured is in [benchmarks/README.md](../benchmarks/README.md). The server has one core, the
callers another. CPU is seconds of the whole server process per second of call, so one divided
by it is how many calls a core holds. *Added* is the time from the caller's last audible frame to
the first one of the answer, without the fixed times of the scripted providers (490 ms).
Absolute figures belong to the machine and to the load of its neighbours during the run;
the ratios are the point.
"""


def write() -> Path:
    """Write the document and the plots; returns the document's path."""
    endurance = report_endurance.sections(DOCS / "performance")
    sections = [INTRODUCTION, *_machine(), *_goals(), *_calls(), *endurance, *_small(), *_others()]
    sections += [*report_hearing.sections(), *report_pages.sections()]
    path = DOCS / "performance.md"
    path.write_text("\n".join(sections))
    return path


def limit_at(calls: int) -> float | None:
    """CPU per call of the echo on uvicorn, at exactly `calls`."""
    row = goals.row_at("echo", calls, server="uvicorn")
    return None if row is None else row["cpu_per_call"]


def pipecat_at(calls: int) -> float | None:
    """CPU per call of pipecat on plain voice activity, at exactly `calls`."""
    row = goals.row_at("pipecat", calls, turns="vad")
    return None if row is None else row["cpu_per_call"]


def _rows(name: str) -> list[Row]:
    rows: list[Row] = (results_file.read(name) or {}).get("rows", [])
    return rows


def _machine() -> Iterator[str]:
    result = results_file.read("calls")
    if result is None:
        return
    facts = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    yield (
        f"{facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}, "
        f"Python {facts['python']}; {versions}.\n"
    )


def _goals() -> Iterator[str]:
    yield "## What it must show\n"
    yield markdown(("goal", "measured", "met", "pipecat", "neighbours"), list(goals.table_rows()))
    yield (
        "*pipecat*: the same figure of the pipecat bot in the same run, at so many callers on "
        "plain voice activity.\n"
    )


def _calls() -> Iterator[str]:
    rows = _rows("calls")
    if not rows:
        return
    yield "## Whole calls\n"
    yield markdown(
        (
            *("calls", "CPU a call", "x limit", "pipecat's x", "added p50/p95"),
            *("to `clear` p50/p95", "greeting p50/p95", "gaps", "short", "drops", "MiB a call"),
            *("neighbours", "phone late p99/max"),
        ),
        [_call_cells(row) for row in rows],
    )
    yield (
        "*x limit*: times the CPU of the echo below. *pipecat's x*: how many times our CPU pipecat "
        "needs for as many calls. *short*: replies that were not cut off and of which a part was "
        "not heard. *neighbours*: the share of the server's core that other "
        "programs used during the run. *phone late*: how late the callers themselves were, in ms; "
        "delays are known no better than that. *-*: too many answers were broken or missing to "
        "tell which question they belong to. All other times are ms.\n\n"
        "Of one of the callers' three questions the end-of-turn model is not always sure: by the "
        "phase of the sound it takes 20 to 77% for a finished turn, and below 50% the answer comes "
        "some 150 ms later. Where these are more than one answer in twenty, they are the 95th "
        "percentile.\n"
    )
    others = {
        f"pipecat, {turns}": [row for row in _rows("pipecat") if row["turns"] == turns]
        for turns in ("vad", "default")
    }
    cpu = [plot.Series("Voicex", _points(rows, "cpu_per_call"))]
    cpu += [plot.Series(n, _points(found, "cpu_per_call")) for n, found in others.items() if found]
    echo = [row for row in _rows("echo") if row["server"] == "uvicorn"]
    if echo:
        cpu.append(plot.Series("echo (limit)", _points(echo, "cpu_per_call"), is_dashed=True))
    _plot("cpu", "CPU seconds a second of call", cpu)
    vad = others["pipecat, vad"]
    _plot_delay("added", "Added voice to voice, ms", rows, vad, lambda row: row["added_ms"])
    _plot_delay("clear", "Interruption to clear, ms", rows, vad, lambda r: r["felt"]["barge_in_ms"])
    _plot_delay(
        "greeting", "Start to greeting, ms", rows, vad, lambda row: row["felt"]["greeting_ms"]
    )
    yield (
        "![CPU](performance/cpu.svg)\n\n![Added delay](performance/added.svg)\n\n"
        "![Interruption to clear](performance/clear.svg)\n\n"
        "![Start to greeting](performance/greeting.svg)\n"
    )
    if any(others.values()):
        yield "## The same callers at pipecat\n"
        yield markdown(
            (
                *("turns", "core used", "calls", "CPU a call"),
                *("added p50/p95", "to `clear` p50/p95"),
                *("greeting p50/p95", "gaps", "short", "drops", "MiB a call", "neighbours"),
            ),
            [
                (
                    row["turns"],
                    f"{row.get('core_share', row['cpu_per_call'] * row['calls']):.0%}",
                    *(cell for n, cell in enumerate(_call_cells(row)) if n not in _RATIOS),
                )
                for row in _rows("pipecat")
            ],
        )
        yield _carried_by_pipecat()
    if _rows("echo"):
        yield "## The limit: an echo and nothing else\n"
        yield markdown(
            ("server", "calls", "CPU a call"),
            [(row["server"], row["calls"], row["cpu_per_call"]) for row in _rows("echo")],
        )


def _carried_by_pipecat() -> str:
    """Up to how many callers it was measured without a gap, and what a full core means."""
    vad, default = (goals.carried_by_pipecat(turns) for turns in ("vad", "default"))
    return (
        f"Without a gap pipecat carried {vad} of the measured numbers of callers on plain voice "
        f"activity and {default} with its turn model. Once its core is full (100%), its CPU a call "
        "can grow no further and falls as callers are added, for what they need is no longer "
        "done: a ratio from there is too small.\n"
    )


_RATIOS: Final = (2, 3, 12)  # cells that say nothing about another system


def _call_cells(row: Row) -> tuple[Any, ...]:
    felt = row["felt"]
    cpu, limit, pipecat = row["cpu_per_call"], limit_at(row["calls"]), pipecat_at(row["calls"])
    return (
        row["calls"],
        f"{cpu:.4f}",
        f"{cpu / limit:.1f}" if limit else "-",
        f"{pipecat / cpu:.1f}" if pipecat else "-",
        pair(row["added_ms"]),
        pair(felt["barge_in_ms"]),
        pair(felt["greeting_ms"]),
        felt["gaps_ms"]["n"],
        row["short_replies"],
        drops(row),
        f"{row['rss_mib_per_call']:.2f}",
        neighbours(row),
        f"{word(felt['phone'].get('late_p99_ms'))}/{word(felt['phone']['late_ms'])}",
    )


def _small() -> Iterator[str]:
    if (result := results_file.read("frame")) is not None:
        yield "## A frame, without any socket\n"
        frame = result["frame"]
        yield markdown(
            ("what", "microseconds"), [(k.replace("_", " "), v) for k, v in frame.items()]
        )
        windows = result["inference_us_per_window"]
        yield "Voice activity, CPU microseconds a window, by how many callers share it:\n"
        yield markdown(tuple(windows), [tuple(windows.values())])
    if (result := results_file.read("barge_in")) is not None:
        yield "## Interruptions\n"
        yield (
            f"{result['interruptions']} interruptions among ten callers: "
            f"{pair(result['clear_ms'])} ms (p50/p95) from the first audible frame to "
            f"`clear`; {result['ignored']} ignored, "
            f"{result['loud_after_clear']} times the old reply was heard after it.\n"
        )
    if (result := results_file.read("settlement")) is not None:
        yield "## Settlement\n"
        yield (
            f"{result['settled_per_second']} calls a second on {result['database']} with "
            f"{result['workers']} processes, {result['cpu_ms_per_call']} ms of CPU each, when each "
            f"call is hinted at (the host took {neighbours(result)} of a core)"
            f"{_through_celery(result)}. Statements, BEGIN and COMMIT included:\n"
        )
        statements = result["statements"]
        yield markdown(tuple(statements), [tuple(statements.values())])


def _through_celery(result: Row) -> str:
    if (tasks := result.get("through_celery")) is None:
        return ""
    return (
        f"; {tasks['settled_per_second']} through a Celery worker of as many, "
        f"{tasks['cpu_ms_per_call']} ms each, with the outbox's own hints ({neighbours(tasks)})"
    )


_WEBHOOK_COLUMNS: Final = ("database", "case", "p50_ms", "p99_ms", "callbacks_p99_ms", "cpu_ms")


def _others() -> Iterator[str]:
    if (result := results_file.read("webhook")) is not None:
        rate = result["calls_per_second"]
        yield f"## The voice webhook\n\n{rate} new calls a second; CPU is that of each request.\n"
        yield markdown(
            ("database", "case", "p50 ms", "p99 ms", "callbacks p99 ms", "CPU ms", "neighbours"),
            [
                (
                    *("-" if row[key] is None else row[key] for key in _WEBHOOK_COLUMNS),
                    neighbours(row),
                )
                for row in result["rows"]
            ],
        )
    if rows := _rows("providers"):
        yield (
            "## The SDKs of real providers\n\nOpenAI's and Google's own, over loopback, to servers "
            "that speak their protocols with the times of the scripted providers.\n"
        )
        yield markdown(
            ("engines", "answers", "added p50/p95", "greeting p50/p95", "gaps", "CPU a call"),
            [_provider_cells(row) for row in rows],
        )
    if (result := results_file.read("mp3")) is not None:
        yield "## Speech that comes as MP3\n"
        cases = {
            k: v for k, v in result.items() if isinstance(v, dict) and "first_byte_p50_ms" in v
        }
        yield markdown(
            ("case", "first byte p50 ms", "p95 ms", "CPU ms a second of audio"),
            [(k.replace("_", " "), *v.values()) for k, v in cases.items()],
        )


def _provider_cells(row: Row) -> tuple[Any, ...]:
    felt = row["felt"]
    return (
        row["name"],
        felt["voice_to_voice_ms"]["n"],
        pair(row["added_ms"]),
        pair(felt["greeting_ms"]),
        felt["gaps_ms"]["n"],
        f"{row['cpu_per_call']:.4f}",
    )


def _points(rows: Sequence[Row], key: str) -> list[tuple[float, float]]:
    return [(row["calls"], row[key]) for row in rows]


def _plot_delay(
    name: str, title: str, ours: list[Row], theirs: list[Row], spread: Callable[[Row], Row]
) -> None:
    """Median and 95th percentile of ours, and pipecat's median, by number of calls."""

    def line(title: str, rows: list[Row], at: str) -> plot.Series:
        known = [(row["calls"], spread(row)[at]) for row in rows if spread(row)[at] is not None]
        return plot.Series(title, known)

    lines = [line(f"Voicex {at}", ours, at) for at in ("p50", "p95")]
    _plot(name, title, [*lines, *([line("pipecat p50", theirs, "p50")] if theirs else [])])


def _plot(name: str, title: str, lines: list[plot.Series]) -> None:
    shown = sorted(y for line in lines for _, y in line.points)
    # One call on a shared machine can stand far above everything else; it may leave the plot.
    top = shown[int(len(shown) * 0.9)] * 1.25
    plot.write(
        DOCS / "performance" / f"{name}.svg",
        title=title,
        x_title="calls at once",
        lines=lines,
        top=_rounded_up(top),
    )


def _rounded_up(value: float) -> float:
    """The next round number for the top of a scale: 0.0123 becomes 0.015."""
    step = 10 ** math.floor(math.log10(value)) / 2
    return float(f"{math.ceil(value / step) * step:.2g}")


def main() -> None:
    """Write, and say where."""
    print(write())


if __name__ == "__main__":
    main()
