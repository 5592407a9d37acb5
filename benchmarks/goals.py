"""What the service must show, held against what was measured: a row for each goal.

A goal that was not measured says so; none is left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from benchmarks import results_file
from benchmarks.table import drops, neighbours, pair, word

Row = dict[str, Any]

CPU_AT_100: Final = 0.0085
CPU_AT_40: Final = 0.010
PIPECAT_TIMES: Final = 4
PIPECAT_CALLS: Final = 10
ADDED_MS: Final = (150, 200)
ADDED_GROWTH_MS: Final = 50
# A sound is judged by its first words before the agent yields to it (docs/conversation.md).
CLEAR_MS: Final = (400, 500)
GREETING_MS: Final = 30
WEBHOOK_P99_MS: Final = 50
FRAME_US: Final = 15
BATCHING_MS: Final = 10
EQUAL_SHARE: Final = 0.005  # of the windows; the utterances must be the same
MIB_PER_CALL: Final = 1.0
SETTLED_PER_SECOND: Final = 300
# A page of a heap is 4 KiB; what is less a call over a thousand calls is no leak, but noise.
BYTES_KEPT_PER_CALL: Final = 512
MIB_PER_1000_CALLS: Final = 4.0
FULL_CORE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, in words, whether that is enough, and the load beside it.

    neighbours: the load of other programs; pipecat: the same of pipecat, in words.
    """

    words: str
    is_met: bool
    neighbours: str = "-"
    pipecat: str = "-"


@dataclass(frozen=True, slots=True)
class Goal:
    """wanted: the goal in words. judge: what was measured; None when nothing was."""

    wanted: str
    judge: Callable[[], Verdict | None]


