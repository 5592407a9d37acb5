"""How soon the agent falls silent: fifty interruptions among ten callers.

`python -m benchmarks.barge_in`. From the caller's first audible frame to the arrival of
`clear`, as the caller hears it; and whether anything of the old reply was heard after it.
"""

import argparse
from functools import partial
from typing import Any, Final

import uvloop

from benchmarks import django_ready, machine, results_file, table  # noqa: F401
from benchmarks.load import Load, offer, through_webhook, utterances
from benchmarks.quiet import quietest
from benchmarks.target import voicex
from telephony.simulator.webhooks import http_client

WANTED: Final = 50
CALLERS: Final = 10
# A caller interrupts each answer and is answered again: once in four seconds.
STEADY_SECONDS: Final = 25.0


def run() -> dict[str, Any]:
    """Fifty interruptions or more; milliseconds, and counts of what must not happen."""
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    with voicex() as target:
        row = uvloop.run(_interrupt(target.webhook, target.pid))
    felt = row["felt"]
    result = {
        "interruptions": felt["barge_in_ms"]["n"] + felt["barge_ins_ignored"],
        "wanted": WANTED,
        "clear_ms": felt["barge_in_ms"],
        "ignored": felt["barge_ins_ignored"],
        "loud_after_clear": felt["loud_after_clear"],
        "neighbours": row["neighbours"],
        "attempts": row["attempts"],
        "phone": felt["phone"],
    }
    results_file.write("barge_in", result, began=began)
    return result


async def _interrupt(url: str, pid: int) -> dict[str, Any]:
    load = Load(calls=CALLERS, steady_seconds=STEADY_SECONDS, interrupter_every=1)
    async with http_client() as client:
        place = through_webhook(url, await utterances(), client)
        return await quietest(partial(offer, load, place, pid=pid))


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    result = run()
    print(
        f"{result['interruptions']} interruptions, to `clear` {table.pair(result['clear_ms'])} ms, "
        f"{result['ignored']} ignored, {result['loud_after_clear']} heard the old reply after it"
    )


if __name__ == "__main__":
    main()
