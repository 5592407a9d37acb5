"""Many simulated calls at once from one process, with summary statistics."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.metronome import Metronome
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome
from telephony.simulator.report.text import spread
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.webhooks import http_client

# Callers think for a while before they speak, each for a time of their own, so that turns
# do not fall into step.
THINK_MS: Final = (100, 1500)
# How long a caller may take to end the last turn after the storm is over.
LAST_TURN_SECONDS: Final = 30.0
# A phone that sends frames later than this measures itself, not the server.
PHONE_LATE_MS: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StormPlan:
    """calls: how many at once. seconds: how long each lasts. ramp: new calls a second."""

    webhook: str
    calls: int
    seconds: float
    ramp: float
    utterances: tuple[Utterance, ...]
    barge_in_after_ms: int | None = None
    call_options: dict[str, Any] = field(default_factory=dict)
    seed: int = 1


async def run_storm(plan: StormPlan, on_end: Callable[[CallResult], None]) -> dict[str, Any]:
    """Place all the calls; returns their measurements together, as plain values.

    on_end is called with each result as its call ends.
    """
    metronome = Metronome()
    began_cpu, began = time.process_time(), time.monotonic()
    async with http_client() as client:

        async def one(number: int) -> CallResult:
            await asyncio.sleep(number / plan.ramp)
            result = await place_call(_call_plan(plan, number), client=client, metronome=metronome)
            on_end(result)
            return result

        async with asyncio.TaskGroup() as tasks:
            calls = [tasks.create_task(one(number)) for number in range(plan.calls)]
    results = [call.result() for call in calls]
    spent_cpu = time.process_time() - began_cpu
    return summary(results, cpu_seconds=spent_cpu, wall_seconds=time.monotonic() - began)


def summary(
    results: list[CallResult], *, cpu_seconds: float, wall_seconds: float
) -> dict[str, Any]:
    """Percentiles over all calls (ms), counts of outcomes and errors, and the phone's own cost."""
    measured = [result.measurements for result in results]
    barge_ins = [barge_in for m in measured for barge_in in m.barge_ins]
    stopped = [b.clear_ms for b in barge_ins if b.clear_ms is not None]
    answers = [ms for m in measured for ms in m.voice_to_voice_ms]
    outcomes = Counter(str(result.outcome) for result in results)
    problems = Counter(
        f"{problem.code or ''} {problem.words}".strip()
        for result in results
        for problem in result.errors
    )
    stream_seconds = sum(
        (log.ended_ms - log.started_ms) / 1000 for result in results for log in result.streams
    )
    late_ms = max((m.phone_late_ms for m in measured), default=0.0)
    return {
        "ok": all(result.ok for result in results),
        "calls": len(results),
        "outcomes": {str(outcome): outcomes[str(outcome)] for outcome in Outcome},
        "declined_in_words": sum(
            result.outcome is Outcome.DECLINED and "Say" in result.verbs for result in results
        ),
        "voice_to_voice_ms": spread(ms for ms in answers if ms is not None),
        "unanswered": sum(ms is None for ms in answers),
        "greeting_ms": spread(m.greeting_ms for m in measured if m.greeting_ms is not None),
        "barge_in_ms": spread(stopped),
        "barge_ins_ignored": len(barge_ins) - len(stopped),
        "loud_after_clear": sum(b.is_loud_after for b in barge_ins),
        "gaps_ms": spread(ms for m in measured for ms in m.gaps_ms),
        "marks": {
            "received": sum(m.marks_received for m in measured),
            "returned": sum(m.marks_returned for m in measured),
        },
        "errors": [{"words": words, "calls": n} for words, n in problems.most_common()],
        "phone": {
            "cpu_per_call": round(cpu_seconds / stream_seconds, 4) if stream_seconds else None,
            "cpu_share": round(cpu_seconds / wall_seconds, 3),
            "late_ms": round(late_ms),
            "is_trustworthy": late_ms <= PHONE_LATE_MS,
        },
    }


def _call_plan(plan: StormPlan, number: int) -> CallPlan:
    random = Random(plan.seed * 1_000_003 + number)
    first = number % len(plan.utterances) if plan.utterances else 0
    return CallPlan(
        webhook=plan.webhook,
        utterances=plan.utterances[first:] + plan.utterances[:first],
        manner=CallerBehaviour(
            barge_in_after_ms=plan.barge_in_after_ms,
            repeat_until_ms=round(plan.seconds * 1000),
            think_ms=random.randint(*THINK_MS),
        ),
        max_seconds=plan.seconds + LAST_TURN_SECONDS,
        **plan.call_options,
    )
