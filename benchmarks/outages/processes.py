"""A media process is stopped, frozen or replaced under calls."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.outages.agents import questions, webhooks
from benchmarks.outages.scene import (
    LIVE_CALLS,
    Found,
    Scene,
    charged,
    gaps_ms,
    has_words,
    is_well,
    talking,
    talks_for,
)
from telephony.simulator.plan import CallResult
from testing.guard import GUARD_SECONDS
from testing.services.pair import Pair, pair

MANY_CALLS: Final = 25
FROZEN_SECONDS: Final = 25.0
DRAIN: Final = {"DRAIN_SECONDS": "4"}


@contextmanager
def scene(directory: Path, *, tool_url: str = "", **settings: str) -> Iterator[tuple[Scene, Pair]]:
    """Two processes on one database with the agents of these faults, until the block ends.

    tool_url: of the organization's server, for an agent that asks it.
    """
    with pair(directory, **settings) as both:
        webhook = both.service().bootstrap("scripted")["webhook_url"]
        made = webhooks(both.console.run, webhook, tool_url=tool_url)
        said = questions(directory)
        yield Scene(webhooks=made, said=said, ask=both.console.run, origin=both.origin), both


def run_fronted(both: Pair, story: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What `story` returns, with the processes behind their one address."""

    async def fronted() -> Any:
        async with both.fronted():
            return await story()

    return asyncio.run(fronted())


def stopped(directory: Path) -> list[Found]:
    """A process is stopped in order, and leaves its calls to the next."""
    with scene(directory, **DRAIN) as (here, both):
        process = both.first()

        async def story() -> list[CallResult]:
            calls = await talking(here.webhooks[""], here.said, talks_for(25), LIVE_CALLS)
            process.send_signal(signal.SIGTERM)
            both.ask_last(process)
            return list(await asyncio.gather(*calls))

        results = run_fronted(both, story)
        process.wait(GUARD_SECONDS)
        well = sum(is_well(each) and len(each.streams) == 2 for each in results)
        kept = charged(here.ask, results)
        met = f"continued by the other one, every question answered; {kept.words()}"
        fault = "a process is stopped (SIGTERM, drained for 4 s)"
        return [Found(fault, len(results), well, met, kept.slots)]


def replaced(directory: Path) -> list[Found]:
    """Each process is replaced by a new one, one after the other, as a release does it."""
    with scene(directory, **DRAIN) as (here, both):

        async def story() -> list[CallResult]:
            calls = await talking(here.webhooks[""], here.said, talks_for(60), MANY_CALLS)
            for process in both.processes:
                process.send_signal(signal.SIGTERM)
                both.ask_last(process)
                await asyncio.to_thread(both.start)
                await asyncio.to_thread(process.wait, GUARD_SECONDS)
                both.forget(process)
                await asyncio.to_thread(both.wait_until_ready)
            return list(await asyncio.gather(*calls))

        results = run_fronted(both, story)
        moves = sum(len(each.streams) - 1 for each in results)
        longest = max((gap for each in results for gap in gaps_ms(each)), default=0.0)
        kept = charged(here.ask, results)
        met = (
            f"every question answered; {moves} moves, the longest without a line {longest:.0f} ms; "
            f"{kept.words()}"
        )
        fault = "every process is replaced in turn (drained for 4 s)"
        return [Found(fault, len(results), sum(map(is_well, results)), met, kept.slots)]


def frozen(directory: Path) -> list[Found]:
    """The process that has the calls stands still for FROZEN_SECONDS."""
    with scene(directory) as (here, both):
        process = both.first()

        async def story() -> list[CallResult]:
            manner = talks_for(FROZEN_SECONDS + 15)
            calls = await talking(here.webhooks[""], here.said, manner, LIVE_CALLS)
            process.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(FROZEN_SECONDS)
            finally:
                process.send_signal(signal.SIGCONT)
            return list(await asyncio.gather(*calls))

        results = run_fronted(both, story)
        well = sum(is_well(each) or has_words(each) for each in results)
        kept = charged(here.ask, results)
        met = f"silent so long, then went on or ended in words; {kept.words()}"
        fault = f"a process stands still for {FROZEN_SECONDS:g} s (SIGSTOP), its sockets stay open"
        return [Found(fault, len(results), well, met, kept.slots)]
