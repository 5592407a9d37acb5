"""Whole calls at one process on one core: `python -m benchmarks.calls --at 1,20,40`.

Everything is switched on: signed webhooks, tickets, voice activity, metering, transcripts,
flight records, settlement, logs at INFO. Only the providers are scripted.
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

AT: Final = (1, 10, 20, 40, 80, 100, 130)
STEADY_SECONDS: Final = 20.0
# One caller says one thing in five seconds; percentiles need more than four of them.
STEADY_SECONDS_ALONE: Final = 60.0
WARM_UP: Final = Load(calls=2, steady_seconds=4.0, interrupter_every=0)


def run(
    at: tuple[int, ...] = AT, steady_seconds: float = STEADY_SECONDS, *, again: bool = False
) -> dict[str, Any]:
    """One row for each number of calls, in that order, on one and the same process.

    again: the other rows of the latest result stay.
    """
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    with voicex() as target:
        rows = uvloop.run(_offer_all(target.webhook, target.pid, at, steady_seconds))
    result = {"rows": results_file.renewed("calls", rows, by=("calls",)) if again else rows}
    results_file.write("calls", result, began=began)
    return result


async def _offer_all(
    url: str, pid: int, at: tuple[int, ...], steady_seconds: float
) -> list[dict[str, Any]]:
    said = await utterances()
    rows = []
    async with http_client() as client:
        place = through_webhook(url, said, client)
        await offer(WARM_UP, place, pid=pid)
        idle_mib = machine.rss_mib(pid)
        for calls in at:
            alone = calls == 1 and steady_seconds == STEADY_SECONDS
            seconds = STEADY_SECONDS_ALONE if alone else steady_seconds
            load = Load(calls=calls, steady_seconds=seconds)
            row = await quietest(partial(offer, load, place, pid=pid, idle_mib=idle_mib))
            rows.append(row)
            print(table.row(row) if len(rows) > 1 else f"{table.HEADER}\n{table.row(row)}")
    return rows


def main() -> None:
    """Run with the numbers of calls that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=table.numbers, default=AT, metavar="1,20,40")
    parser.add_argument("--seconds", type=float, default=STEADY_SECONDS)
    parser.add_argument("--again", action="store_true", help="keep the other rows of last time")
    options = parser.parse_args()
    run(options.at, options.seconds, again=options.again)


if __name__ == "__main__":
    main()
