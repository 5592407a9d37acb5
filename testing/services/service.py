"""The real service in a process of its own, for end-to-end tests.

Each instance has its own port, database file and directories below pytest's temporary
directory, and is ended by pid. Nothing is shared with a developer's installation.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import IO, Any, Final

import httpx

from testing.guard import GUARD_SECONDS
from testing.services.console import Console
from voicex.processes.supervisor import listen

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 240  # it loads the speech models
STOP_SECONDS = 60
OWN_PORTS: Final = (15_000, 30_000)  # below those that connections are given
MEDIA_SERVER = ("-m", "voicex.server")


@dataclass
class Service:
    """A running service; `environment` is what its commands need to reach the same data."""

    origin: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path
    console: Console

    def manage_json(self, *arguments: str) -> Any:
        """The JSON object that a management command prints with --json."""
        return json.loads(self.console.command(*arguments, "--json"))

    def bootstrap(self, engines: str, *, org: str = "Acorn Dental") -> dict[str, str]:
        """An organization whose agent runs on `engines` for all three parts."""
        flags = [f"--{kind}={engines}" for kind in ("stt", "llm", "tts")]
        made: dict[str, str] = self.manage_json("bootstrap", "--org", org, *flags)
        return made

    def report(self, call_sid: str) -> dict[str, Any]:
        """What the service kept of a call, once it is settled."""
        kept: dict[str, Any] = self.manage_json("report_call", call_sid, f"--wait={GUARD_SECONDS}")
        return kept

    def shell(self, code: str) -> str:
        """What `code` prints beside the service, with Django set up for its data."""
        return self.console.run(code)


def environment(directory: Path, port: int, **settings: str) -> dict[str, str]:
    """The environment of a service that keeps everything in `directory`."""
    origin = f"http://localhost:{port}"
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"sqlite:///{_database(directory)}",
        "VAR_DIR": str(directory / "var"),
        "PORT": str(port),
        "TWILIO_APP_URL": origin,
        "MEDIA_APP_URL": origin,
        **settings,
    }


@contextmanager
def running(
    directory: Path,
    *,
    server: Sequence[str] = MEDIA_SERVER,
    engines: str = "local",
    **settings: str,
) -> Iterator[Service]:
    """Serve until the block ends.

    server: what Python runs, and takes `--fd`. engines: the platform's own, which are loaded before
    the service is ready; any but "local" spares the seconds that models take.
    """
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    variables = environment(directory, port, **_defaults(engines) | settings)
    migrate(directory, variables, is_elsewhere="DATABASE_URL" in settings)

    def start(output: IO[bytes]) -> subprocess.Popen[bytes]:
        process = start_server(listener.fileno(), variables, output, server)
        listener.close()
        return process

    with _served(directory, variables, start) as service:
        yield service


@contextmanager
def running_whole(directory: Path, *, engines: str, **settings: str) -> Iterator[Service]:
    """Serve as `make run` does, with all of its processes, until the block ends."""
    variables = environment(directory, own_port(), **_defaults(engines) | settings)

    def start(output: IO[bytes]) -> subprocess.Popen[bytes]:
        # In a group of its own: its processes would outlive one that has to be killed.
        return subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    with _served(directory, variables, start, leads_group=True) as service:
        yield service


@contextmanager
def _served(
    directory: Path,
    variables: dict[str, str],
    start: Callable[[IO[bytes]], subprocess.Popen[bytes]],
    *,
    leads_group: bool = False,
) -> Iterator[Service]:
    log = directory / "service.log"
    with log.open("wb") as output, Console(variables) as console:
        process = start(output)
        service = Service(f"http://localhost:{variables['PORT']}", variables, process, log, console)
        try:
            _wait_until_ready(service)
            yield service
        finally:
            end(process, leads_group=leads_group)


def _defaults(engines: str) -> dict[str, str]:
    return {f"DEFAULT_{part}": engines for part in ("STT", "LLM", "TTS")}


def own_port() -> int:
    """A free port that no connection is given by chance: it is listened at later."""
    while True:
        port = Random().randrange(*OWN_PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def end(process: subprocess.Popen[bytes], *, leads_group: bool = False) -> None:
    """End a server in order; SIGKILL when that takes longer than STOP_SECONDS.

    leads_group: it was started in a group of its own; what it has started ends then with it, also
    where it has crashed.
    """
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if leads_group:
        with suppress(ProcessLookupError):  # all of them are gone
            os.killpg(process.pid, signal.SIGKILL)


def migrate(directory: Path, variables: dict[str, str], *, is_elsewhere: bool = False) -> None:
    """Migrate the database of a service; is_elsewhere: it is none of ours in `directory`."""
    database = _database(directory)
    if is_elsewhere or database.exists():
        _migrate(variables)
    else:
        database.touch(mode=0o600)
        database.write_bytes(migrated())


@cache
def migrated() -> bytes:
    """An empty database: the migrations run once for all services of this process."""
    with tempfile.TemporaryDirectory(prefix="voicex-migrated-") as name:
        directory = Path(name)
        _migrate(environment(directory, 8000))
        with closing(sqlite3.connect(_database(directory))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return _database(directory).read_bytes()


def _migrate(variables: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=variables, check=True)


def _database(directory: Path) -> Path:
    return directory / "voicex.sqlite3"


def start_server(
    descriptor: int,
    variables: dict[str, str],
    output: IO[bytes],
    server: Sequence[str] = MEDIA_SERVER,
) -> subprocess.Popen[bytes]:
    """A media server on an inherited listening socket."""
    return subprocess.Popen(
        [sys.executable, *server, "--fd", str(descriptor)],
        cwd=ROOT,
        env=variables,
        pass_fds=[descriptor],
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if service.process.poll() is not None:
            raise AssertionError(f"the service died:\n{service.log.read_text()}")
        try:
            if httpx.get(f"{service.origin}/readyz", timeout=20).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the service was not ready:\n{service.log.read_text()}")
