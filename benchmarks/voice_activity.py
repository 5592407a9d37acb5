"""What the voice detector hears, and at what cost: `python -m benchmarks.voice_activity`.

Recorded people (synthetic voices where there are none) speak one after the other on one
long line, with seconds of nothing but noise between them, through the voice detector with and
without its gate and its batching; then many listeners at the service itself.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import uvloop
from numpy.typing import NDArray

from agents.engines.events import SpeechPaused, SpeechResumed, SpeechStarted, SpeechStopped
from agents.engines.voice_activity import detector
from agents.engines.voice_activity.silero import WINDOW, Silero
from agents.settings.config import TurnTaking
from agents.speech.audio.endpointing import SPEECH, WINDOW_MS, Endpointer
from benchmarks import machine, results_file
from benchmarks.long_lines import LongLine, long_lines, voices
from benchmarks.table import pair

# Name: (gate, batch).
WAYS: Final = {
    "no gate, no batch": (False, False),
    "gate": (True, False),
    "batch": (False, True),
    "gate and batch": (True, True),
}
CALLERS: Final = (1, 40, 100)
FEED_SECONDS: Final = 10.0
FRAME_SECONDS: Final = 0.02
FRAME_BYTES: Final = 160
# A start may come before what counts as sound, and a little after the last of it.
EARLY_MS, LATE_MS = 100, 200


@dataclass(slots=True)
class Caller:
    """One line under test: what the detector said of each window, and what was made of it."""

    endpointer: Endpointer = field(default_factory=lambda: Endpointer(TurnTaking()))
    is_voiced: list[bool] = field(default_factory=list)
    started_ms: list[int] = field(default_factory=list)  # when it was said
    stopped_ms: list[int] = field(default_factory=list)

    def take(self, probability: float, model: Silero, row: int) -> None:
        """The next window's probability; the model learns of utterances, as from the ear."""
        self.is_voiced.append(probability >= SPEECH)
        match self.endpointer.push(probability):
            case SpeechStarted():
                self.started_ms.append(len(self.is_voiced) * WINDOW_MS)
                model.set_speaking(row, True)
            case SpeechResumed():
                model.set_speaking(row, True)
            case SpeechPaused():
                model.set_speaking(row, False)
            case SpeechStopped():
                self.stopped_ms.append(len(self.is_voiced) * WINDOW_MS)


def run() -> dict[str, Any]:
    """Accuracy and cost of every way on every line; delay and cost of the service."""
    machine.pin(machine.SERVER_CORE)
    began = machine.facts()
    spoken, kind = voices()
    lines = long_lines(spoken)
    ways = {}
    for name, (gate, batch) in WAYS.items():
        ways[name] = hear(lines, gate=gate, batch=batch)
        print(way_row(name, ways[name]["all"]), flush=True)
    result: dict[str, Any] = {
        "voices": f"{len(spoken)} {kind}",
        "ways": ways,
        "service": {str(callers): _serve(lines, callers) for callers in CALLERS},
    }
    results_file.write("voice_activity", result, began=began)
    return result


def hear(lines: dict[str, LongLine], *, gate: bool, batch: bool) -> dict[str, Any]:
    """Every line to its end: figures for each and for all. batch: all lines at once."""
    model = Silero(is_gated=gate)
    callers = [Caller() for _ in lines]
    for row in range(len(callers)):
        model.forget(row)
    everyone = list(range(len(callers)))
    groups = [everyone] if batch else [[row] for row in everyone]
    audio = [line.audio for line in lines.values()]
    count = min(map(len, audio)) // WINDOW
    cpu = 0.0
    for rows in groups:
        for begin in range(0, count * WINDOW, WINDOW):
            windows = [audio[row][begin : begin + WINDOW] for row in rows]
            clock = time.thread_time()
            probabilities = model.probabilities(rows, windows)
            cpu += time.thread_time() - clock
            for row, probability in zip(rows, probabilities, strict=True):
                callers[row].take(probability, model, row)
    each = dict(zip(lines, map(_judge, callers, lines.values()), strict=True))
    levels = dict.fromkeys(line.level for line in lines.values())
    by_level = {
        level: _sum([each[name] for name, line in lines.items() if line.level == level])
        for level in levels
    }
    return {
        "all": _sum(list(each.values()))
        | {
            "cpu_us_per_window": round(cpu / model.windows * 1e6, 1),
            "skipped": round(model.windows_skipped / model.windows, 3),
        },
        "levels": by_level,
        "lines": {name: _sum([figures]) for name, figures in each.items()},
    }


def _judge(caller: Caller, line: LongLine) -> dict[str, Any]:
    """What `caller` heard beside what was said."""
    loud: NDArray[np.bool_] = line.is_loud[: len(caller.is_voiced)]
    voiced = np.array(caller.is_voiced[: len(loud)])
    figures: dict[str, Any] = {
        "found": int((voiced & loud).sum()),
        "loud": int(loud.sum()),
        "voiced": int(voiced.sum()),
        "missed": 0,
        "false_ends": 0,
        "start_ms": [],
        "end_ms": [],
    }
    belongs = 0
    for begin, end, following in line.spans():
        starts = [at for at in caller.started_ms if begin - EARLY_MS <= at < end + LATE_MS]
        belongs += len(starts)
        if not starts:
            figures["missed"] += 1
            continue
        figures["start_ms"].append(starts[0] - begin)
        stops = [at for at in caller.stopped_ms if begin < at < following]
        figures["false_ends"] += sum(at < end for at in stops)
        figures["end_ms"] += [at - end for at in stops if at >= end][:1]
    figures["false_starts"] = len(caller.started_ms) - belongs
    figures["minutes"] = len(caller.is_voiced) * WINDOW_MS / 60_000
    return figures


