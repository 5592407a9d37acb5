"""The parent's side of the child process: starts it on demand, sends requests, replaces it.

A child answers one request at a time and is reused, so that a request takes a millisecond. It is
replaced after it has died, and after JOBS requests.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock, Timer
from typing import Any, Final

import structlog

from agents.compiler.child import LENGTH_BYTES
from voicex.errors import TaskFailed

log = structlog.get_logger(__name__)

JOBS: Final = 500  # requests of one child, which limits memory leaks
SECONDS: Final = 5.0  # for an answer on a busy machine; the limit of CPU time is lower
MAX_ANSWER: Final = 8 * 1024 * 1024  # bytes
_ROOT: Final = Path(__file__).resolve().parents[2]
# -I and -S: environment variables, user directories and installed packages have no influence.
_COMMAND: Final = (
    *(sys.executable, "-I", "-S", "-c"),
    "import sys; sys.path.insert(0, sys.argv[1]); from agents.compiler.child import serve; serve()",
    str(_ROOT),
)


class _Ended(Exception):
    """The child ended without an answer. `exit_code` as of Popen; `reading`: which text it read."""

    def __init__(self, exit_code: int, reading: str) -> None:
        super().__init__(exit_code, reading)
        self.exit_code = exit_code
        self.reading = reading


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a request that differ from those of texts.

    seconds: for the answer, and as many for earlier requests.
    """

    cpu_seconds: float
    memory_bytes: int
    seconds: float


class Compiler:
    """Runs tasks in the child. Safe on any thread; requests are queued."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        """bounds: limits of each request; None for those of texts (agents.compiler.child)."""
        self._bounds = bounds
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._jobs = 0

    def ask(self, task: str, given: Any) -> Any:
        """What `task` (of agents.compiler.tasks) gives for `given`, both values of JSON.

        Blocks for a few milliseconds, at most for some SECONDS. Raises TaskFailed when it takes
        more time or memory than it may, or fails; with `bounds` also, by the reason "busy", when
        those before it take too long.
        """
        request = json.dumps({"task": task, "given": given}).encode()
        if not self._lock.acquire(timeout=self._bounds.seconds if self._bounds else -1):
            raise TaskFailed("busy")
        try:
            try:
                answer = self._asked_once_more_if_idle(request)
            except _Ended as ended:
                is_too_much = ended.exit_code in (-signal.SIGPROF, -signal.SIGKILL)
                reason = "time" if is_too_much else "crash"
                log.warning("compiler_ended", task=task, reading=ended.reading, reason=reason)
                raise TaskFailed(reason, reading=ended.reading) from None
        finally:
            self._lock.release()
        if "gives" not in answer:
            error = answer.get("failed", "")
            log.warning("compiler_failed", task=task, error=error)
            raise TaskFailed("memory" if error == "MemoryError" else "crash")
        return answer["gives"]

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def _asked_once_more_if_idle(self, request: bytes) -> dict[str, Any]:
        try:
            return self._asked(request)
        except _Ended as ended:
            if ended.exit_code != 0:
                raise
            # It was idle and exited at the moment of the request.
            return self._asked(request)

    def _asked(self, request: bytes) -> dict[str, Any]:
        child = self._at_work()
        reading = ""
        watchdog = Timer(self._bounds.seconds if self._bounds else SECONDS, child.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            _send(child, request)
            while "reading" in (answer := _receive(child)):
                reading = answer["reading"]
            return answer
        except (OSError, EOFError, ValueError):
            raise _Ended(self._end(), reading) from None
        finally:
            watchdog.cancel()

    def _at_work(self) -> subprocess.Popen[bytes]:
        """The child; a new one if there is none, or after JOBS requests."""
        if self._child is not None and (self._jobs >= JOBS or self._child.poll() is not None):
            self._end()
        if self._child is None:
            self._child = subprocess.Popen(
                (*_COMMAND, *self._arguments()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback could quote a tenant's text
                env={},  # the child has no access to our secrets
                cwd="/",
                bufsize=0,
            )
            self._jobs = 0
        self._jobs += 1
        return self._child

    def _arguments(self) -> list[str]:
        if self._bounds is None:
            return []
        return [str(self._bounds.cpu_seconds), str(self._bounds.memory_bytes)]

    def _end(self) -> int:
        """Kill the child and return its exit code, or that of its own exit."""
        child, self._child = self._child, None
        if child is None:
            return 0
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            # One that ended by itself is found so; one that is well ends with its input.
            return child.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


def _send(child: subprocess.Popen[bytes], request: bytes) -> None:
    if child.stdin is None:
        raise EOFError
    waiting = memoryview(len(request).to_bytes(LENGTH_BYTES, "big") + request)
    while waiting:
        waiting = waiting[child.stdin.write(waiting) or 0 :]


def _receive(child: subprocess.Popen[bytes]) -> dict[str, Any]:
    """One answer. Raises EOFError when the child has ended, ValueError for anything else."""
    length = int.from_bytes(_exactly(child, LENGTH_BYTES), "big")
    if length > MAX_ANSWER:
        raise ValueError(length)
    answer = json.loads(_exactly(child, length))
    if not isinstance(answer, dict):
        raise ValueError(type(answer).__name__)
    return answer


def _exactly(child: subprocess.Popen[bytes], length: int) -> bytes:
    parts = []
    while length:
        part = child.stdout.read(length) if child.stdout else b""
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


compiler: Final = Compiler()
# Separate children for files and websites, which take longer, so that texts never wait for them.
FILES: Final = Bounds(cpu_seconds=4.0, memory_bytes=192 * 1024 * 1024, seconds=10.0)
file_reader: Final = Compiler(FILES)
for _each in (compiler, file_reader):
    atexit.register(_each.close)
# A process that was forked off has children of its own: two that read one pipe mix their answers.
os.register_at_fork(after_in_child=compiler.__init__)  # type: ignore[misc]
os.register_at_fork(after_in_child=partial(file_reader.__init__, FILES))  # type: ignore[misc]
