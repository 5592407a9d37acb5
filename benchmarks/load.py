"""Callers for a benchmark: they arrive two a second while others talk, and talk to the end.

What is placed is up to the benchmark: a whole call through the webhook, or a bare media
stream to a server that has none.
"""

import asyncio
import gc
import os
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from benchmarks.machine import LOAD_CORE, SERVER_CORE, Watch, rss_mib
from benchmarks.target import AUTH_TOKEN
from telephony.simulator import wire
from telephony.simulator.caller import Caller, CallerBehaviour
from telephony.simulator.clock import Clock
from telephony.simulator.media_socket import open_socket
from telephony.simulator.metronome import Metronome
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome, Problem
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from telephony.simulator.storm import summary
from telephony.simulator.stream import MediaStream
from voicex.simulated_phone import ACCOUNT_SID

ARRIVALS_PER_SECOND: Final = 2.0
SETTLING_SECONDS: Final = 2.0  # after the last arrival, before CPU is measured
LAST_TURN_SECONDS: Final = 30.0
THINK_MS: Final = (100, 1500)  # before each utterance, so that turns do not fall into step
PROVIDERS_MS: Final = 490  # STT 100 + first sentence of the model 290 + first byte of TTS 100
MAX_BROKEN_SHARE: Final = 0.05
WHOLE_SHARE: Final = 0.98
VOICES: Final = Path(__file__).parents[1] / "var" / "bench" / "voices"
SAID: Final = (
    "Hello, when are you open tomorrow?",
    "And where can I find you?",
    "Thank you, what does it cost?",
)

