"""docs/conversation.md and its plots, from the result: `python -m benchmarks.report_turns`."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import plot, plot_bars, results_file
from benchmarks.quiet import QUIET_SHARE
from benchmarks.table import markdown

DOCS: Final = Path(__file__).parents[1] / "docs"
PLOTS: Final = DOCS / "conversation"
Row = dict[str, Any]
AGAIN: Final = "(again)"  # in place of a delay that was measured beside other programs

INTRODUCTION: Final = """\
# Whose turn it is

Written by `python -m benchmarks.report_turns` from `benchmarks/results/turns.json`
(`python -m benchmarks.turns`). The simulated phone calls the whole service: webhook, media socket,
voice activity, turn taking. Callers are recorded people and made turns, the engines are scripted
with 0 and 490 ms from the end of a turn to the first sound, and everything is counted from
outside, in what the caller hears.
"""
METHOD: Final = """\
## Definitions

**End of turn** (as LiveKit's eot-bench, 2026). A *hold* is a pause of 0.2 to 5 s within a turn. It
is *cut* when the agent begins to speak in it. *Wait*: from the caller's last audible frame to the
agent's first one; *added*: without the engines' own time. A turn into whose end the agent speaks
already has no wait. *Begins over*: how often the agent begins while the caller's voice sounds, a
turn.

**The floor** (as Sierra's tau-voice). A sound begins while the agent speaks. Right is: to *words*,
the agent falls silent within 2.0 s; to all others, it does not fall silent within 1.0 s, and, but
for acknowledgements, says nothing new within 2.0 s of silence. Silences below 0.2 s are none.
*Spoke again*: after a stop, from then or from the end of the sound, whichever is later.

**The callers.** *Recorded calls*: pairs of files with caller and agent apart; a turn lasts until
the recorded agent speaks, or 5 s; one without a word is none. *Recorded utterances*: single
sentences, read or spoken. Both lie outside of the repository (`VOICEX_CALLS_DIR`,
`VOICEX_SPEECH_DIR`). *Made turns*: the local voice, with pauses of 300 to 1,200 ms inside numbers,
names, e-mail addresses, behind connectives and fillers; each answers an agent that asked for it.
Their pieces are spoken one by one, so the voice falls before each pause as at an end: harder than
people are.
*Coughs*, *noise* and *music* are
made of filtered noise and tones; *speech aside* is 12 dB weaker. The *echo* is the agent's own
sound at -20 dB, the agent with the local voice.

**Words are an oracle.** A recogniser that mishears would measure itself. So the words lie in the
sound, in the lowest bit of each mu-law code (`agents/engines/scripted/marks.py`), each where three
quarters of it have been said, and the scripted recogniser returns what lies in the audio that it
was given, with a full stop behind it: punctuation gives no turn away. The words of an echo are the
agent's. Words of the recorded calls are the local recogniser's.

**Noisy calls** run in the core alone, with its driver and a virtual clock
(`testing/conversations`). A silence of more than 15 s counts as one without an end; after
a caller asked for a moment, one of more than 65 s does.
"""
# eot-bench, English: mean dead air in ms, percent of holds cut.
PUBLISHED: Final = {
    "LiveKit v1": ((295, 10.0), (300, 9.9), (543, 5.0), (600, 4.5)),
    "smart-turn v3.2": ((300, 35.2), (600, 14.8), (739, 10.0), (1051, 5.0)),
    "silence alone": ((300, 55.6), (600, 21.7), (1000, 10.0), (1600, 5.0)),
}


def write() -> Path:
    """Write the document and the plots; returns its path. Raises FileNotFoundError."""
    result = results_file.read("turns")
    if result is None:
        raise FileNotFoundError("python -m benchmarks.turns was not run")
    PLOTS.mkdir(exist_ok=True)
    path = DOCS / "conversation.md"
    sections = [INTRODUCTION, *_conditions(result), *_goals(result), *_turns(result)]
    sections += [*_floor(result), *_rest(result), METHOD]
    path.write_text("\n".join(sections))
    return path


def columns(result: Row) -> dict[str, Row]:
    """What was measured, by the agent and its engines' delay."""
    found = {f"engines {delay} ms": row for delay, row in result["by_delay"].items()}
    beside = {f"pipecat, {delay} ms": row for delay, row in result.get("pipecat", {}).items()}
    return found | beside


def is_quiet(row: Row) -> bool:
    """Whether delays of this part of the run count: other programs left the cores alone."""
    shares = [core["mean"] for core in row.get("neighbours", {}).values()]
    return max(shares, default=0.0) <= QUIET_SHARE


def _conditions(result: Row) -> Iterator[str]:
    facts = result["machine"]
    yield f"{facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}.\n"
    if result.get("part", 1.0) < 1:
        yield f"A trial with {result['part']:.0%} of the callers.\n"
    if not all(map(is_quiet, columns(result).values())):
        yield (
            f"Other programs used the machine during the run: delays are left out {AGAIN}, and "
            "are to be measured again on a quiet machine.\n"
        )
    if measured_at := result.get("pipecat_measured_at"):
        moment = f"{datetime.fromtimestamp(measured_at, UTC):%d %B %Y, %H:%M} UTC"
        yield f"pipecat was measured in an earlier run ({moment}).\n"
    if not result.get("has_recordings", True):
        yield "Without the recorded calls, which were not there.\n"


def _goals(result: Row) -> Iterator[str]:
    yield "## What it must show\n"
    head = ("goal", *columns(result))
    rows = [
        (goal, *(measured(row) for row in columns(result).values())) for goal, measured in GOALS
    ]
    yield markdown(head, rows)


def _of(row: Row, part: str, kind: str) -> Row:
    found: Row = row.get(part, {}).get(kind, {})
    return found


def _share(found: Row, count: str, of: str) -> str:
    if not found or not found[of]:
        return "-"
    return f"{found[count] / found[of]:.1%} of {found[of]}"


def _delay(row: Row, found: Row, spread: str, key: str) -> str:
    if not found or found[spread][key] is None:
        return "-"
    return f"{found[spread][key]} ms" if is_quiet(row) else AGAIN


def _sum(row: Row, kinds: Sequence[str]) -> Row:
    """Holds of several kinds of turns together."""
    some = [_of(row, "turns", kind) for kind in kinds]
    return {key: sum(found.get(key, 0) for found in some) for key in ("holds", "holds_cut")}


def _right(row: Row, kinds: Sequence[str]) -> Row:
    some = [_of(row, "floor", kind) for kind in kinds]
    return {key: sum(found.get(key, 0) for found in some) for key in ("sounds", "right")}


def _echo(row: Row) -> str:
    found = row.get("echo", {}).values()
    if not found:
        return "-"
    return f"{sum(f['cut'] for f in found)} of {sum(f['replies'] for f in found)}"


def _finished(row: Row) -> str:
    p50s = [
        found["added_ms"]["p50"]
        for kind, found in row.get("turns", {}).items()
        if kind.startswith("finished") and found["added_ms"]["p50"] is not None
    ]
    if not p50s:
        return "-"
    return f"{max(p50s)} ms" if is_quiet(row) else AGAIN


Measured = Callable[[Row], Any]


def _cut(*kinds: str) -> Measured:
    return lambda row: _share(_sum(row, kinds), "holds_cut", "holds")


def _passed(*kinds: str) -> Measured:
    return lambda row: _share(_right(row, kinds), "right", "sounds")


def _time(part: str, kind: str, spread: str, key: str) -> Measured:
    return lambda row: _delay(row, _of(row, part, kind), spread, key)


GOALS: Final[tuple[tuple[str, Measured], ...]] = (
    ("holds taken for an end, at most 5 %", _cut("all")),
    ("- of recorded calls", _cut("recorded call")),
    ("- in numbers, names, e-mail, at most 3 %", _cut("number", "name", "e-mail")),
    ("added at real ends, mean, at most 600 ms", _time("turns", "all", "added_ms", "mean")),
    ("added after finished answers, p50 of the slowest kind, at most 150 ms", _finished),
    (
        "begins over a caller, a turn, at most 0.05",
        lambda row: _of(row, "turns", "all").get("begun_over_a_turn", "-"),
    ),
    ("yields to words, at least 98 %", _passed("words")),
    ("- after, p50, at most 400 ms", _time("floor", "words", "stopped_ms", "p50")),
    ("passes over acknowledgements, at least 95 %", _passed("acknowledgements")),
    (
        "passes over coughs, fillers, noise, at least 90 %",
        _passed("coughs and sneezes", "fillers", "noise and music"),
    ),
    ("passes over speech aside, at least 60 %", _passed("speech aside")),
    ("replies cut by their echo, none of 200", _echo),
)


def _turns(result: Row) -> Iterator[str]:
    yield "## The end of a turn\n"
    rows = []
    for delay, row in columns(result).items():
        for kind, found in row.get("turns", {}).items():
            waits = [_delay(row, found, "wait_ms", key) for key in ("mean", "p50", "p95")]
            cut = _share(found, "holds_cut", "holds")
            rows.append((delay, kind, found["turns"], cut, *waits, found["begun_over_a_turn"]))
    head = ("agent", "kind", "turns", "holds cut", "wait mean", "p50", "p95", "begins over")
    yield markdown(head, rows)
    yield from _cut_against_wait(result)
    yield from _answers_by_kind(result)


def _cut_against_wait(result: Row) -> Iterator[str]:
    lines = [plot.Series(name, points, is_dashed=True) for name, points in PUBLISHED.items()]
    for delay, row in columns(result).items():
        found = _of(row, "turns", "all")
        if is_quiet(row) and found and found["holds"]:
            point = (found["added_ms"]["mean"], 100 * found["holds_cut"] / found["holds"])
            lines.append(plot.Series(delay, [point]))
    if len(lines) == len(PUBLISHED):
        return
    title = "Holds cut, %, against the mean wait at real ends"
    plot.write(PLOTS / "cut.svg", title=title, x_title="mean wait, ms", lines=lines, top=60)
    yield (
        "![Cut-offs against waiting](conversation/cut.svg)\n\nDashed: published figures of "
        "eot-bench, on other audio.\n"
    )


def _answers_by_kind(result: Row) -> Iterator[str]:
    quiet = {delay: row for delay, row in columns(result).items() if is_quiet(row)}
    kinds = list(dict.fromkeys(kind for row in quiet.values() for kind in row.get("turns", {})))
    if not kinds:
        return
    rows = [plot_bars.Row(kind, [_added(row, kind) for row in quiet.values()]) for kind in kinds]
    plot_bars.write(
        PLOTS / "kinds.svg",
        title="Added wait by kind of turn, p50",
        x_title="ms",
        series=list(quiet),
        rows=rows,
        top=1_500,
    )
    yield "![Answers by kind](conversation/kinds.svg)\n"


def _added(row: Row, kind: str) -> float | None:
    found = _of(row, "turns", kind)
    return found["added_ms"]["p50"] if found else None


def _floor(result: Row) -> Iterator[str]:
    yield "## The floor\n"
    rows = []
    for delay, row in columns(result).items():
        for kind, found in row.get("floor", {}).items():
            again = f"{found['spoke_again']} of {found['stopped']}"
            delays = [
                _delay(row, found, "stopped_ms", "p50"),
                again,
                _delay(row, found, "spoke_again_ms", "p50"),
                _delay(row, found, "spoke_again_ms", "worst"),
            ]
            rows.append((delay, kind, _share(found, "right", "sounds"), *delays))
    head = ("agent", "sound", "right", "stopped after p50", "spoke again", "p50", "worst")
    yield markdown(head, rows)


def _rest(result: Row) -> Iterator[str]:
    echo = [row["echo"] for row in columns(result).values() if "echo" in row]
    if echo:
        yield "## Its own echo\n"
        cells = [(delay, f["replies"], f["cut"]) for delay, f in echo[0].items()]
        yield markdown(("echo after ms", "replies", "cut"), cells)
    if noisy := result.get("noisy_calls"):
        longest = noisy["longest_silence_ms"]
        yield "## Noisy calls\n"
        yield (
            f"{noisy['calls']} calls in the core, {noisy['unended']} with a silence that nobody "
            f"ended; the longest silence of a call p50 {longest['p50'] / 1000:.1f} s, p95 "
            f"{longest['p95'] / 1000:.1f} s, worst {longest['worst'] / 1000:.1f} s.\n"
        )


if __name__ == "__main__":
    print(f"written: {write()}")
