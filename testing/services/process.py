"""The fakes in processes of their own, for tests that run the whole service in another."""

import argparse
import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Self

from testing.providers.behaviour import Behaviour

ROOT = Path(__file__).resolve().parents[2]


class Server(Protocol):
    """What a fake is: entered, it listens."""

    @property
    def url(self) -> str:
        """What the product is given."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *args: object) -> None: ...


def serve_from_command_line(make: Callable[..., Server]) -> None:
    """Run a fake until SIGTERM or Ctrl-C; its first line of output is its URL."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--behaviour", default="{}", help="fields of Behaviour as JSON")
    arguments = parser.parse_args()
    behaviour = Behaviour.from_json(arguments.behaviour)
    asyncio.run(_serve(make(behaviour, port=arguments.port)))


async def _serve(server: Server) -> None:
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with server:
        print(server.url, flush=True)  # noqa: T201 - the promise of the command
        await over.wait()


@contextlib.contextmanager
def running(name: str, **behaviour: object) -> Iterator[str]:
    """The URL of the fake `name` ("openai_server") until the block ends. Raises RuntimeError."""
    command = [
        sys.executable,
        "-m",
        f"testing.providers.{name}",
        "--behaviour",
        json.dumps(behaviour),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError(f"The fake {name} did not start (see its output above)")
            yield url
        finally:
            process.terminate()
