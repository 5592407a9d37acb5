"""Whether a stop of the whole server is heard: `python -m benchmarks.stall`.

Among twenty callers the process is stopped with SIGSTOP for half a second, again and again.
What the agent says was sent ahead of its time and lies at the carrier, so no caller may hear a gap;
one who was about to be answered waits half a second longer.
"""

import argparse
import asyncio
import os
import signal
from typing import Any, Final

import uvloop

from benchmarks import django_ready, machine, results_file, table  # noqa: F401
from benchmarks.load import Load, offer, through_webhook, utterances
from benchmarks.target import voicex
from telephony.simulator.webhooks import http_client

CALLERS: Final = 20
STEADY_SECONDS: Final = 24.0
STALL_MS: Final = 500
EVERY_SECONDS: Final = 4.0


def run(callers: int = CALLERS, stall_ms: int = STALL_MS) -> dict[str, Any]:
    """How often the server was stopped, and the gaps that callers heard."""
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    with voicex() as target:
        stalls, row = uvloop.run(_stall(target.webhook, target.pid, callers, stall_ms))
    felt = row["felt"]
    result = {
        "callers": callers,
        "stall_ms": stall_ms,
        "stalls": stalls,
        "gaps": felt["gaps_ms"]["n"],
        "longest_gap_ms": felt["gaps_ms"]["max"],
        "drops": table.drops(row),
        "added_ms": row["added_ms"],
        "neighbours": row["neighbours"],
        "phone": felt["phone"],
    }
    results_file.write("stall", result, began=began)
    return result


async def _stall(url: str, pid: int, callers: int, stall_ms: int) -> tuple[int, dict[str, Any]]:
    load = Load(calls=callers, steady_seconds=STEADY_SECONDS)
    stalls = 0

    async def stop_and_go() -> None:
        nonlocal stalls
        await asyncio.sleep(load.arriving_seconds)
        while True:
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(stall_ms / 1000)
            finally:
                os.kill(pid, signal.SIGCONT)
            stalls += 1
            await asyncio.sleep(EVERY_SECONDS)

    async with http_client() as client:
        place = through_webhook(url, await utterances(), client)
        stalling = asyncio.create_task(stop_and_go())
        try:
            row = await offer(load, place, pid=pid)
        finally:
            stalling.cancel()
    return stalls, row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=CALLERS)
    parser.add_argument("--ms", type=int, default=STALL_MS, help="how long the server stands still")
    options = parser.parse_args()
    result = run(options.callers, options.ms)
    print(
        f"{result['stalls']} stops of {result['stall_ms']} ms among {result['callers']} callers: "
        f"{result['gaps']} gaps, {result['drops']} drops"
    )


if __name__ == "__main__":
    main()
