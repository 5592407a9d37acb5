"""A stranger against a running service: `python -m tests.security.stranger --webhook URL`.

Without any credential: connections that say nothing, halves of headers, bodies that never come,
streams with and without a proof, made-up tickets, keys that do not exist. Beside it calls are
placed as Twilio places them, and what they notice is reported: refused calls, gaps, the webhook's
time. Use it against a service of your own only; it runs for the time it is given and then lets go.
"""

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks import django_ready  # noqa: F401
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.webhooks import http_client
from voicex.web import descriptors

HELD: Final = 1_100  # connections that are kept, beside those of each second
GIVE_UP_SECONDS: Final = 20.0
CALL_SECONDS: Final = 6.0
OUR_END: Final = "the call was still going on"  # what the phone says of a call that it cut short


@dataclass(slots=True)
class Report:
    """What became of calls beside an attack. attacks: connections made, by kind."""

    attacks: Counter[str] = field(default_factory=Counter)
    unreachable: int = 0  # attempts of the stranger that found no connection
    calls: int = 0
    refused: list[str] = field(default_factory=list)
    gaps_ms: list[float] = field(default_factory=list)
    webhook_ms: list[float] = field(default_factory=list)

    @property
    def webhook_p99_ms(self) -> float:
        """Of the voice webhook, beside the attack."""
        ordered = sorted(self.webhook_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] if ordered else 0.0

    @property
    def ok(self) -> bool:
        """Whether every call was answered, without a gap."""
        return self.calls > 0 and not self.refused and not self.gaps_ms

    def told(self) -> dict[str, Any]:
        """For a report."""
        return {
            "ok": self.ok,
            "attacks": dict(self.attacks),
            "unreachable": self.unreachable,
            "calls": self.calls,
            "refused": self.refused,
            "gaps_ms": [round(ms) for ms in self.gaps_ms],
            "webhooks": len(self.webhook_ms),
            "webhook_p99_ms": round(self.webhook_p99_ms, 1),
        }


class Stranger:
    """Opens `a_second` connections to `host`, of all kinds in turn, and holds what is held."""

    def __init__(self, host: str, port: int, report: Report, *, a_second: int) -> None:
        self._host = host
        self._port = port
        self._report = report
        self._a_second = a_second
        self._held: list[asyncio.StreamWriter] = []
        self._kinds = cycle(KINDS.items())

    async def attack(self, seconds: float) -> None:
        """Until the time is over; then every connection is let go."""
        ends_at = monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            while (began := monotonic()) < ends_at:
                for _ in range(self._a_second // 10):
                    kind, what = next(self._kinds)
                    tasks.create_task(self._one(kind, what()))
                await asyncio.sleep(max(0.0, began + 0.1 - monotonic()))
        for writer in self._held:
            writer.transport.abort()

    async def hold(self, count: int) -> None:
        """Open connections that say nothing."""
        for _ in range(count):
            await self._one("idle, held", b"")

    async def _one(self, kind: str, first: bytes) -> None:
        self._report.attacks[kind] += 1
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            self._report.unreachable += 1
            return
        self._held.append(writer)
        with suppress(OSError):
            writer.write(first)
        while len(self._held) > 2 * HELD:
            self._held.pop(0).transport.abort()


def _upgrade(path: str, *more: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _made_up_proof() -> str:
    mac = "".join(random.choices("ABCDEFabcdef0123456789-_", k=43))
    return f"/api/twilio/stream/{random.randint(1, 9_999)}.9999999999.{mac}"


def _unknown_key() -> bytes:
    key = f"vx_{random.getrandbits(160):040x}"
    body = b"CallSid=CA" + b"0" * 32 + b"&AccountSid=AC" + b"0" * 32
    head = (
        f"POST /api/twilio/voice?api_key={key} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


KINDS: Final[dict[str, Callable[[], bytes]]] = {
    "idle": lambda: b"",
    "half a header": lambda: b"POST /api/twilio/voice HTTP/1.1\r\nHost: loc",
    "no body": lambda: (
        b"POST /api/twilio/voice HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nA"
    ),
    "bare stream": lambda: _upgrade("/api/twilio/stream"),
    "made-up proof": lambda: _upgrade(_made_up_proof()),
    "old-style ticket": lambda: _upgrade("/api/twilio/stream/x", "Cookie: ticket=1.a.b"),
    "browser socket": lambda: _upgrade(
        "/api/browser/stream", "Origin: http://localhost", "Cookie: sessionid=" + "a" * 32
    ),
    "news socket": lambda: _upgrade("/live/0rg/", "Origin: http://localhost"),
    "unknown key": _unknown_key,
    "no request": lambda: b"\x16\x03\x01" + b"\x00" * 40,
}


async def _webhooks(webhook: str, report: Report, ends_at: float, every: float) -> None:
    """Time the voice webhook with a good key, by requests that open no call: no CallSid."""
    async with http_client() as client:
        while (began := monotonic()) < ends_at:
            with suppress(Exception):
                await client.post(webhook, data={"CallSid": "none"})
                report.webhook_ms.append((monotonic() - began) * 1000)
            await asyncio.sleep(every)


async def _calls(
    webhook: str, report: Report, utterances: tuple[Utterance, ...], ends_at: float, at_once: int
) -> None:
    async def one_line() -> None:
        while monotonic() < ends_at:
            plan = CallPlan(webhook=webhook, utterances=utterances, max_seconds=CALL_SECONDS)
            _note(await place_call(plan), report)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(one_line())


def _note(result: CallResult, report: Report) -> None:
    report.calls += 1
    problems = [each.words for each in result.errors if not each.words.startswith(OUR_END)]
    if result.outcome is not Outcome.CONNECTED or problems:
        report.refused.append(f"{result.outcome}: {'; '.join(problems)}"[:200])
    report.gaps_ms += result.measurements.gaps_ms


async def run(
    webhook: str,
    *,
    seconds: float = 20.0,
    a_second: int = 500,
    calls_at_once: int = 3,
    utterances: tuple[Utterance, ...] = (),
    beside: Callable[[float], Coroutine[Any, Any, None]] | None = None,
) -> Report:
    """Attack the service of `webhook` while calls are placed there; what they noticed.

    beside: something else that is done during it, until the given moment (`time.monotonic`).
    """
    descriptors.raise_limit()  # ours, for the connections that are held
    report = Report()
    where = urlsplit(webhook)
    host, port = where.hostname or "localhost", where.port or 80
    stranger = Stranger(host, port, report, a_second=a_second)
    await stranger.hold(HELD)
    ends_at = monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stranger.attack(seconds))
        tasks.create_task(_webhooks(webhook, report, ends_at, 0.1))
        tasks.create_task(_calls(webhook, report, utterances, ends_at, calls_at_once))
        if beside is not None:
            tasks.create_task(beside(ends_at))
    return report


def main() -> None:
    """Attack, print the report, and exit 0 only when no call noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--webhook", required=True, help="a voice webhook with a good key")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--a-second", type=int, default=500)
    parser.add_argument("--calls", type=int, default=3, help="calls at once beside it")
    options = parser.parse_args()
    report = asyncio.run(
        run(
            options.webhook,
            seconds=options.seconds,
            a_second=options.a_second,
            calls_at_once=options.calls,
        )
    )
    sys.stdout.write(json.dumps(report.told(), indent=2) + "\n")
    sys.exit(not report.ok)


if __name__ == "__main__":
    main()
