"""The same callers at a pipecat bot: no webhook, so they go straight to its media socket."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks import pipecat
from benchmarks.turn_taking.agents import LONG_MS_PER_CHARACTER, MS_PER_CHARACTER, QUESTIONS, REPLY
from telephony.simulator import wire
from telephony.simulator.caller import Caller
from telephony.simulator.clock import Clock
from telephony.simulator.media_socket import open_socket
from telephony.simulator.metronome import Metronome
from telephony.simulator.plan import CallPlan
from telephony.simulator.report.history import StreamLog
from telephony.simulator.stream import MediaStream
from voicex.simulated_phone import ACCOUNT_SID


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot, as `benchmarks.turn_taking.agents.Agents`."""

    socket: str
    pid: int

    def url(self, question: str, delay_ms: int) -> str:
        """Where the bot that asks `question` is called."""
        is_long = question not in QUESTIONS
        asked = REPLY if is_long else QUESTIONS[question]
        manner = {
            "greeting": "How can I help you?" if is_long else asked,
            "reply": asked,
            "delay": delay_ms,
            "ms": LONG_MS_PER_CHARACTER if is_long else MS_PER_CHARACTER,
            "hears_marks": 1,
        }
        return f"{self.socket}?{urlencode(manner)}"


@contextmanager
def serving() -> Iterator[Bot]:
    """pipecat's default, with its turn model, on the server's core until the block ends."""
    with pipecat.bot(pipecat.environment(), "default") as (url, pid):
        yield Bot(url, pid)


async def place(plan: CallPlan, metronome: Metronome) -> StreamLog:
    """A call of `plan` straight to the media socket `plan.webhook`. Raises TimeoutError."""
    outbox = wire.MessageWriter(
        stream_sid=f"MZ{secrets.token_hex(16)}",
        call_sid=plan.call_sid,
        account_sid=ACCOUNT_SID,
    )
    stream = MediaStream(
        await open_socket(plan.webhook, {}),
        outbox=outbox,
        clock=Clock(),
        metronome=metronome,
        effect=plan.effect,
    )

    def usual(now_ms: float) -> Caller:
        return Caller(plan.utterances, manner=plan.manner, now_ms=now_ms)

    return await stream.run({}, plan.make_caller or usual)
