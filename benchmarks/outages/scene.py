"""Callers while something is away, and what they met: the part that all faults share."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import httpx

from benchmarks.outages.agents import ENDING, Ask, Questions
from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome, PhoneEvent
from telephony.simulator.report.history import StreamLog

LIVE_CALLS: Final = 4
ENDING_CALLS: Final = 4  # of half of them the caller hangs up, of the others the agent
NEW_CALLERS: Final = 6
BETWEEN_CALLS_SECONDS: Final = 0.25
THINK_MS: Final = 6_000
BEGIN_SECONDS: Final = 180.0  # within which all who are called have to talk
TAIL_SECONDS: Final = 12  # so long those on the line talk after it
SETTLED_SECONDS: Final = 90.0  # within which all calls have to be charged
# So much may be charged too much or too little of a call. A process that cannot write its last
# record keeps the line for two seconds, which nobody is charged for.
OFF_BY_MS: Final = 2_500
# What a process has thrown away of its agent's words when it leaves the call: as it does so.
CLEARED_WITHIN_MS: Final = 2_500


class NotHere(Exception):
    """The fault cannot be made on this machine; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """What callers met. well: of `calls`, how many; met: what that means; slots: taken after it."""

    fault: str
    calls: int
    well: int
    met: str
    slots: int

    def row(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A running service. webhooks: by the name of the agent; ask: runs code beside it."""

    webhooks: dict[str, str]
    said: Questions
    ask: Ask
    origin: str


@dataclass(frozen=True, slots=True)
class Met:
    """ready: the status of /readyz meanwhile."""

    live: list[CallResult]
    ending: list[CallResult]
    new: list[CallResult]
    ready: int


async def talking(
    webhook: str, said: Questions, manner: CallerBehaviour, count: int
) -> list["asyncio.Task[CallResult]"]:
    """So many calls, each with a caller who has begun to talk."""
    calls, have_begun = [], []
    for _ in range(count):
        has_begun = asyncio.Event()
        plan = CallPlan(webhook=webhook, utterances=said, manner=manner)

        def notice(event: PhoneEvent, has_begun: asyncio.Event = has_begun) -> None:
            if event.what == "said":
                has_begun.set()

        calls.append(asyncio.create_task(place_call(plan, notice)))
        have_begun.append(has_begun.wait())
        await asyncio.sleep(BETWEEN_CALLS_SECONDS)
    async with asyncio.timeout(BEGIN_SECONDS):
        await asyncio.gather(*have_begun)
    return calls


def talks_for(seconds: float) -> CallerBehaviour:
    """A caller who asks on until so long after the beginning, and has patience."""
    return CallerBehaviour(
        think_ms=THINK_MS, patience_ms=60_000, repeat_until_ms=round(seconds * 1000)
    )


async def calls_under(
    scene: Scene, begin: Callable[[], Any], end: Callable[[], Any], *, seconds: float
) -> Met:
    """Callers on the line, callers whose calls end and new ones, from `begin` for so long.

    begin, end: make the fault and take it back, on another thread. Those who end do so within
    the first 20 s.
    """
    plain, half = scene.webhooks[""], ENDING_CALLS // 2
    live = await talking(plain, scene.said, talks_for(seconds + TAIL_SECONDS), LIVE_CALLS)
    leaves = CallerBehaviour(think_ms=THINK_MS, patience_ms=60_000)
    ending = await talking(plain, scene.said[:1], leaves, half)
    ending += await talking(scene.webhooks[ENDING], scene.said, leaves, half)
    ends_at = time.monotonic() + seconds
    await asyncio.to_thread(begin)
    try:
        new = []
        for _ in range(NEW_CALLERS):
            await asyncio.sleep(seconds / (NEW_CALLERS + 2))
            plan = CallPlan(webhook=plain, utterances=scene.said[:1])
            new.append(asyncio.create_task(place_call(plan)))
        async with httpx.AsyncClient() as client:
            ready = await client.get(f"{scene.origin}/readyz", timeout=5)
        await asyncio.sleep(max(0.0, ends_at - time.monotonic()))
    finally:
        await asyncio.to_thread(end)
    on_line, ended, came = [await asyncio.gather(*group) for group in (live, ending, new)]
    return Met(on_line, ended, came, ready.status_code)


# --- what they met --------------------------------------------------------------------------------


def is_well(result: CallResult) -> bool:
    """Whether the caller met nothing amiss; reports that nobody waits for may be refused."""
    amiss = [each.words for each in result.errors if "the callback" not in each.words]
    if amiss:
        print(f"amiss: {amiss}", flush=True)
    return result.outcome is Outcome.CONNECTED and not amiss


def has_words(result: CallResult) -> bool:
    """Whether the carrier said something."""
    return any(event.what == "carrier_says" for event in result.timeline)


def is_as_ever(result: CallResult) -> bool:
    """Whether nobody could tell that anything had happened."""
    is_so = is_well(result) and not has_words(result)
    if has_words(result):
        print(
            f"words: {[e.words for e in result.timeline if e.what == 'carrier_says']}", flush=True
        )
    return is_so


def is_declined_in_words(result: CallResult) -> bool:
    """Whether a new caller was told that nobody can answer."""
    return result.outcome is Outcome.DECLINED and has_words(result)


def answered_ms(result: CallResult) -> float:
    """When the caller heard something else than the line ringing."""
    return min((each.at_ms for each in result.timeline if each.what == "answered"), default=15_000)


def gaps_ms(result: CallResult) -> Iterator[float]:
    """From the end of each stream to the beginning of the next."""
    for one, following in pairwise(result.streams):
        yield following.started_ms - one.ended_ms


def waits_ms(result: CallResult) -> Iterator[float]:
    """From each last word of the caller to the next sound of the agent, on whatever stream."""
    for log in result.streams:
        for said in log.said:
            if not said.is_complete:
                continue
            for later in result.streams:
                heard = later.playout.heard(since_ms=said.last_voiced_ms, now_ms=later.ended_ms)
                if heard is not None and heard.first_ms >= said.last_voiced_ms:
                    yield heard.first_ms - said.last_voiced_ms
                    break


def cut_sentences(result: CallResult) -> int:
    """Sentences, of the agent or the caller, in whose middle a stream ended, but for the last.

    Answers here have one sentence, so the agent's was cut where some of it was not played.
    """
    found = [words for log in result.streams[:-1] for words in _cut_in(log)]
    for words in found:
        print(f"cut: {result.call_sid}: {words}", flush=True)
    return len(found)


def _cut_in(log: StreamLog) -> Iterator[str]:
    """What the end of a stream cut off: in words, each a sentence."""
    playout = log.playout
    clears = zip(playout.clears_ms, playout.cleared_ms, strict=True)
    leaving = sum(ms for at_ms, ms in clears if log.ended_ms - at_ms < CLEARED_WITHIN_MS)
    if unheard_ms := log.unheard_ms + leaving:
        yield f"{unheard_ms:.0f} ms of the agent"
    for said in log.said:
        if not said.is_complete:
            spoke_ms = log.ended_ms - said.first_voiced_ms
            yield f"the caller, who had spoken for {spoke_ms:.0f} ms: {said.text}"


def streamed_ms(result: CallResult) -> float:
    """How long streams were open, all together."""
    return sum(log.ended_ms - log.started_ms for log in result.streams)


@dataclass(frozen=True, slots=True)
class Charged:
    """of so many calls, how many were charged right; off_ms: the worst; slots: taken after all."""

    of: int
    right: int
    off_ms: float
    slots: int

    def words(self) -> str:
        """As a part of a row."""
        amount = "all" if self.right == self.of else f"{self.right} of {self.of}"
        return f"{amount} charged once, off by {self.off_ms:.0f} ms at most"


def charged(ask: Ask, results: Sequence[CallResult]) -> Charged:
    """Whether the ledger has each call that was connected once, and as long as its caller knows."""
    known = {each.call_sid: streamed_ms(each) for each in results if each.streams}
    code = _CHARGED.replace("SIDS", repr(list(known)))
    deadline = time.monotonic() + SETTLED_SECONDS
    while True:
        found = json.loads(ask(code))
        minutes = found["minutes"]
        off_ms = {sid: abs(found["ms"].get(sid, 0) - ms) for sid, ms in known.items()}
        is_known = max(off_ms.values(), default=0.0) <= OFF_BY_MS  # some is written a minute later
        is_done = not found["slots"] and is_known and all(minutes.get(sid) for sid in known)
        if is_done or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    wrong = [
        sid
        for sid in known
        if minutes.get(sid) != -(-found["ms"].get(sid, 0) // 60_000) or off_ms[sid] > OFF_BY_MS
    ]
    for sid in wrong:
        told = f"{found['ms'].get(sid)} ms, {minutes.get(sid)} minutes"
        print(f"not charged right: {sid}: {told}; {known[sid]:.0f} ms", flush=True)
    right = len(known) - len(wrong)
    return Charged(len(known), right, max(off_ms.values(), default=0.0), found["slots"])


# For each call how long its line was, and the minutes that the ledger has of it.
_CHARGED: Final = """
import json
from django.db.models import Sum
from usage.models import Call, LedgerEntry, UsageFact
ms = UsageFact.objects.filter(call__carrier_call_id__in=SIDS)
lines = LedgerEntry.objects.filter(
    call__carrier_call_id__in=SIDS, call__settled_at__isnull=False, component="telephony"
)
minutes = lines.order_by().values_list("call__carrier_call_id").annotate(Sum("quantity"))
print(json.dumps({
    "slots": Call.objects.filter(ended_at=None).count(),
    "ms": dict(ms.values_list("call__carrier_call_id", "stream_ms")),
    "minutes": dict(minutes),
}))
"""
