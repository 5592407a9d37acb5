"""The real service in a process of its own, for end-to-end tests.

Each instance has its own port, database file and directories below pytest's temporary
directory, and is ended by pid. Nothing is shared with a developer's installation.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from testing.guard import GUARD_SECONDS
from voicex.supervisor import listen

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 240  # it loads the speech models
STOP_SECONDS = 60
MEDIA_SERVER = ("-m", "voicex.server")


@dataclass
class Service:
    """A running service; `environment` is what its commands need to reach the same data."""

    origin: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command against the service's data."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        if check and done.returncode:
            raise AssertionError(f"{arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def manage_json(self, *arguments: str, check: bool = True) -> Any:
        """The JSON object that a command prints with --json."""
        return json.loads(self.manage(*arguments, "--json", check=check).stdout)

    def bootstrap(self, engines: str, *, org: str = "Acorn Dental") -> dict[str, str]:
        """An organization whose agent runs on `engines` for all three parts."""
        flags = [f"--{kind}={engines}" for kind in ("stt", "llm", "tts")]
        return self.manage_json("bootstrap", "--org", org, *flags)

    def report(self, call_sid: str) -> dict[str, Any]:
        """What the service kept of a call, once it is settled."""
        return self.manage_json("report_call", call_sid, f"--wait={GUARD_SECONDS}")

    def shell(self, code: str) -> str:
        """What `code` prints in the service's Django shell."""
        return self.manage("shell", "--no-imports", "-c", code).stdout


def environment(directory: Path, port: int, **settings: str) -> dict[str, str]:
    """The environment of a service that keeps everything in `directory`."""
    origin = f"http://localhost:{port}"
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"sqlite:///{directory / 'voicex.sqlite3'}",
        "VAR_DIR": str(directory / "var"),
        "PORT": str(port),
        "TWILIO_APP_URL": origin,
        "MEDIA_APP_URL": origin,
        **settings,
    }


@contextmanager
def running(
    directory: Path, *, server: Sequence[str] = MEDIA_SERVER, **settings: str
) -> Iterator[Service]:
    """Serve until the block ends. server: what Python runs, and takes `--fd`."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    variables = environment(directory, port, **settings)
    log = directory / "service.log"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=variables, check=True
    )
    with log.open("wb") as output:
        process = start_server(listener.fileno(), variables, output, server)
        listener.close()
        service = Service(f"http://localhost:{port}", variables, process, log)
        try:
            _wait_until_ready(service)
            yield service
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


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
