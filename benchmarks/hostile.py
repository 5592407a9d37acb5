"""A hostile owner beside twenty callers of another organization: `python -m benchmarks.hostile`.

The attacker signs up through the pages and does everything at once that an owner may do
(`testing/hostile_owner.py`), at the one process that carries the calls. What counts is the
other organization: gaps that its callers hear, how soon its webhook answers, how far the disk
grows, and whether the service starts again on what the attacker left in the database.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import uvloop

from benchmarks import django_ready, machine, results_file  # noqa: F401
from benchmarks.carrier_posts import CarrierPosts
from benchmarks.load import Load, offer, through_webhook, utterances
from benchmarks.target import AUTH_TOKEN, Target, voicex
from telephony.simulator.webhooks import CallDetails, http_client
from testing.services.service import running
from voicex.simulated_phone import ACCOUNT_SID

CALLERS: Final = 20
MINUTES: Final = 10.0
ALONE_SECONDS: Final = 60.0
RINGS_PER_SECOND: Final = 2.0  # at the webhook, beside the callers who talk
MOST_DISK_MB: Final = 200.0
MOST_WEBHOOK_MS: Final = 100.0  # p99
LET_IN: Final = "ring: connected"  # as `hostile_owner` counts it

Row = dict[str, Any]


def run(callers: int = CALLERS, minutes: float = MINUTES) -> Row:
    """The same callers first without the attack, then with it, then a start on what it left."""
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    seconds = minutes * 60
    with tempfile.TemporaryDirectory(prefix="voicex-hostile-") as name:
        directory = Path(name)
        with voicex(directory=directory) as target:
            alone, _none = uvloop.run(_measure(target, callers, min(seconds, ALONE_SECONDS)))
            before_mb = _megabytes(directory)
            attacked, attacks = uvloop.run(_measure(target, callers, seconds, is_attacked=True))
            disk_mb = _megabytes(directory) - before_mb
        restart_seconds = _restart(directory)
    result = {
        "callers": callers,
        "minutes": minutes,
        "alone": alone,
        "attacked": attacked,
        "disk_mb": round(disk_mb, 1),
        "restart_seconds": round(restart_seconds, 1),
        "attacks": dict(sorted(attacks.items())),
    }
    results_file.write("hostile", result, began=began)
    return result


async def _measure(
    target: Target, callers: int, seconds: float, *, is_attacked: bool = False
) -> tuple[Row, dict[str, int]]:
    """What the other organization felt for `seconds`, and what was tried against it."""
    attacks: dict[str, int] = {}
    load = Load(calls=callers, steady_seconds=seconds)
    async with http_client() as client, CarrierPosts(target.origin, auth_token=AUTH_TOKEN) as posts:
        place = through_webhook(target.webhook, await utterances(), client)
        took_ms: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(_ring(posts, target.webhook, took_ms), name="rings")]
            attack = None
            if is_attacked:
                attack = await _attacker(target.origin, load.arriving_seconds + seconds)
            row = await offer(load, place, pid=target.pid)
            for task in beside:
                task.cancel()
            if attack is not None:
                told, _ = await attack.communicate()
                attacks = json.loads(told)
    felt = row["felt"]
    took_ms.sort()
    felt_row = {
        "gaps": felt["gaps_ms"]["n"],
        "longest_gap_ms": felt["gaps_ms"]["max"],
        "short_replies": row["short_replies"],
        "unanswered": felt["unanswered"],
        "added_ms": row["added_ms"],
        "webhook_p50_ms": round(took_ms[len(took_ms) // 2], 1),
        "webhook_p99_ms": round(took_ms[len(took_ms) * 99 // 100], 1),
        "webhooks": len(took_ms),
        "neighbours": row["neighbours"],
    }
    return felt_row, attacks


async def _attacker(origin: str, seconds: float) -> asyncio.subprocess.Process:
    """A process of its own, which takes no turns from the phones that measure."""
    return await asyncio.create_subprocess_exec(
        *("nice", "-n", "5", sys.executable, "-m", "testing.hostile_owner", origin, str(seconds)),
        stdout=asyncio.subprocess.PIPE,
    )


async def _ring(posts: CarrierPosts, webhook: str, took_ms: list[float]) -> None:
    """New calls at the webhook until cancelled; a timeout counts as Twilio's 15 seconds."""
    random = Random(1)
    while True:
        line = CallDetails(
            call_sid=f"CA{random.getrandbits(128):032x}",
            account_sid=ACCOUNT_SID,
            from_number="+4930123456",
            to_number="+4930654321",
        )
        began = time.monotonic()
        with suppress(ConnectionError, TimeoutError):
            await posts.post(webhook, line.fields("ringing"))
        took_ms.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(random.expovariate(RINGS_PER_SECOND))


def _megabytes(directory: Path) -> float:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6


def _restart(directory: Path) -> float:
    """Seconds until the service is ready again; migrations are checked, too."""
    began = time.monotonic()
    with running(directory, TEST_ENGINES="true"):
        return time.monotonic() - began


def is_felt(result: Row) -> bool:
    """Whether the other organization, or the machine, noticed the attack; or there was none.

    An attacker who was admitted has had calls connected: it takes a person, an organization and
    its key. Status 200 proves nothing, the page for logging in has it, too.
    """
    attacked = result["attacked"]
    return bool(
        not result["attacks"].get(LET_IN)
        or attacked["gaps"] > result["alone"]["gaps"]
        or attacked["webhook_p99_ms"] > MOST_WEBHOOK_MS
        or result["disk_mb"] > MOST_DISK_MB
    )


def main() -> int:
    """Measure, print, and fail where the other organization felt the attack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=CALLERS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    options = parser.parse_args()
    result = run(options.callers, options.minutes)
    for name in ("alone", "attacked"):
        row = result[name]
        print(
            f"{name:<9} {row['gaps']} gaps (longest {row['longest_gap_ms']} ms), "
            f"{row['unanswered']} unanswered, webhook p50 {row['webhook_p50_ms']} ms, "
            f"p99 {row['webhook_p99_ms']} ms of {row['webhooks']}"
        )
    print(f"disk +{result['disk_mb']} MB, ready again in {result['restart_seconds']} s")
    for attack, times in result["attacks"].items():
        print(f"  {times:>7} {attack}")
    return 1 if is_felt(result) else 0


if __name__ == "__main__":
    sys.exit(main())