def table_rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Goal, measured, whether it is met, pipecat's, and the neighbours' load, for each goal."""
    for goal in GOALS:
        verdict = goal.judge()
        if verdict is None:
            yield goal.wanted, "-", "not measured", "-", "-"
        else:
            met = "yes" if verdict.is_met else "**no**"
            yield goal.wanted, verdict.words, met, verdict.pipecat, verdict.neighbours


def row_at(name: str, calls: int, **equal: str) -> Row | None:
    """The row of result `name` at exactly `calls`, with these values."""
    for row in (results_file.read(name) or {}).get("rows", []):
        if row["calls"] == calls and all(row[key] == value for key, value in equal.items()):
            return dict(row)
    return None


def carried_by_pipecat(turns: str) -> int:
    """The most callers at which pipecat was measured to have no gap; 0 for none."""
    rows = (results_file.read("pipecat") or {}).get("rows", [])
    unbroken = takewhile(
        lambda row: row["felt"]["gaps_ms"]["n"] == 0,
        (row for row in rows if row["turns"] == turns),
    )
    return max((row["calls"] for row in unbroken), default=0)


def _of_pipecat(told: Callable[[Row], str]) -> str:
    """What `told` says of the callers at pipecat on plain voice activity, for a number that it
    can carry and that was measured here too."""
    row = row_at("pipecat", PIPECAT_CALLS, turns="vad")
    return "-" if row is None else f"{told(row)} at {PIPECAT_CALLS}"


def _cpu(calls: int, at_most: float) -> Callable[[], Verdict | None]:
    def judge() -> Verdict | None:
        if (row := row_at("calls", calls)) is None:
            return None
        cpu = row["cpu_per_call"]
        pipecat = _of_pipecat(lambda theirs: f"{theirs['cpu_per_call']:.4f}")
        return Verdict(f"{cpu:.4f}", cpu <= at_most, neighbours(row), pipecat)

    return judge


def _unbroken_at_100() -> Verdict | None:
    if (row := row_at("calls", 100)) is None:
        return None
    gaps, lost = row["felt"]["gaps_ms"]["n"] + row["short_replies"], drops(row)
    pipecat = _of_pipecat(lambda theirs: f"{theirs['felt']['gaps_ms']['n']} gaps")
    return Verdict(f"{gaps} gaps, {lost} drops", gaps == lost == 0, neighbours(row), pipecat)


def _steady_at_100() -> Verdict | None:
    one, hundred = row_at("calls", 1), row_at("calls", 100)
    if one is None or hundred is None:
        return None
    before, after = one["added_ms"]["p95"], hundred["added_ms"]["p95"]
    if before is None or after is None:
        return Verdict("answers cannot be told apart", False, neighbours(hundred))
    is_met = after <= before + ADDED_GROWTH_MS
    return Verdict(f"{after} after {before} ms", is_met, neighbours(hundred))


def _a_quarter_of_pipecat() -> Verdict | None:
    ours, theirs = row_at("calls", 40), row_at("pipecat", 40, turns="vad")
    if ours is None or theirs is None:
        return None
    times = theirs["cpu_per_call"] / ours["cpu_per_call"]
    share = theirs.get("core_share", 1.0)
    words = f"{times:.1f} times as much"
    if share > FULL_CORE:
        words += (
            f", with its core full ({share:.0%}) and {theirs['felt']['gaps_ms']['n']} gaps: "
            "it would need more"
        )
    carried = carried_by_pipecat("vad")
    if (least := row_at("calls", carried)) and (most := row_at("pipecat", carried, turns="vad")):
        ratio = most["cpu_per_call"] / least["cpu_per_call"]
        words += f"; at {carried}, the most that it carried without a gap, {ratio:.1f} times"
    return Verdict(words, times >= PIPECAT_TIMES, f"{neighbours(ours)}, {neighbours(theirs)}")


def _added() -> Verdict | None:
    if (row := row_at("calls", 100)) is None:
        return None
    is_met = _within(row["added_ms"], ADDED_MS)
    alone = row_at("pipecat", 1, turns="vad")
    pipecat = "-" if alone is None else f"{pair(alone['added_ms'])} at 1"
    return Verdict(f"{pair(row['added_ms'])} ms at 100 calls", is_met, neighbours(row), pipecat)


def _barge_in() -> Verdict | None:
    if (result := results_file.read("barge_in")) is None:
        return None
    words = f"{pair(result['clear_ms'])} ms, {result['loud_after_clear']} heard the old reply"
    is_met = _within(result["clear_ms"], CLEAR_MS) and not result["loud_after_clear"]
    pipecat = _of_pipecat(lambda theirs: pair(theirs["felt"]["barge_in_ms"]))
    return Verdict(words, is_met, neighbours(result), pipecat)


def _greeting() -> Verdict | None:
    if (row := row_at("calls", 100)) is None:
        return None
    spread = row["felt"]["greeting_ms"]
    is_met = spread["p95"] is not None and spread["p95"] <= GREETING_MS
    pipecat = _of_pipecat(lambda theirs: pair(theirs["felt"]["greeting_ms"]))
    words = f"{pair(spread)} ms (p50/p95) at 100 calls"
    return Verdict(words, is_met, neighbours(row), pipecat)


def _overload() -> Verdict | None:
    rows = (results_file.read("overload") or {}).get("rows", [])
    if not rows:
        return None
    words = "; ".join(
        f"{row['rule']}: {row['carried']} carried, {row['declined_in_words']} declined, "
        f"{row['otherwise']} otherwise, {row['gaps']} gaps"
        for row in rows
    )
    is_met = not any(row["otherwise"] or row["gaps"] for row in rows)
    is_met &= any(row["declined_in_words"] for row in rows if row["rule"] != "ceiling")
    return Verdict(words, is_met, ", ".join(map(neighbours, rows)))


def _stall() -> Verdict | None:
    if (result := results_file.read("stall")) is None:
        return None
    words = f"{result['gaps']} gaps in {result['stalls']} stops of {result['stall_ms']} ms"
    return Verdict(words, result["gaps"] == 0, neighbours(result))


def _memory() -> Verdict | None:
    if (row := row_at("calls", 100)) is None:
        return None
    mib = row["rss_mib_per_call"]
    pipecat = _of_pipecat(lambda theirs: f"{theirs['rss_mib_per_call']:.2f} MiB")
    return Verdict(f"{mib:.2f} MiB", mib <= MIB_PER_CALL, neighbours(row), pipecat)


def _soak() -> Verdict | None:
    if (result := results_file.read("soak")) is None:
        return None
    kept, slope = result["traced"]["bytes_kept_per_call"], result["mib_per_1000_calls"]
    words = f"{kept} bytes a call, {slope} MiB in 1,000 calls ({result['calls']} calls)"
    is_met = kept <= BYTES_KEPT_PER_CALL and slope <= MIB_PER_1000_CALLS
    return Verdict(words, is_met, neighbours(result))


def _webhook() -> Verdict | None:
    if (result := results_file.read("webhook")) is None:
        return None
    worst = {row["database"]: 0.0 for row in result["rows"]}
    for row in result["rows"]:
        worst[row["database"]] = max(worst[row["database"]], row["p99_ms"])
    words = ", ".join(f"{word(ms)} ms on {database}" for database, ms in worst.items())
    beside = ", ".join(neighbours(row) for row in result["rows"])
    return Verdict(words, max(worst.values()) < WEBHOOK_P99_MS, beside)


def _frame() -> Verdict | None:
    if (result := results_file.read("frame")) is None:
        return None
    microseconds = result["frame"]["whole_frame_us"]
    return Verdict(f"{microseconds} us", microseconds <= FRAME_US)


def _batching() -> Verdict | None:
    if (result := results_file.read("voice_activity")) is None:
        return None
    rows = result["service"]
    words = ", ".join(
        f"{callers}: {row['delay_ms']['p99']:g}/{row['delay_ms']['worst']:g}"
        for callers, row in rows.items()
    )
    is_met = all(row["delay_ms"]["p99"] <= BATCHING_MS for row in rows.values())
    return Verdict(
        f"{words} ms (callers: p99/worst)", is_met, ", ".join(map(neighbours, rows.values()))
    )


def _hearing_is_equal() -> Verdict | None:
    """Of the four ways, at each level of noise: what a caller would notice must be the same."""
    if (result := results_file.read("voice_activity")) is None:
        return None
    plain, *others = result["ways"].values()
    differences = [
        abs(figures[key] - plain["levels"][level][key])
        for way in others
        for level, figures in way["levels"].items()
        for key in ("recall", "precision")
    ]
    counts = {
        key: {tuple(figures[key] for figures in way["levels"].values()) for way in (plain, *others)}
        for key in ("missed_utterances", "false_starts_a_minute")
    }
    words = (
        f"recall and precision differ by at most {max(differences):.1%}; utterances missed "
        f"{_same(counts['missed_utterances'])}, false starts "
        f"{_same(counts['false_starts_a_minute'])}"
    )
    is_same = all(len(found) == 1 for found in counts.values())
    return Verdict(words, is_same and max(differences) <= EQUAL_SHARE)


def _same(found: set[Any]) -> str:
    return "the same" if len(found) == 1 else "not the same"


def _settlement() -> Verdict | None:
    if (result := results_file.read("settlement")) is None:
        return None
    rate = result["settled_per_second"]
    words = f"{rate} a second on {result['database']}"
    if (tasks := result.get("through_celery")) is not None:
        words += f", {tasks['settled_per_second']} through a Celery worker"
        rate = min(rate, tasks["settled_per_second"])
    return Verdict(words, rate >= SETTLED_PER_SECOND, neighbours(result))


def _within(spread: Row, limits: tuple[int, int]) -> bool:
    p50, p95 = spread["p50"], spread["p95"]
    return p50 is not None and p95 is not None and p50 <= limits[0] and p95 <= limits[1]


GOALS: Final = (
    Goal("100 calls: no gap inside a reply, no drop", _unbroken_at_100),
    Goal(f"100 calls: added p95 within {ADDED_GROWTH_MS} ms of its 1-call value", _steady_at_100),
    Goal(f"100 calls: CPU at most {CPU_AT_100} a call", _cpu(100, CPU_AT_100)),
    Goal(f"40 calls: CPU at most {CPU_AT_40} a call", _cpu(40, CPU_AT_40)),
    Goal(f"40 calls: pipecat needs at least {PIPECAT_TIMES} times the CPU", _a_quarter_of_pipecat),
    Goal("added p50/p95 at most {}/{} ms".format(*ADDED_MS), _added),
    Goal("interruption to `clear` p50/p95 at most {}/{} ms".format(*CLEAR_MS), _barge_in),
    Goal(f"greeting at most {GREETING_MS} ms after `start`", _greeting),
    Goal("160 calls offered: the surplus declined in words, no gap for the others", _overload),
    Goal("a stop of 500 ms is not heard", _stall),
    Goal(f"a frame is read and decided on in at most {FRAME_US} us", _frame),
    Goal(f"batching delays no detection by more than {BATCHING_MS} ms", _batching),
    Goal("the gate and batching change nothing of what is heard", _hearing_is_equal),
    Goal(f"at most {MIB_PER_CALL:g} MiB a live call", _memory),
    Goal("nothing kept of more than 1,000 ended calls", _soak),
    Goal(f"the webhook answers in under {WEBHOOK_P99_MS} ms (p99)", _webhook),
    Goal(f"{SETTLED_PER_SECOND} calls settled a second by two processes", _settlement),
)
