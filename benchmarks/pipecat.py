"""The same callers at a pipecat phone bot: `python -m benchmarks.pipecat --at 1,10,20`.

pipecat comes from PyPI into an environment of its own below var/bench/, made on the first
run. It has no webhook, tickets, metering or transcripts to do, so callers go straight to
its media socket; it is measured with plain voice activity (200 ms of silence end a turn)
and with the turn model that it uses by default.
"""

import argparse
import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks import django_ready, machine, results_file, table  # noqa: F401
from benchmarks.load import Load, offer, straight_to, utterances
from benchmarks.quiet import quietest
from testing.services.servers import free_port, wait_until

BOT: Final = Path(__file__).parent / "pipecat_bot" / "bot.py"
ENVIRONMENT: Final = Path(__file__).parents[1] / "var" / "bench" / "pipecat"
START_SECONDS: Final = 90.0
# It fills its core near twenty; below five lies where calls that arrive are first heard.
AT: Final = {"vad": (1, 5, 10, 20, 40), "default": (1, 10)}
STEADY_SECONDS: Final = 15.0
STEADY_SECONDS_ALONE: Final = 60.0  # as in `benchmarks.calls`
WARM_UP: Final = Load(calls=1, steady_seconds=2.0, interrupter_every=0)


def run(
    at: tuple[int, ...] | None = None,
    steady_seconds: float = STEADY_SECONDS,
    *,
    only: str = "",
    again: bool = False,
) -> dict[str, Any]:
    """Rows as of `benchmarks.calls`, each with `turns`: "vad" or "default".

    only: one of those two. again: the other rows of the latest result stay.
    """
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    python = environment()
    rows = []
    for turns, usual in AT.items():
        if only and turns != only:
            continue
        with bot(python, turns) as (url, pid):
            found = uvloop.run(_offer_all(url, pid, at or usual, steady_seconds))
        print(f"turns: {turns}\n{table.HEADER}")
        for row in found:
            print(table.row(row))
        rows += [{"turns": turns, **row} for row in found]
    result = {
        "rows": results_file.renewed("pipecat", rows, by=("turns", "calls")) if again else rows
    }
    results_file.write("pipecat", result, began=began)
    return result


def environment() -> Path:
    """The interpreter of the bot's environment, made when it is not there."""
    python = ENVIRONMENT / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    if not python.exists():
        subprocess.run([*uv, "venv", "--python", sys.executable, str(ENVIRONMENT)], check=True)
    requirements = BOT.with_name("requirements.txt")
    install = [*uv, "pip", "install", "--python", str(python), "--requirement", str(requirements)]
    subprocess.run(install, check=True)
    return python


@contextlib.contextmanager
def bot(python: Path, turns: str) -> Iterator[tuple[str, int]]:
    """A running bot: the URL of its media socket and its process."""
    port = free_port()
    with machine.starting_on(machine.SERVER_CORE):
        process = subprocess.Popen(
            [str(python), str(BOT), "--port", str(port), "--turns", turns],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def listens() -> bool:
        assert process.poll() is None, "the pipecat bot died"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens, "the pipecat bot listens", seconds=START_SECONDS)
        yield f"ws://127.0.0.1:{port}/", process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _offer_all(
    url: str, pid: int, at: tuple[int, ...], steady_seconds: float
) -> list[dict[str, Any]]:
    place = straight_to(url, await utterances())
    await offer(WARM_UP, place, pid=pid)
    idle_mib = machine.rss_mib(pid)
    rows = []
    for calls in at:
        seconds = STEADY_SECONDS_ALONE if calls == 1 else steady_seconds
        load = Load(calls=calls, steady_seconds=seconds)
        rows.append(await quietest(partial(offer, load, place, pid=pid, idle_mib=idle_mib)))
    return rows


def main() -> None:
    """Run with the numbers of calls that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=table.numbers, metavar="1,10,20")
    parser.add_argument("--seconds", type=float, default=STEADY_SECONDS)
    parser.add_argument("--turns", choices=sorted(AT), default="", help="only this one")
    parser.add_argument("--again", action="store_true", help="keep the other rows of last time")
    options = parser.parse_args()
    run(options.at, options.seconds, only=options.turns, again=options.again)


if __name__ == "__main__":
    main()
