"""What a server keeps of calls that are over: `python -m benchmarks.soak --minutes 20`.

Short calls of every kind arrive at one process and end: answered, interrupted, hung up on
during the greeting, lost with the line, pressed through, refused. First its memory is
watched for `minutes`, as it is deployed; then, with every allocation traced, for as many
calls as make a figure. (Traced from the start, memory would measure the tracing.)
"""

import argparse
import asyncio
import json
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import linear_regression
from time import monotonic
from typing import Any, Final

import httpx
import uvloop

from benchmarks import django_ready, machine, results_file  # noqa: F401
from benchmarks.load import utterances
from benchmarks.target import AUTH_TOKEN, Target, voicex
from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.metronome import Metronome
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, Faults
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.webhooks import http_client
from testing.services.servers import wait_until

MINUTES: Final = 20.0
CALLS_PER_SECOND: Final = 1.0
MOST_TRACED_CALLS: Final = 120  # and no more than a quarter of all
# Pools, caches and the heap's free lists fill up during the first calls of each kind.
WARM_UP_SHARE: Final = 0.2
SAMPLE_SECONDS: Final = 2.0
QUIET_SECONDS: Final = 12.0  # after the last call: a snapshot period, and the recorder's queue
REPORT_SECONDS: Final = 60.0
LONGEST_CALL_SECONDS: Final = 60.0
TRACEBACK: Final = "Traceback (most recent call last)"

KINDS: Final = (
    *("answered", "interrupts", "answered", "line lost", "answered", "hangs up at once"),
    *("presses keys", "connects twice", "line lost in the greeting", "refused"),
)


@dataclass(slots=True)
class Soak:
    """What is being measured. samples: (seconds, RSS in MiB, calls on the line)."""

    target: Target
    said: tuple[Utterance, ...]
    live: int = 0
    metronome: Metronome = field(default_factory=Metronome)
    ended: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, float, int]] = field(default_factory=list)


def run(minutes: float = MINUTES, calls_per_second: float = CALLS_PER_SECOND) -> dict[str, Any]:
    """Memory over time, and what was kept of each call that ended."""
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    with tempfile.TemporaryDirectory(prefix="voicex-soak-") as directory:
        report = Path(directory) / "holdings.json"
        with voicex(server=("-m", "benchmarks.watched_server", str(report))) as target:
            result = uvloop.run(_soak(target, report, minutes, calls_per_second))
    # A short run must not replace what was measured over the whole time.
    results_file.write("soak" if minutes >= MINUTES else "soak_short", result, began=began)
    return result


