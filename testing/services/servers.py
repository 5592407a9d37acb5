"""Real servers for tests: PostgreSQL, Redis and nginx on loopback, each thrown away afterwards.

Every one runs in a directory of its own below /tmp, on a free port, and is ended by its
process id. PostgreSQL and nginx refuse or shun root, so under root they run as nobody.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from string import Template
from typing import Any, Self

import psycopg
import redis

ROOT = Path(__file__).resolve().parents[2]
NGINX_CONF = ROOT / "docker" / "nginx.conf"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0


def program(name: str) -> str | None:
    """Where `name` is installed, also where the system keeps it out of PATH."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    # Debian keeps each version of PostgreSQL in a place of its own; the newest counts.
    places += map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    return shutil.which(name, path=os.pathsep.join(places))


def installed(name: str) -> str:
    """Where `name` is. Raises AssertionError when it is not installed."""
    path = program(name)
    assert path is not None, f"{name} is not installed"
    return path


def missing() -> list[str]:
    """The programs that this module needs and the machine has not."""
    return [name for name in ("postgres", "initdb", "redis-server", "nginx") if not program(name)]


def free_port() -> int:
    """A port that no process listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], bool], what: str, *, seconds: float = READY_SECONDS) -> None:
    """Return when `is_so()`; AssertionError that names `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


class Server:
    """One child process with its log in a file. `stop` and `kill` may be called twice."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, **popen: Any) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            if "user" in popen:  # nginx opens /dev/stdout anew, as its own user
                os.fchown(output.fileno(), _nobody().pw_uid, -1)
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, **popen
            )

    def wait_until_ready(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Return when it is; AssertionError with the log when the process died or is late."""

        def looks_ready() -> bool:
            assert self.process.poll() is None, f"{self.name} died:\n{self.log.read_text()}"
            return is_ready()

        try:
            wait_until(looks_ready, f"{self.name} is ready", seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text()}") from error

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it in order; SIGKILL when that takes longer than 30 s."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it without letting it notice."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _as_nobody() -> dict[str, Any]:
    """Arguments for a child process that must not be root; none when we are not root."""
    if os.geteuid() != 0:
        return {}
    nobody = _nobody()
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def _directory(name: str) -> Iterator[Path]:
    # Not pytest's: what lies below a directory of root's is closed to the user nobody.
    path = Path(tempfile.mkdtemp(prefix=f"voicex-{name}-"))
    try:
        if os.geteuid() == 0:
            os.chown(path, _nobody().pw_uid, _nobody().pw_gid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _copy(directory: Path, to: Path) -> None:
    """With owners and rights."""
    subprocess.run(["cp", "--archive", str(directory), str(to)], check=True)


class PostgreSQL:
    """An empty PostgreSQL that can be stopped and started again. Use as a context.

    url: as in DATABASE_URL, of a role that owns its database and is no superuser, so that
    row-level security holds as it does where the service is deployed.
    admin_url: of the superuser, on a database of its own, as the container's first start has it.
    filling_url: of the superuser on the database of `url`, for tools that fill it with rows.
    cluster: what another one kept (`keep`), to begin with instead of nothing.
    """

    def __init__(self, *, cluster: Path | None = None) -> None:
        self._cluster = cluster
        self._stack = ExitStack()
        self._port = free_port()
        self._server: Server | None = None
        self.admin_url = self._admin_on("postgres")
        self.filling_url = self._admin_on("voicex")
        self.url = f"postgres://voicex@127.0.0.1:{self._port}/voicex"

    def __enter__(self) -> Self:
        with self._stack:  # undone when one of the following fails
            self._directory = self._stack.enter_context(_directory("postgresql"))
            self._data = self._directory / "data"
            self.log = self._directory / "log"
            self._make_cluster()
            self._stack.callback(self.stop)
            self.start()
            if self._cluster is None:
                self._make_role()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _admin_on(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        """Serve what is in the cluster."""
        command = [installed("postgres"), "-D", str(self._data), "-p", str(self._port)]
        # The directory is thrown away, so nothing needs to survive a power failure.
        for option in ("fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories="):
            command += ["-c", option]
        self._server = Server(
            "postgresql", command, log=self.log, cwd=self._directory, **_as_nobody()
        )
        self._server.wait_until_ready(self._answers, seconds=READY_SECONDS)

    def stop(self) -> None:
        """End it, and every connection with it."""
        if self._server is not None:
            self._server.stop(signal.SIGINT)  # "fast": it waits for no client

    def freeze(self) -> None:
        """Have all of its processes stand still: it refuses nothing, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._server is None:
            return
        pid = self._server.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            os.kill(each, number)

    def keep(self, path: Path) -> None:
        """Stop, and copy the cluster to `path`, which does not exist yet."""
        self.stop()
        _copy(self._data, path)

    def _make_cluster(self) -> None:
        if self._cluster is not None:
            _copy(self._cluster, self._data)
            return
        command = [installed("initdb"), "--pgdata", str(self._data), "--username", "postgres"]
        command += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        done = subprocess.run(
            command, cwd=self._directory, capture_output=True, text=True, **_as_nobody()
        )
        assert done.returncode == 0, done.stderr

    def _make_role(self) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            # Tests make their own databases. The other one: `usage.reads.word_index`.
            connection.execute("CREATE ROLE voicex LOGIN CREATEDB NOINHERIT")
            connection.execute("CREATE ROLE voicex_words")
            connection.execute("GRANT voicex_words TO voicex")
        # Who inherits nothing has no rights of a database's owner: each new one has them named.
        with psycopg.connect(self._admin_on("template1"), autocommit=True) as connection:
            connection.execute("GRANT ALL ON SCHEMA public TO voicex")
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE voicex OWNER voicex")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_url).close()
        except psycopg.OperationalError:
            return False
        return True


class Redis:
    """A Redis that can be killed and started again on the same port. Use as a context."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = free_port()
        self._server: Server | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.log = directory / "redis.log"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # nothing leaves a context that was not entered
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.stop()

    def start(self) -> None:
        """Serve, with nothing in it, as after a crash without persistence."""
        command = [installed("redis-server"), "--port", str(self._port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self._directory), "--save", "", "--appendonly", "no"]
        command += ["--maxmemory-policy", "noeviction"]
        self._server = Server("redis", command, log=self.log)
        self._server.wait_until_ready(self._answers, seconds=READY_SECONDS)

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        assert self._server is not None
        self._server.kill()

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


@contextmanager
def nginx(*, port: int, web: int, media: Sequence[int]) -> Iterator[Path]:
    """The deployment's nginx in front of the roles on these loopback ports; its log."""
    with _directory("nginx") as directory:
        conf = directory / "nginx.conf"
        values = {
            "VOICEX_DIR": str(directory),
            "VOICEX_LISTEN": f"127.0.0.1:{port}",
            "VOICEX_SCHEME": "http",
            "VOICEX_TLS_PROXY": "127.0.0.1",
            "VOICEX_RESOLVER": "127.0.0.1",
            "VOICEX_WEB_SERVERS": f"server 127.0.0.1:{web};",
            "VOICEX_MEDIA_SERVERS": " ".join(f"server 127.0.0.1:{at};" for at in media),
        }
        # What the nginx image does with envsubst: our variables, and no others.
        conf.write_text(Template(NGINX_CONF.read_text()).safe_substitute(values))
        conf.chmod(0o644)  # read by another user, whatever this process's umask is
        server = Server(
            "nginx",
            [installed("nginx"), "-p", str(directory), "-c", str(conf), "-g", "daemon off;"],
            log=directory / "log",
            cwd=directory,
            **_as_nobody(),
        )

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        try:
            server.wait_until_ready(listens, seconds=READY_SECONDS)
            yield server.log
        finally:
            server.stop()
