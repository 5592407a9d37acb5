"""The limit: the same frames sent back by a server that does nothing else.

`python -m benchmarks.echo [--at 100]`. What a call costs in `benchmarks.calls` is divided by
this, measured on the same core in the same minutes.
"""

import argparse
import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any, Final

import uvloop

from benchmarks import django_ready, machine, results_file, table  # noqa: F401
from telephony.simulator import wire
from telephony.simulator.media_socket import MediaSocket, open_socket
from telephony.simulator.metronome import Metronome
from telephony.simulator.sound.loudness import FRAME_MS
from telephony.simulator.sound.utterance import LINE_NOISE_PAYLOADS
from testing.services.servers import free_port, wait_until

KINDS: Final = ("websockets", "uvicorn", "asgi", "direct")  # as benchmarks.echo_server has them
AT: Final = (1, 10, 20, 40, 80, 100, 130)  # as whole calls
SECONDS: Final = 8.0
SETTLING_SECONDS: Final = 2.0


def run(at: tuple[int, ...] = AT, seconds: float = SECONDS) -> dict[str, Any]:
    """CPU seconds of each server per second of call, for each number of calls."""
    machine.pin(machine.LOAD_CORE)
    began = machine.facts()
    rows = []
    for kind in KINDS:
        with server(kind) as (url, pid):
            for calls in at:
                row = {"server": kind, **uvloop.run(_measure(url, pid, calls, seconds))}
                rows.append(row)
                print(f"{kind:<11}{calls:>4} calls {row['cpu_per_call']:.4f}")
    result = {"rows": rows}
    results_file.write("echo", result, began=began)
    return result


@contextlib.contextmanager
def server(kind: str) -> Iterator[tuple[str, int]]:
    """A running echo server: its URL and its process."""
    port = free_port()
    with machine.starting_on(machine.SERVER_CORE):
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.echo_server", kind, str(port)],
            stderr=subprocess.DEVNULL,
        )
    try:
        wait_until(lambda: _listens(port), f"the {kind} echo listens")
        yield f"ws://127.0.0.1:{port}/", process.pid
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _measure(url: str, pid: int, calls: int, seconds: float) -> dict[str, Any]:
    metronome = Metronome()
    lines = [await open_socket(url, {}) for _ in range(calls)]
    for line in lines:
        metronome.join(_caller(line))
        await asyncio.sleep(FRAME_MS / calls / 1000)  # nor do real callers speak in step
    await asyncio.sleep(SETTLING_SECONDS)
    with machine.Watch({machine.SERVER_CORE: pid}) as watch:
        await asyncio.sleep(seconds)
    for line in lines:
        line.abort()
    per_call = watch.used_seconds(machine.SERVER_CORE) / watch.seconds / calls
    return {
        "calls": calls,
        "cpu_per_call": round(per_call, 5),
        "neighbours": watch.neighbours(),
    }


def _caller(line: MediaSocket) -> Callable[[float], None]:
    """Sends a frame a beat, and hears what comes back."""
    outbox = wire.MessageWriter(stream_sid="MZ" + "0" * 32, call_sid="CA1", account_sid="AC1")
    payloads = cycle(LINE_NOISE_PAYLOADS)
    line.listen(lambda message: None)
    return lambda late_ms: line.send(outbox.media(next(payloads)))


def main() -> None:
    """Run with the numbers of calls that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=table.numbers, default=AT, metavar="40,100")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    run(options.at, options.seconds)


if __name__ == "__main__":
    main()
