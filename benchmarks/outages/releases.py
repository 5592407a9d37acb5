"""Every role of a deployment is restarted in turn under many calls, with the default settings."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.outages.agents import questions, webhooks
from benchmarks.outages.databases import cluster
from benchmarks.outages.scene import (
    Found,
    Scene,
    charged,
    cut_sentences,
    gaps_ms,
    is_as_ever,
    waits_ms,
)
from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.metronome import Metronome
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome
from telephony.simulator.webhooks import http_client
from testing.services.console import Console
from testing.services.deployment import Deployment, deployed

CALLS: Final = 100
ARRIVALS_PER_SECOND: Final = 3.0
TRIES: Final = 10
# As deployed: what tests set otherwise is as the settings have it.
DEFAULTS: Final = {"MAX_LOOP_LAG_MS": "20", "CALL_STALE_SECONDS": "45", "WORKER_CONCURRENCY": "2"}
TALKS_SECONDS: Final = 90.0  # of those who come last: longer than all restarts take
QUIETLY: Final = ("web", "worker", "beat")  # roles that carry no call


def rolling(directory: Path, calls: int = CALLS) -> list[Found]:
    """Each container is stopped, and started again when it has ended, one after the other."""
    with (
        deployed(directory, cluster=cluster(), **DEFAULTS) as deployment,
        _scene(deployment) as here,
    ):
        results, seconds = asyncio.run(_under_calls(deployment, here, calls))
        kept = charged(here.ask, results)
    dropped = [each for each in results if not is_as_ever(each)]
    moves = sum(len(each.streams) - 1 for each in results)
    cut = sum(map(cut_sentences, results))
    gap = max((ms for each in results for ms in gaps_ms(each)), default=0.0)
    wait = max((ms for each in results for ms in waits_ms(each)), default=0.0)
    met = (
        f"{len(dropped)} dropped, {cut} sentences cut in {moves} moves, the longest without a line "
        f"{gap / 1000:.1f} s, the longest silence before an answer {wait / 1000:.1f} s; "
        f"{kept.words()}"
    )
    fault = f"all roles restarted in turn in {seconds:.0f} s (web, media, worker, beat)"
    return [Found(fault, len(results), len(results) - len(dropped), met, kept.slots)]


async def _under_calls(
    deployment: Deployment, here: Scene, calls: int
) -> tuple[list[CallResult], float]:
    """What became of the calls, and how long the restarts took."""
    metronome = Metronome()

    async def one(number: int) -> CallResult:
        await asyncio.sleep(number / ARRIVALS_PER_SECOND)
        until = TALKS_SECONDS + (calls - number) / ARRIVALS_PER_SECOND
        manner = CallerBehaviour(
            think_ms=Random(number).randint(500, 3_000),
            patience_ms=60_000,
            repeat_until_ms=round(until * 1000),
        )
        for _ in range(TRIES):  # who is declined, as a process has a lot to do, calls again
            plan = CallPlan(webhook=here.webhooks[""], utterances=here.said, manner=manner)
            result = await place_call(plan, client=client, metronome=metronome)
            if result.outcome is not Outcome.DECLINED:
                break
        return result

    async with http_client() as client:
        placed = [asyncio.create_task(one(number)) for number in range(calls)]
        await asyncio.sleep(calls / ARRIVALS_PER_SECOND + 3)
        began = time.monotonic()
        await asyncio.to_thread(_restart_all, deployment)
        seconds = time.monotonic() - began
        return list(await asyncio.gather(*placed)), seconds


def _restart_all(deployment: Deployment) -> None:
    for name in (*deployment.media, *QUIETLY):
        began = time.monotonic()
        deployment.roles[name].stop()
        stopped = time.monotonic()
        deployment.start(name)
        if name in deployment.ports:
            deployment.wait_for_http(name)
        ready = time.monotonic()
        print(
            f"{name}: ended in {stopped - began:.1f} s, there in {ready - stopped:.1f} s",
            flush=True,
        )


@contextmanager
def _scene(deployment: Deployment) -> Iterator[Scene]:
    variables = {**os.environ, **deployment.environment("manage")}
    with Console(variables) as console:
        engines = [f"--{part}=scripted" for part in ("stt", "llm", "tts")]
        webhook = _webhook(console, engines)
        yield Scene(
            webhooks=webhooks(console.run, webhook),
            said=questions(deployment.directory),
            ask=console.run,
            origin=deployment.origin,
        )


def _webhook(console: Console, engines: list[str]) -> str:
    made = json.loads(console.command("bootstrap", "--org", "Acorn Dental", *engines, "--json"))
    return str(made["webhook_url"])