async def _soak(target: Target, report: Path, minutes: float, rate: float) -> dict[str, Any]:
    soak = Soak(target, await utterances())
    calls = round(minutes * 60 * rate)
    async with http_client() as client:
        await _offer(soak, client, range(-len(KINDS) * 2, 0), rate)  # each kind twice
        await asyncio.sleep(QUIET_SECONDS)
        idle_mib = machine.rss_mib(target.pid)
        watching = asyncio.create_task(_watch(soak))
        first = round(calls * WARM_UP_SHARE)
        await _offer(soak, client, range(first), rate)
        await asyncio.sleep(QUIET_SECONDS)
        warm, warm_from = await _holdings(target.pid, report), len(soak.samples)
        with machine.Watch({machine.SERVER_CORE: target.pid}) as watch:
            await _offer(soak, client, range(first, calls), rate)
        await asyncio.sleep(QUIET_SECONDS)
        watching.cancel()
        end = await _holdings(target.pid, report)
        end_mib = machine.rss_mib(target.pid)
        traced = await _traced(soak, client, report, rate, min(MOST_TRACED_CALLS, calls // 4))
    return {
        "minutes": minutes,
        "calls": calls,
        "kinds": dict(soak.ended),
        "problems": dict(soak.problems),
        "tracebacks_logged": target.log.read_text().count(TRACEBACK),
        "rss_mib": {"idle": round(idle_mib, 1), "end": round(end_mib, 1)},
        "live_at_most": max(live for _, _, live in soak.samples),
        "mib_per_live_call": _mib_per_live_call(soak.samples, idle_mib),
        "mib_per_1000_calls": _slope(soak.samples[warm_from:], rate),
        "tasks": {"warm": warm["tasks"], "end": end["tasks"]},
        "objects": {"warm": warm["objects"], "end": end["objects"]},
        "objects_per_call": round((end["objects"] - warm["objects"]) / (calls - first), 2),
        "grown_types": _growth(warm["types"], end["types"]),
        "traced": traced,
        "neighbours": watch.neighbours(),
        "samples": [[round(at), round(mib, 1), live] for at, mib, live in soak.samples],
    }


async def _offer(soak: Soak, client: httpx.AsyncClient, numbers: range, rate: float) -> None:
    """Place the calls `numbers`, `rate` a second; returns when the last one is over."""
    began = asyncio.get_running_loop().time()

    async def one(number: int) -> None:
        await asyncio.sleep(
            began + (number - numbers.start) / rate - asyncio.get_running_loop().time()
        )
        kind = KINDS[number % len(KINDS)]
        soak.live += 1
        try:
            result = await place_call(
                _plan(soak, kind, number), client=client, metronome=soak.metronome
            )
        finally:
            soak.live -= 1
        if number >= 0:
            soak.ended[f"{kind}: {result.outcome}"] += 1
            if kind != "refused":
                soak.problems.update(problem.words for problem in result.errors)

    async with asyncio.TaskGroup() as tasks:
        for number in numbers:
            tasks.create_task(one(number))


def _plan(soak: Soak, kind: str, number: int) -> CallPlan:
    manner = CallerBehaviour(
        barge_in_after_ms=600 if kind == "interrupts" else None,
        think_ms=Random(number).randint(0, 800),
        drop_after_ms={"line lost": 9000, "line lost in the greeting": 1200}.get(kind),
    )
    first = number % len(soak.said)
    said = soak.said[first:] + soak.said[:first]
    wrong_token = AUTH_TOKEN[::-1]
    return CallPlan(
        webhook=soak.target.webhook,
        utterances=said[: {"hangs up at once": 0, "interrupts": 3}.get(kind, 1)],
        digits="12#" if kind == "presses keys" else "",
        manner=manner,
        faults=Faults(connect_twice=kind == "connects twice"),
        auth_token=wrong_token if kind == "refused" else AUTH_TOKEN,
        max_seconds=LONGEST_CALL_SECONDS,
    )


async def _watch(soak: Soak) -> None:
    began = monotonic()
    while True:
        sample = (monotonic() - began, machine.rss_mib(soak.target.pid), soak.live)
        soak.samples.append(sample)
        await asyncio.sleep(SAMPLE_SECONDS)


async def _traced(
    soak: Soak, client: httpx.AsyncClient, report: Path, rate: float, calls: int
) -> dict[str, Any]:
    """Bytes that are still held of calls that began and ended while allocations were traced."""
    pid = soak.target.pid
    os.kill(pid, signal.SIGUSR2)
    await _offer(soak, client, range(-calls // 2, 0), rate)
    await asyncio.sleep(QUIET_SECONDS)
    before = await _holdings(pid, report)
    await _offer(soak, client, range(-calls, 0), rate)
    await asyncio.sleep(QUIET_SECONDS)
    after = await _holdings(pid, report)
    root = f"{Path(__file__).parents[1]}/"
    held_before = {line: size for line, size, _ in before["lines"]}
    grown = [
        [line.removeprefix(root), size - held_before.get(line, 0)]
        for line, size, _ in after["lines"]
        if size - held_before.get(line, 0) > calls
    ]
    return {
        "calls": calls,
        "bytes_kept_per_call": round((after["traced_bytes"] - before["traced_bytes"]) / calls),
        "grown_lines": sorted(grown, key=lambda line: -line[1]),
    }


async def _holdings(pid: int, report: Path) -> dict[str, Any]:
    """What the server says that it holds, when no call is live."""

    def ask() -> dict[str, Any]:
        os.kill(pid, signal.SIGUSR1)
        wait_until(report.exists, "the server says what it holds", seconds=REPORT_SECONDS)
        held: dict[str, Any] = json.loads(report.read_text())
        report.unlink()
        return held

    return await asyncio.to_thread(ask)


def _mib_per_live_call(samples: Sequence[tuple[float, float, int]], idle_mib: float) -> float:
    """All memory above an idle process, kept or not, over the most calls that were live."""
    most = max(live for _, _, live in samples)
    return round((max(mib for _, mib, _ in samples) - idle_mib) / most, 2)


def _slope(samples: Sequence[tuple[float, float, int]], rate: float) -> float:
    """MiB by which the process grows while 1,000 calls come and go, by least squares."""
    times, mib = [at for at, _, _ in samples], [mib for _, mib, _ in samples]
    return round(linear_regression(times, mib).slope / rate * 1000, 2)


def _growth(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Types of which there are at least fifty more than before."""
    return {
        name: n - before[name]
        for name, n in after.items()
        if name in before and n > before[name] + 50
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--rate", type=float, default=CALLS_PER_SECOND, help="calls a second")
    options = parser.parse_args()
    result = run(options.minutes, options.rate)
    tasks = sum(result["tasks"]["end"].values())
    print(
        f"{result['calls']} calls: {result['mib_per_live_call']} MiB a live call; "
        f"after the warm-up {result['mib_per_1000_calls']} MiB in 1,000 calls,\n"
        f"{result['objects_per_call']} objects and {result['traced']['bytes_kept_per_call']} bytes "
        f"kept of each; {tasks} tasks at the end"
    )


if __name__ == "__main__":
    main()