def _sum(each: list[dict[str, Any]]) -> dict[str, Any]:
    total = {name: sum((figures[name] for figures in each[1:]), each[0][name]) for name in each[0]}
    return {
        "recall": round(total["found"] / total["loud"], 3),
        "precision": round(total["found"] / max(1, total["voiced"]), 3),
        "missed_utterances": total["missed"],
        "false_starts_a_minute": round(total["false_starts"] / total["minutes"], 3),
        "false_ends_a_minute": round(total["false_ends"] / total["minutes"], 2),
        "start_ms": spread(total["start_ms"]),
        "end_ms": spread(total["end_ms"]),
    }


def _serve(lines: dict[str, LongLine], callers: int) -> dict[str, Any]:
    """`callers` at the service, each with frames on a clock of its own; as in a process."""
    with machine.Watch({machine.SERVER_CORE: os.getpid()}) as watch:
        with_service = uvloop.run(_feed(lines, callers, is_heard=True))
    without = uvloop.run(_feed(lines, callers, is_heard=False))
    windows = callers * FEED_SECONDS * 1000 / WINDOW_MS
    cpu = with_service["cpu"] - without["cpu"]
    return {
        "delay_ms": with_service["delay_ms"],
        "cpu_us_per_window": round(cpu / windows * 1e6, 1),
        "cpu_per_call": round(cpu / FEED_SECONDS / callers, 6),
        "batches_a_second": round(with_service["batches"] / FEED_SECONDS, 1),
        "skipped": with_service["skipped"],
        "neighbours": watch.neighbours(),
    }


async def _feed(lines: dict[str, LongLine], callers: int, *, is_heard: bool) -> dict[str, Any]:
    model = await asyncio.to_thread(Silero)
    service = detector.VoiceActivity(model)
    loop = asyncio.get_running_loop()
    audio = [line.audio for line in lines.values() if line.level != "0 dB"]
    delays: list[float] = []

    def caller(number: int) -> Iterator[None]:
        """Each step is a frame."""
        complete: list[float] = []  # when each window that is not yet judged was complete
        listener = service.listener(lambda _: delays.append(loop.time() - complete.pop(0)))
        line, offset = audio[number % len(audio)], number * 1000 * FRAME_BYTES
        heard = 0
        while True:
            at = (offset + heard) % (len(line) - FRAME_BYTES)
            heard += FRAME_BYTES
            if heard % WINDOW < FRAME_BYTES:
                complete.append(loop.time())
            if is_heard:
                listener.push(line[at : at + FRAME_BYTES])
            yield

    def step(frames: Iterator[None], due: float) -> None:
        next(frames)
        if due + FRAME_SECONDS < ends:
            loop.call_at(due + FRAME_SECONDS, step, frames, due + FRAME_SECONDS)

    begins = loop.time() + 0.1
    ends = begins + FEED_SECONDS
    clock = time.process_time()
    for number in range(callers):
        due = begins + number * FRAME_SECONDS / callers
        loop.call_at(due, step, caller(number), due)
    await asyncio.sleep(ends - loop.time() + 0.1)
    return {
        "cpu": time.process_time() - clock,
        "delay_ms": spread([delay * 1000 for delay in delays]),
        "batches": service.batches,
        "skipped": round(model.windows_skipped / max(1, model.windows), 3),
    }


def spread(values: list[float]) -> dict[str, float | None]:
    """Median, 95th and 99th percentile and the worst; None of nothing."""
    if not values:
        return dict.fromkeys(("p50", "p95", "p99", "worst"))
    found = [*np.percentile(values, (50, 95, 99)), max(values)]
    return {
        name: round(float(value), 1)
        for name, value in zip(("p50", "p95", "p99", "worst"), found, strict=True)
    }


HEADER: Final = (
    f"{'':<20} {'recall':>7} {'precision':>9} {'missed':>7} {'false starts/min':>17} "
    f"{'false ends/min':>15} {'start p50/p95':>14} {'end p50/p95':>12} "
    f"{'us/window':>10} {'skipped':>8}"
)


def way_row(name: str, figures: dict[str, Any]) -> str:
    """One line under HEADER."""
    start, end = figures["start_ms"], figures["end_ms"]
    cost = (
        f"{figures['cpu_us_per_window']:>10} {figures['skipped']:>8.0%}"
        if "skipped" in figures
        else ""
    )
    return (
        f"{name:<20} {figures['recall']:>7} {figures['precision']:>9} "
        f"{figures['missed_utterances']:>7} {figures['false_starts_a_minute']:>17} "
        f"{figures['false_ends_a_minute']:>15} {pair(start):>14} {pair(end):>12} {cost}"
    )


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(HEADER)
    result = run()
    for name, way in result["ways"].items():
        print(f"\n{name}\n{HEADER}")
        for level, figures in way["levels"].items():
            print(way_row(level, figures))
    print("\nlisteners  delay p50/p95/worst ms  us/window  a call  batches/s  skipped")
    for callers, served in result["service"].items():
        delay = served["delay_ms"]
        print(
            f"{callers:>9}  {pair(delay):>12}/{delay['worst']:<11g} "
            f"{served['cpu_us_per_window']:>9}  {served['cpu_per_call']:.5f}  "
            f"{served['batches_a_second']:>8}  {served['skipped']:>6.0%}"
        )


if __name__ == "__main__":
    main()
