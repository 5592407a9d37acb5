"""Faults under live calls, and what callers hear of them: `make faults`.

Real processes on loopback, simulated callers, and the parts of the service stopped, frozen or
killed by their process ids. Writes benchmarks/results/faults.json, and with it the tables of
docs/reliability.md (`benchmarks.report_faults`). A run of six faults and 25 kills took twenty
minutes; those that came since add to it.
"""

import argparse
import asyncio
import json
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks import (
    django_ready,  # noqa: F401
    kills,
    machine,
    report_faults,
    results_file,
    settled_under_kills,
)
from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome, PhoneEvent
from telephony.simulator.sound.utterance import Utterance
from testing.guard import GUARD_SECONDS
from testing.services.pair import Pair, pair
from testing.services.servers import PostgreSQL, missing

LIVE_CALLS: Final = 4
MANY_CALLS: Final = 25  # an organization that signs no webhooks may have 30
NEW_CALLERS: Final = 6
AWAY_SECONDS: Final = 20.0
FROZEN_SECONDS: Final = 25.0
APART_SECONDS: Final = 2.5  # between two new callers of a fault
BETWEEN_CALLS_SECONDS: Final = 0.25  # and those who talk when it comes
# Talks from before the fault until after it.
LONG: Final = CallerBehaviour(think_ms=6_000, patience_ms=60_000)
Questions = tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What callers met. well: of `calls`, how many; met: what that means; slots: taken after it."""

    fault: str
    calls: int
    well: int
    met: str
    slots: int


async def _talking(webhook: str, said: Questions, count: int) -> list["asyncio.Task[CallResult]"]:
    """So many calls, each with a caller who has begun to talk."""
    calls, have_begun = [], []
    for _ in range(count):
        has_begun = asyncio.Event()
        plan = CallPlan(webhook=webhook, utterances=said, manner=LONG)

        def notice(event: PhoneEvent, has_begun: asyncio.Event = has_begun) -> None:
            if event.what == "said":
                has_begun.set()

        calls.append(asyncio.create_task(place_call(plan, notice)))
        have_begun.append(has_begun.wait())
        await asyncio.sleep(BETWEEN_CALLS_SECONDS)
    async with asyncio.timeout(GUARD_SECONDS):
        await asyncio.gather(*have_begun)
    return calls


def _slots(both: Pair) -> int:
    """How many calls of all hold a slot, once the last ones have ended."""
    code = "from usage.models import Call\nprint(Call.objects.filter(ended_at=None).count())"
    deadline = time.monotonic() + 10
    while (count := int(both.console.run(code))) and time.monotonic() < deadline:
        time.sleep(0.2)
    return count


def _run(both: Pair, story: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def fronted() -> Any:
        async with both.fronted():
            return await story()

    return asyncio.run(fronted())


def stopped(directory: Path) -> Found:
    """A process is stopped in order, and leaves its calls to the next."""
    with pair(directory, DRAIN_SECONDS="4") as both:
        said = asyncio.run(kills.questions(directory))
        webhook = both.service().bootstrap("scripted")["webhook_url"]
        process = both.first()

        async def story() -> list[CallResult]:
            calls = await _talking(webhook, said, LIVE_CALLS)
            process.send_signal(signal.SIGTERM)
            both.ask_last(process)
            return list(await asyncio.gather(*calls))

        results = _run(both, story)
        process.wait(GUARD_SECONDS)
        well = sum(_is_well(each) and len(each.streams) == 2 for each in results)
        return Found(
            "a process is stopped (SIGTERM, drained for 4 s)", len(results), well,
            "continued by the other one, every question answered", _slots(both),
        )  # fmt: skip


def replaced(directory: Path) -> Found:
    """Each process is replaced by a new one, one after the other, as a release does it."""
    with pair(directory, DRAIN_SECONDS="4") as both:
        said = asyncio.run(kills.questions(directory))
        webhook = both.service().bootstrap("scripted")["webhook_url"]

        async def story() -> list[CallResult]:
            calls = await _talking(webhook, said * 3, MANY_CALLS)
            for process in both.processes:
                process.send_signal(signal.SIGTERM)
                both.ask_last(process)
                await asyncio.to_thread(both.start)
                await asyncio.to_thread(process.wait, GUARD_SECONDS)
                both.forget(process)
                await asyncio.to_thread(both.wait_until_ready)
            return list(await asyncio.gather(*calls))

        results = _run(both, story)
        well = sum(map(_is_well, results))
        moves = sum(len(each.streams) - 1 for each in results)
        longest = max((gap for each in results for gap in _gaps_ms(each)), default=0.0)
        return Found(
            "every process is replaced in turn (drained for 4 s)", len(results), well,
            f"every question answered; {moves} moves, the longest without a line {longest:.0f} ms",
            _slots(both),
        )  # fmt: skip


def _gaps_ms(result: CallResult) -> Iterator[float]:
    """From the end of each stream to the beginning of the next."""
    for one, following in pairwise(result.streams):
        yield following.started_ms - one.ended_ms


def frozen(directory: Path) -> Found:
    """The process that has the calls stands still for FROZEN_SECONDS."""
    with pair(directory) as both:
        said = asyncio.run(kills.questions(directory))
        webhook = both.service().bootstrap("scripted")["webhook_url"]
        process = both.first()

        async def story() -> list[CallResult]:
            calls = await _talking(webhook, said, LIVE_CALLS)
            process.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(FROZEN_SECONDS)
            finally:
                process.send_signal(signal.SIGCONT)
            return list(await asyncio.gather(*calls))

        results = _run(both, story)
        well = sum(_is_well(each) or _has_words(each) for each in results)
        return Found(
            f"a process stands still for {FROZEN_SECONDS:g} s (SIGSTOP), its sockets stay open",
            len(results), well, "silent so long, then went on or ended in words", _slots(both),
        )  # fmt: skip


def _is_well(result: CallResult) -> bool:
    """Whether the caller met nothing amiss; reports that nobody waits for may be refused."""
    amiss = [each.words for each in result.errors if "the callback" not in each.words]
    if amiss:
        print(f"amiss: {amiss}", flush=True)
    return result.outcome is Outcome.CONNECTED and not amiss


def _has_words(result: CallResult) -> bool:
    return any(event.what == "carrier_says" for event in result.timeline)


@dataclass(frozen=True, slots=True)
class Outage:
    """What callers met while the database was away. seconds: to the answer of each new caller."""

    live: list[CallResult]
    new: list[CallResult]
    ready: int  # the status of /readyz meanwhile


def without_database(directory: Path, how: str) -> list[Found]:
    """PostgreSQL is away for AWAY_SECONDS. how: `stopped` or `frozen`."""
    with PostgreSQL() as server, pair(directory, DATABASE_URL=server.url) as both:
        said = asyncio.run(kills.questions(directory))
        webhook = both.service().bootstrap("scripted")["webhook_url"]
        outage: Outage = _run(both, lambda: _outage(both, server, webhook, said, how))
        slots = _slots(both)
        written = int(both.console.run(_WRITTEN))
    away = f"PostgreSQL {how} for {AWAY_SECONDS:g} s"
    live_well = sum(map(_is_well, outage.live))
    declined = [each for each in outage.new if each.outcome is Outcome.DECLINED]
    slowest = max((_answered_ms(each) for each in outage.new), default=0.0)
    met = f"words, the slowest after {slowest / 1000:.1f} s; {written} written down afterwards"
    if outage.ready != 503:
        met += f"; /readyz said {outage.ready}"
    return [
        Found(f"{away}: on the line", len(outage.live), live_well, "noticed nothing", slots),
        Found(f"{away}: new callers", len(outage.new), sum(map(_has_words, declined)), met, slots),
    ]


_WRITTEN: Final = """
from usage.models import WebhookAttempt
print(WebhookAttempt.objects.filter(reason="database_away").count())
"""


async def _outage(
    both: Pair, server: PostgreSQL, webhook: str, said: Questions, how: str
) -> Outage:
    live = await _talking(webhook, said, LIVE_CALLS)
    with _away(server, how):
        ends_at = time.monotonic() + AWAY_SECONDS
        new = []
        for _ in range(NEW_CALLERS):
            plan = CallPlan(webhook=webhook, utterances=said[:1])
            new.append(asyncio.create_task(place_call(plan)))
            await asyncio.sleep(APART_SECONDS)
        async with httpx.AsyncClient() as client:
            ready = await client.get(f"{both.origin}/readyz", timeout=5)
        await asyncio.sleep(max(0.0, ends_at - time.monotonic()))
    results = await asyncio.gather(*live, *new)
    return Outage(list(results[:LIVE_CALLS]), list(results[LIVE_CALLS:]), ready.status_code)


@contextmanager
def _away(server: PostgreSQL, how: str) -> Iterator[None]:
    (server.stop if how == "stopped" else server.freeze)()
    try:
        yield
    finally:
        (server.start if how == "stopped" else server.thaw)()


def _answered_ms(result: CallResult) -> float:
    """When the caller heard something else than the line ringing."""
    return min((each.at_ms for each in result.timeline if each.what == "answered"), default=15_000)


def main() -> None:
    """Run all faults, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=24)
    options = parser.parse_args()
    began = machine.facts()
    with tempfile.TemporaryDirectory(prefix="voicex-faults-") as name:
        directory = Path(name)
        found: list[Found] = []
        for number, fault in enumerate((stopped, replaced, frozen)):
            found.append(fault(_made(directory / f"{number}")))
            print(json.dumps(asdict(found[-1])), flush=True)
        if missing():
            print(f"without the database's faults: not installed: {', '.join(missing())}")
        else:
            for how in ("stopped", "frozen"):
                for each in without_database(_made(directory / how), how):
                    found.append(each)
                    print(json.dumps(asdict(each)), flush=True)
            found.append(settled())
            print(json.dumps(asdict(found[-1])), flush=True)
        killed = kills.rows(options.kills, _made(directory / "kills"))
    result = {"faults": [asdict(each) for each in found], "kills": killed}
    results_file.write("faults", result, began=began)
    print(f"written: {report_faults.write()}")


def settled() -> Found:
    """Workers are killed while they settle."""
    result = settled_under_kills.run()
    total = result["total_micros"] / 1_000_000
    return Found(
        f"two workers that settle, killed {result['kills']} times in {result['seconds']:.0f} s",
        result["calls"],
        result["settled"] if result["is_exact"] else 0,
        f"each charged once, ${total:,.6f} in all, recomputed by the proof",
        result["slots"],
    )


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


if __name__ == "__main__":
    main()
