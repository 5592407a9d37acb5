"""Keeps the processes of one machine running: the media server and, with Redis, a worker.

The supervisor holds the listening socket. While the media server is being restarted,
new connections wait in that socket's backlog instead of being refused.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from ipaddress import ip_address
from math import inf
from pathlib import Path
from typing import Final

import structlog

from voicex.errors import ConfigurationError

log = structlog.get_logger(__name__)

BACKLOG: Final = 512
# `make` repeats the signal that the whole process group received: both count as one.
APART_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.2
READY_POLL_SECONDS: Final = 0.05  # polled often, as a person waits for the start
# Exit codes of a media server that was ordered to drain, with calls and without.
IN_ORDER: Final = (0, -signal.SIGTERM)
RESTART_SECONDS: Final = 1.0  # pause after a crash, so that a broken start does not spin


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free port. Raises ConfigurationError if the port is in
    use, or the address is none of this machine's.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Port {port} on {host} cannot be used ({error.strerror}). {_remedy(port, error)}"
        ) from error
    listener.listen(BACKLOG)
    return listener


def _remedy(port: int, error: OSError) -> str:
    """What to do about a socket that cannot be bound."""
    if error.errno == errno.EADDRINUSE:
        return f"Stop the program that has it, or choose another port: PORT={port + 1} make run"
    if error.errno == errno.EACCES:
        return "Choose a port above 1023: PORT=8000 make run"
    return (
        "Set HOST to an IPv4 address of this machine, to 127.0.0.1 for this machine alone, or to "
        "0.0.0.0 for all of its addresses"
    )


def media_command(listener: socket.socket) -> list[str]:
    """The command line of a media server that inherits this socket."""
    return [sys.executable, "-m", "voicex.server", "--fd", str(listener.fileno())]


class Supervisor:
    """Starts, watches, restarts and stops the children. Use as a context manager.

    media: a media server on `listener` that runs already.
    """

    def __init__(
        self,
        listener: socket.socket,
        *,
        run_dir: Path,
        has_redis: bool,
        environment: dict[str, str] | None = None,
        stop_seconds: float = 20.0,
        media: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self._environment = environment
        self._stop_seconds = stop_seconds
        self._listener = listener
        self._run_dir = run_dir
        self._has_redis = has_redis
        self._media = media
        self._worker: subprocess.Popen[bytes] | None = None
        self._is_stopping = False
        self._signals = 0
        self._asked_at = -inf

    def __enter__(self) -> "Supervisor":
        try:
            self._run_dir.mkdir(parents=True, exist_ok=True)
            if self._media is None:
                self._start_media()
            else:
                self._note_media(self._media)
        except OSError as error:
            raise ConfigurationError(
                f"{self._run_dir} cannot be written ({error.strerror}). "
                "Make it writable for this user"
            ) from error
        if self._has_redis:
            self._start_worker()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def watch(
        self,
        is_done: Callable[[], bool] = lambda: False,
        *,
        has_changed: Callable[[], bool] | None = None,
    ) -> None:
        """Restart what dies, until `is_done` or `stop`.

        has_changed: for development; polled, and True restarts the children with the changed code.
        A child that dies then is not restarted before the next change, so that its error is printed
        once.
        """
        while not (self._is_stopping or is_done()):
            time.sleep(POLL_SECONDS)
            if has_changed is None:
                self._restart_dead()
            elif has_changed() and not self._is_stopping:
                self.restart()

    def restart(self) -> None:
        """End the children gracefully, and start them again on the same socket."""
        self._end_children()
        if self._is_stopping:  # a signal has arrived, and the socket is closed
            return
        self._start_media()
        if self._has_redis:
            self._start_worker()

    def _restart_dead(self) -> None:
        if self._media and self._media.poll() is not None and not self._is_stopping:
            if self._media.returncode in IN_ORDER:
                log.info("media_server_ended")
            else:
                log.error("media_server_died", status=self._media.returncode)
            time.sleep(RESTART_SECONDS)
            self._start_media()
        if self._worker and self._worker.poll() is not None and not self._is_stopping:
            log.error("worker_died", status=self._worker.returncode)
            time.sleep(RESTART_SECONDS)
            self._start_worker()

    @property
    def address(self) -> tuple[str, int]:
        """Where this machine reaches the media server: an IPv4 address and a port."""
        host, port = self._listener.getsockname()
        return ("127.0.0.1" if ip_address(host).is_unspecified else host), port

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._is_stopping

    def is_media_alive(self) -> bool:
        """Whether the media server runs."""
        return self._media is not None and self._media.poll() is None

    def ask_to_stop(self, *_signal: object) -> None:
        """Have `watch` return, so that the children end gracefully; on a second call at once.

        A signal handler: it may interrupt any code, also `subprocess` while it holds a lock, so it
        only sets a flag.
        """
        now = time.monotonic()
        if now - self._asked_at >= APART_SECONDS:
            self._asked_at = now
            self._signals += 1
        self._is_stopping = True

    def stop(self) -> None:
        """Let the children finish, then end them. Safe to call twice."""
        self._is_stopping = True
        self._end_children()
        self._listener.close()
        self._pid_file.unlink(missing_ok=True)

    def _end_children(self) -> None:
        children = [child for child in (self._media, self._worker) if child is not None]
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + self._stop_seconds
        signals = self._signals
        while any(child.poll() is None for child in children) and time.monotonic() < deadline:
            if self._signals > max(signals, 1):  # after a second signal it does not wait
                signals = self._signals
                for child in children:
                    child.terminate()
            time.sleep(POLL_SECONDS)
        for child in children:
            if child.poll() is None:
                child.kill()
            child.wait()

    @property
    def _pid_file(self) -> Path:
        return self._run_dir / "media.pid"

    def _start_media(self) -> None:
        self._media = subprocess.Popen(
            media_command(self._listener),
            pass_fds=[self._listener.fileno()],
            env=self._environment,
            start_new_session=True,  # Ctrl-C reaches us only; we pass it on once
        )
        self._note_media(self._media)

    def _note_media(self, media: subprocess.Popen[bytes]) -> None:
        self._pid_file.write_text(f"{media.pid}\n")

    def _start_worker(self) -> None:
        self._worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "voicex", "worker", "--beat"),
                *("--schedule", str(self._run_dir / "celerybeat-schedule")),
                *("--concurrency", "2", "--loglevel", "WARNING", "--without-mingle"),
            ],
            env=self._environment,
            start_new_session=True,
        )


def stop_on_signals(supervisor: Supervisor) -> None:
    """Have SIGINT and SIGTERM stop the supervisor gracefully."""
    signal.signal(signal.SIGINT, supervisor.ask_to_stop)
    signal.signal(signal.SIGTERM, supervisor.ask_to_stop)


def wait_until_ready(supervisor: Supervisor, *, seconds: float) -> None:
    """Return when `/readyz` says so, or it is to stop. Raises ConfigurationError when the server
    died first.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if supervisor.is_stopping:
            return
        if not supervisor.is_media_alive():
            raise ConfigurationError("The media server did not start; its output above says why")
        if _is_ready(supervisor.address):
            return
        time.sleep(READY_POLL_SECONDS)
    raise ConfigurationError(f"The media server was not ready within {seconds:.0f} seconds")


def _is_ready(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=2) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


def child_environment(port: int) -> dict[str, str]:
    """What a server on a port of its own needs to know of its address."""
    origin = f"http://localhost:{port}"
    return {**os.environ, "PORT": str(port), "TWILIO_APP_URL": origin, "MEDIA_APP_URL": origin}
