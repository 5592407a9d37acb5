"""Past the limit: `python -m benchmarks.overload`, 160 calls offered, two a second.

Once with a ceiling of calls below that number, and twice with none, where only the event loop's
lag says that the process is full: on its core, and on a quarter of it, too little. A caller who is
not taken must hear a sentence, and no caller on the line may hear a gap.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import uvloop

from benchmarks import django_ready, machine, results_file, table  # noqa: F401
from benchmarks.load import Load, offer, through_webhook, utterances
from benchmarks.target import MAX_CALLS, voicex
from telephony.simulator.webhooks import http_client

QUARTER: Final = "lag on a quarter of a core"
OFFERED: Final = 160
CEILINGS: Final = {"ceiling": 100, "lag": MAX_CALLS, QUARTER: MAX_CALLS}
STEADY_SECONDS: Final = 10.0
BURN: Final = (sys.executable, "-c", "while True: pass")
BURNERS: Final = 3


def run(
    offered: int = OFFERED, ceilings: dict[str, int] = CEILINGS, *, again: bool = False
) -> dict[str, Any]:
    """For each rule: how many were carried, how many declined, and what those on the line heard.

    again: the other rows of the latest result stay.
    """
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    rows = []
    for rule, ceiling in ceilings.items():
        beside = _burners() if rule == QUARTER else nullcontext()
        with voicex(MAX_CALLS_PER_PROCESS=str(ceiling)) as target, beside:
            found = uvloop.run(_offer(target.webhook, target.pid, offered))
        rows.append({"rule": rule, "ceiling": ceiling, **_of(found)})
        print(words(rows[-1]))
    result = {"rows": results_file.renewed("overload", rows, by=("rule",)) if again else rows}
    results_file.write("overload", result, began=began)
    return result


@contextmanager
def _burners() -> Iterator[None]:
    """Other programs that want all of the server's core; the kernel gives each as much."""
    with machine.starting_on(machine.SERVER_CORE):
        burners = [subprocess.Popen(BURN) for _ in range(BURNERS)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


async def _offer(url: str, pid: int, offered: int) -> dict[str, Any]:
    load = Load(calls=offered, steady_seconds=STEADY_SECONDS)
    async with http_client() as client:
        return await offer(load, through_webhook(url, await utterances(), client), pid=pid)


def _of(found: dict[str, Any]) -> dict[str, Any]:
    felt = found["felt"]
    outcomes = felt["outcomes"]
    return {
        "offered": found["calls"],
        "carried": outcomes["connected"],
        "declined_in_words": felt["declined_in_words"],
        "otherwise": found["calls"] - outcomes["connected"] - felt["declined_in_words"],
        "live_at_most": found["talking_at_steady_end"],
        "gaps": felt["gaps_ms"]["n"],
        "longest_gap_ms": felt["gaps_ms"]["max"],
        "errors": felt["errors"],
        "added_ms": found["added_ms"],
        "neighbours": found["neighbours"],
        "phone": felt["phone"],
    }


def words(row: dict[str, Any]) -> str:
    """One row as a sentence."""
    return (
        f"{row['rule']}: {row['offered']} offered, {row['carried']} carried, "
        f"{row['declined_in_words']} declined in words, {row['otherwise']} otherwise, "
        f"{row['gaps']} gaps, added {table.pair(row['added_ms'])} ms"
    )


def main() -> None:
    """Run with the number of calls that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offered", type=int, default=OFFERED)
    parser.add_argument("--rule", choices=CEILINGS, help="only this; the other rows stay")
    options = parser.parse_args()
    ceilings = {options.rule: CEILINGS[options.rule]} if options.rule else CEILINGS
    run(options.offered, ceilings, again=bool(options.rule))


if __name__ == "__main__":
    main()
