"""A whole deployment on loopback: every role through docker/entrypoint.sh, behind its nginx.

The roles get their environment as containers do, each with directories of its own, and share
nothing but PostgreSQL and Redis. Their logs are files; everything is ended by process id.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import yaml

from testing.services.servers import ROOT, PostgreSQL, Redis, Server, free_port, nginx

ENTRYPOINT: Final = ROOT / "docker" / "entrypoint.sh"
HEALTHCHECK: Final = ROOT / "docker" / "healthcheck.sh"
REQUIRED_SECRETS: Final = ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "API_KEY_PEPPER")
START_SECONDS: Final = 120.0  # on a machine that does much else
# More than the ten seconds between two snapshots of a call, else live calls look abandoned.
STALE_SECONDS: Final = 12


@dataclass
class Deployment:
    """What runs, and how to ask it. `media`: the names of the media processes."""

    origin: str
    directory: Path
    postgresql: PostgreSQL
    redis: Redis
    roles: dict[str, Server] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    logs: list[Path] = field(default_factory=list)
    media: tuple[str, ...] = ("media-1", "media-2")
    settings: dict[str, str] = field(default_factory=dict)  # of all containers

    def environment(self, name: str) -> dict[str, str]:
        """What the container `name` would be started with."""
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "DATABASE_URL": self.postgresql.url,
            "REDIS_URL": self.redis.url,
            "CLIENT_IP_HEADER": "X-Real-IP",
            "TWILIO_APP_URL": self.origin,
            "MEDIA_APP_URL": self.origin,
            "VAR_DIR": str(self.directory / name),
            "HOST": "127.0.0.1",
            "PORT": str(self.ports.get(name, 0)),
            "CALL_STALE_SECONDS": str(STALE_SECONDS),
            "WORKER_CONCURRENCY": "1",
            **{f"DEFAULT_{part}": "scripted" for part in ("STT", "LLM", "TTS")},
            **_taken_away(name.partition("-")[0]),
            **self.settings,
        }

    def start(self, name: str) -> None:
        """Start the container `name`: its role and, for several of one role, a number."""
        log = self.directory / f"{name}.log"
        role = name.partition("-")[0]
        self.roles[name] = Server(
            name, ["bash", str(ENTRYPOINT), role], log=log, env=self.environment(name)
        )
        self.logs.append(log)

    def wait_for_http(self, name: str) -> None:
        """Return when the role answers on its port."""

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{self.ports[name]}/readyz").is_success
            except httpx.TransportError:
                return False

        self.roles[name].wait_until_ready(answers, seconds=START_SECONDS)

    def run(self, *arguments: str) -> str:
        """What a container with these arguments prints; AssertionError when it fails."""
        done = subprocess.run(
            ["bash", str(ENTRYPOINT), *arguments],
            env=self.environment("manage"),
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def is_healthy(self, name: str) -> bool:
        """What the health check of the container `name` says."""
        command = ["bash", str(HEALTHCHECK)]
        done = subprocess.run(command, env=self.environment(name), capture_output=True, timeout=60)
        return done.returncode == 0

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of an SQL query, asked past the product."""
        with psycopg.connect(self.postgresql.url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def has_callers(self, name: str) -> bool:
        """Whether a socket is open at the port of the role `name`."""
        address = f"0100007F:{self.ports[name]:04X}"  # as /proc writes 127.0.0.1
        connections = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return any(line.split()[1] == address and line.split()[3] == "01" for line in connections)


def _taken_away(role: str) -> dict[str, str]:
    """The secrets of the settings that compose.yaml sets to nothing for `role`."""
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    given = services.get(role, {}).get("environment", {})
    return {name: "" for name in REQUIRED_SECRETS if given.get(name) == ""}


@contextmanager
def deployed(
    directory: Path, *, cluster: Path | None = None, **settings: str
) -> Iterator[Deployment]:
    """A migrated database and every role, ready for calls, until the block ends.

    cluster: one that is migrated, to begin with. settings: of every role, in the place of those
    that tests have.
    """
    with ExitStack() as stack:
        postgresql = stack.enter_context(PostgreSQL(cluster=cluster))
        redis = stack.enter_context(Redis(directory))
        port = free_port()
        deployment = Deployment(f"http://localhost:{port}", directory, postgresql, redis)
        deployment.settings = settings
        deployment.ports = {name: free_port() for name in ("web", *deployment.media)}
        if cluster is None:
            deployment.run("migrate")
        stack.callback(_stop, deployment)
        for name in ("web", *deployment.media, "worker", "beat"):
            deployment.start(name)
        for name in deployment.ports:
            deployment.wait_for_http(name)
        media = [deployment.ports[name] for name in deployment.media]
        log = stack.enter_context(nginx(port=port, web=deployment.ports["web"], media=media))
        deployment.logs += [log, postgresql.log, redis.log]
        yield deployment


def _stop(deployment: Deployment) -> None:
    for server in deployment.roles.values():
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGTERM)
    for server in deployment.roles.values():
        server.stop()
