"""The child process that parses tenants' texts. Started by `agents.compiler.process`.

It limits itself before it reads anything: memory, no files, no processes, and CPU time for each
request, after which the kernel kills it. Requests and answers are JSON, each prefixed with its
length in four bytes.
"""

import json
import os
import resource
import select
import signal
import sys
from contextlib import suppress
from typing import Any, Final

from agents.compiler.tasks import TASKS

CPU_SECONDS: Final = 0.5  # of one request; the longest texts that are allowed take 0.05
MEMORY_BYTES: Final = 64 * 1024 * 1024  # beside what the interpreter has taken
# A lower priority than calls: a tenth of the server's share of the core.
NICENESS: Final = 10
IDLE_SECONDS: Final = 60.0  # idle seconds, after which it exits to free its memory
LENGTH_BYTES: Final = 4
_STDIN: Final = 0
_STDOUT: Final = 1
_BOUNDED_AT: Final = 2  # in the arguments of the process


def serve() -> None:
    """Answer requests until the input ends.

    The command line may contain other limits after the folder: CPU seconds, and bytes of memory.
    """
    cpu_seconds, memory_bytes = CPU_SECONDS, MEMORY_BYTES
    if len(sys.argv) > _BOUNDED_AT:
        cpu_seconds, memory_bytes = float(sys.argv[_BOUNDED_AT]), int(sys.argv[_BOUNDED_AT + 1])
    _bound_itself(memory_bytes)
    while select.select([_STDIN], [], [], IDLE_SECONDS)[0]:
        length = int.from_bytes(_read(LENGTH_BYTES), "big")
        if not length:
            return
        request = json.loads(_read(length))
        # The kernel kills the process with SIGPROF: no Python code could, while a regular
        # expression is matching.
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        answer = _answer(request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write(answer)


def _answer(request: Any) -> dict[str, Any]:
    """Answer one request. The broad except is the boundary of the process: errors are answered by
    their class name.
    """
    try:
        return {
            "gives": TASKS[request["task"]](
                request["given"], lambda name: _write({"reading": name})
            )
        }
    except Exception as error:
        return {"failed": type(error).__name__}


def _bound_itself(memory_bytes: int) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us
    os.nice(NICENESS)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NPROC, 0)
    with suppress(OSError):  # another system than Linux
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_bytes)


def _lower(limit: int, value: int) -> None:
    with suppress(ValueError, OSError):  # it is lower already, or the system has none
        resource.setrlimit(limit, (value, value))


def _read(length: int) -> bytes:
    """So many bytes of standard input; fewer when it has ended."""
    parts = []
    while length and (part := os.read(_STDIN, length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _write(answer: dict[str, Any]) -> None:
    written = json.dumps(answer).encode()
    waiting = memoryview(len(written).to_bytes(LENGTH_BYTES, "big") + written)
    while waiting:
        waiting = waiting[os.write(_STDOUT, waiting) :]