Place = Callable[[int, CallerBehaviour, Metronome], Awaitable[CallResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """calls: how many at once at the end. steady_seconds: how long all of them talk then.

    interrupter_every: each n-th caller interrupts every answer, `barge_in_after_ms` into it
    (0: none does).
    """

    calls: int
    steady_seconds: float
    interrupter_every: int = 4
    barge_in_after_ms: int = 800

    @property
    def arriving_seconds(self) -> float:
        """Seconds until all callers are on the line."""
        return (self.calls - 1) / ARRIVALS_PER_SECOND + SETTLING_SECONDS

    def manner(self, number: int) -> CallerBehaviour:
        """What caller `number` (from 0) is like; all end together."""
        every = self.interrupter_every
        interrupts = every and number % every == every - 1
        until = self.arriving_seconds + self.steady_seconds - number / ARRIVALS_PER_SECOND
        return CallerBehaviour(
            barge_in_after_ms=self.barge_in_after_ms if interrupts else None,
            repeat_until_ms=round(until * 1000),
            think_ms=Random(number).randint(*THINK_MS),
        )


async def utterances() -> tuple[Utterance, ...]:
    """What callers say: three questions, in a voice unlike any agent's."""
    return tuple([await spoken(text, cache_dir=VOICES) for text in SAID])


async def offer(
    load: Load, place: Place, *, pid: int, idle_mib: float | None = None
) -> dict[str, Any]:
    """Place all calls at the server process `pid`; what the callers felt and the CPU it took.

    idle_mib: its memory before its first call, if not now.

    Keys beside those of `telephony.simulator.storm.summary`:
    cpu_per_call: CPU seconds of the server per second of call while all of them talk.
    core_share: how much of its core the server used then; near 1 it could do no more.
    set_up_cpu_ms: what a call costs beside that: webhook, ticket, records, settlement.
    added_ms: voice to voice without the providers' fixed times; None where answers cannot be
    told apart (`_added`). short_replies: those of which a part was never heard (`_short_replies`).
    rss_mib: at the steady end.
    """
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection of the phone must not be measured as the server's delay
    metronome = Metronome()
    cores = {SERVER_CORE: pid, LOAD_CORE: os.getpid()}
    began_rss = rss_mib(pid) if idle_mib is None else idle_mib
    phone_cpu = time.process_time()
    began = time.monotonic()

    async def one(number: int) -> CallResult:
        await asyncio.sleep(number / ARRIVALS_PER_SECOND)
        return await place(number, load.manner(number), metronome)

    with Watch(cores) as whole:
        async with asyncio.TaskGroup() as tasks:
            calls = [tasks.create_task(one(number)) for number in range(load.calls)]
            await asyncio.sleep(load.arriving_seconds)
            with Watch(cores) as steady:
                await asyncio.sleep(load.steady_seconds)
            rss = rss_mib(pid)
            connected = sum(not call.done() for call in calls)
        await asyncio.sleep(SETTLING_SECONDS)  # the last settlements belong to the calls
    gc.enable()
    results = [call.result() for call in calls]
    felt = summary(
        results, cpu_seconds=time.process_time() - phone_cpu, wall_seconds=time.monotonic() - began
    )
    felt["phone"]["late_p99_ms"] = metronome.late_ms(99)
    streamed = sum((s.ended_ms - s.started_ms) / 1000 for r in results for s in r.streams)
    per_call = steady.used_seconds(SERVER_CORE) / steady.seconds / max(1, connected)
    beside = whole.used_seconds(SERVER_CORE) - per_call * streamed
    return {
        "calls": load.calls,
        "cpu_per_call": round(per_call, 5),
        "core_share": round(steady.used_seconds(SERVER_CORE) / steady.seconds, 3),
        "set_up_cpu_ms": round(beside / load.calls * 1000, 1),
        "added_ms": _added(felt),
        "short_replies": _short_replies(results),
        "rss_mib": {"before": round(began_rss, 1), "steady": round(rss, 1)},
        "rss_mib_per_call": round((rss - began_rss) / load.calls, 2),
        "talking_at_steady_end": connected,
        "neighbours": whole.neighbours(),  # delays are those of the whole run
        "felt": felt,
    }


def _added(felt: dict[str, Any]) -> dict[str, Any]:
    """Median and 95th percentile; None of both when too many answers were broken or missing.

    A caller takes a gap for the end of the answer and speaks on, and one who got no answer in
    time asks the next thing. What is heard then may still belong to the question before, and
    "comes" sooner than any provider can answer.
    """
    spread = felt["voice_to_voice_ms"]
    broken = felt["unanswered"] + felt["gaps_ms"]["n"]
    if not spread["n"] or broken > MAX_BROKEN_SHARE * spread["n"]:
        return {"p50": None, "p95": None}
    return {key: round(spread[key] - PROVIDERS_MS) for key in ("p50", "p95")}


def _short_replies(results: Sequence[CallResult]) -> int:
    """Replies that were not heard in one piece, though they were not cut off.

    All replies say the same, so one that is shorter than most has a hole, whatever the caller
    took it for, or lacks its end. The first thing said in a call is its greeting, and the last
    may be cut off by the caller's hanging up.
    """
    spoken = [
        stretch.ends_ms - stretch.begins_ms
        for result in results
        for stream in result.streams
        for stretch in stream.playout.stretches[1:-1]
        if not stretch.is_cut
    ]
    whole_ms = statistics.median(spoken) if spoken else 0
    return sum(ms < whole_ms * WHOLE_SHARE for ms in spoken)


def through_webhook(url: str, said: tuple[Utterance, ...], client: httpx.AsyncClient) -> Place:
    """Whole calls: webhook, TwiML, media stream, callbacks."""

    async def place(number: int, manner: CallerBehaviour, metronome: Metronome) -> CallResult:
        first = number % len(said)
        plan = CallPlan(
            webhook=url,
            utterances=said[first:] + said[:first],
            manner=manner,
            auth_token=AUTH_TOKEN,
            max_seconds=manner.repeat_until_ms / 1000 + LAST_TURN_SECONDS,
        )
        return await place_call(plan, client=client, metronome=metronome)

    return place


def straight_to(url: str, said: tuple[Utterance, ...]) -> Place:
    """Media streams alone, for a server that takes Twilio's protocol without a webhook."""

    async def place(number: int, manner: CallerBehaviour, metronome: Metronome) -> CallResult:
        outbox = wire.MessageWriter(
            stream_sid=f"MZ{secrets.token_hex(16)}",
            call_sid=f"CA{secrets.token_hex(16)}",
            account_sid=ACCOUNT_SID,
        )
        first = number % len(said)
        lines = said[first:] + said[:first]
        result = CallResult(call_sid=f"call {number}", outcome=Outcome.CONNECTED)
        socket = await open_socket(url, {})
        stream = MediaStream(socket, outbox=outbox, clock=Clock(), metronome=metronome)
        try:
            async with asyncio.timeout(manner.repeat_until_ms / 1000 + LAST_TURN_SECONDS):
                await stream.run({}, lambda now_ms: Caller(lines, manner=manner, now_ms=now_ms))
        except TimeoutError:
            result.errors.append(Problem(code=None, words="the call did not end"))
        result.streams.append(stream.log)
        result.measurements.add(stream.log)
        result.errors += [Problem(code=e.code, words=e.words) for e in stream.log.errors]
        return result

    return place
