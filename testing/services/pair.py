"""Two media processes on one database, behind an address that always leads to one of them.

What a load balancer does for a carrier, in twenty lines: each connection goes to the first process
that takes it, and breaks when that process does. So a test knows which one carries a call, and
kills it by its process id.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from testing.services.console import Console
from testing.services.servers import wait_until
from testing.services.service import (
    Service,
    end,
    environment,
    migrate,
    own_port,
    start_server,
)
from voicex.processes.supervisor import listen

READY_SECONDS: Final = 120.0
PIECE: Final = 65_536


class Pair:
    """The two processes. `service` is asked as any other (`testing.services.service`)."""

    def __init__(self, directory: Path, variables: dict[str, str], console: Console) -> None:
        self._log = directory / "service.log"
        self.variables = variables
        self._processes: dict[int, subprocess.Popen[bytes]] = {}  # by port, oldest first
        self._killed: list[subprocess.Popen[bytes]] = []
        self.origin = variables["TWILIO_APP_URL"]
        self.console = console

    def start(self) -> None:
        """Start one more process."""
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        with self._log.open("ab") as output:
            self._processes[port] = start_server(listener.fileno(), self.variables, output)
        listener.close()

    def wait_until_ready(self) -> None:
        """Return when all take calls."""
        for port in self._processes:
            wait_until(partial(_is_ready, port), "it is ready", seconds=READY_SECONDS)

    @property
    def ports(self) -> list[int]:
        """Where they listen, in the order in which they are asked."""
        return list(self._processes)

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        """Those that run, in the order in which they are asked."""
        return list(self._processes.values())

    def first(self) -> subprocess.Popen[bytes]:
        """The process that is asked first."""
        return next(iter(self._processes.values()))

    def kill(self) -> None:
        """Kill the process that is asked first, without a warning."""
        process = self._processes.pop(next(iter(self._processes)))
        os.kill(process.pid, signal.SIGKILL)
        self._killed.append(process)  # waited for later: the simulated phone has no time

    def ask_last(self, process: subprocess.Popen[bytes]) -> None:
        """Lead what comes from now on to the others first, as to one that is not ready."""
        [port] = [port for port, each in self._processes.items() if each is process]
        self._processes[port] = self._processes.pop(port)

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """Ask a process no more that has ended."""
        self._processes = {
            port: each for port, each in self._processes.items() if each is not process
        }

    def stop(self) -> None:
        """End them in order."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            end(process)
        for process in self._killed:
            process.wait()

    def service(self) -> Service:
        """How to ask them."""
        return Service(self.origin, self.variables, self.first(), self._log, self.console)

    @asynccontextmanager
    async def fronted(self) -> AsyncIterator[None]:
        """Lead what comes to `origin` to the first process that takes it."""
        port = int(self.origin.rpartition(":")[2])
        leading: set[asyncio.Task[None]] = set()

        def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._lead(reader, writer))
            leading.add(task)
            task.add_done_callback(leading.discard)

        server = await asyncio.start_server(lead, "127.0.0.1", port)
        async with server:
            yield
        for task in list(leading):
            task.cancel()
        await asyncio.gather(*leading, return_exceptions=True)
        await asyncio.sleep(0.05)  # closed connections end in the loop's next rounds

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for port in self.ports:
                try:
                    to = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    continue
                await _pass_both_ways((reader, writer), to)
                return
        finally:
            writer.close()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _pass_both_ways(one: Stream, other: Stream) -> None:
    """Until one of the two is over."""
    ways = {
        asyncio.ensure_future(_pass_on(one[0], other[1])),
        asyncio.ensure_future(_pass_on(other[0], one[1])),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        other[1].close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def pair(directory: Path, **settings: str) -> Iterator[Pair]:
    """Two media processes, ready for calls, until the block ends. settings: of both."""
    defaults = {f"DEFAULT_{part}": "scripted" for part in ("STT", "LLM", "TTS")}
    variables = environment(directory, own_port(), **defaults | settings)
    migrate(directory, variables, is_elsewhere="DATABASE_URL" in settings)
    with ExitStack() as stack:
        console = stack.enter_context(Console(variables))
        both = Pair(directory, variables, console)
        stack.callback(both.stop)
        both.start()
        both.start()
        both.wait_until_ready()
        yield both
