"""`make quick`: the quick tests, in some processes at once, each with its share of the files.

`python -m testing.quick [PROCESSES]`; "auto" is one for each core. The first shows its progress;
what the others have to say follows it, also after Ctrl-C. Ends with the worst of their exit codes.
Each has a cache of its own, with what failed in its share: `.pytest_cache/share1`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Final

COMMAND: Final = (
    *(sys.executable, "-m", "pytest", "-q", "-rs", "-m", "quick", "--color=auto"),
    *("-p", "no:hypothesispytest"),  # looks for constants in all code, for tests that are not quick
)
# How long each file took: in the cache of its share, and of all, which cuts the next run's shares.
SHARE_SECONDS: Final = "quick/seconds"
KEPT_SECONDS: Final = Path(".pytest_cache", "seconds.json")
NOTHING: Final = 5  # pytest's exit code for a run without a test; to import pytest takes 0.3 s
INTERRUPTED: Final = 128 + signal.SIGINT
ENDED: Final = 128 + signal.SIGTERM


def main(processes: int, command: Sequence[str] = COMMAND) -> int:
    """Run the tests; the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))  # which ends the processes below
    with ExitStack() as stack:
        outputs: list[IO[bytes] | None] = [None]
        outputs += [stack.enter_context(tempfile.TemporaryFile()) for _ in range(processes - 1)]
        started: list[subprocess.Popen[bytes]] = []
        stack.callback(_end, started)
        is_interrupted = False
        try:
            for number, output in enumerate(outputs, 1):
                started.append(_start(command, f"{number}/{processes}", output))
            codes = [process.wait() for process in started]
        except KeyboardInterrupt:  # the terminal has told them as well
            is_interrupted = True
            codes = [process.wait() for process in started]
        for output in filter(None, outputs):
            output.seek(0)
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
    _keep_seconds(processes)
    return INTERRUPTED if is_interrupted else worst(codes)


def worst(codes: Sequence[int]) -> int:
    """The exit code of all: a share without a quick test is no failure of the others."""
    return max((abs(code) for code in codes if code != NOTHING), default=NOTHING)


def _start(command: Sequence[str], share: str, output: IO[bytes] | None) -> subprocess.Popen[bytes]:
    name = f"share{share.partition('/')[0]}"
    return subprocess.Popen(
        [*command, f"--share={share}", "-o", f"cache_dir={KEPT_SECONDS.with_name(name)}"],
        env=os.environ | _own_database(name),
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )


def _keep_seconds(processes: int) -> None:
    """Keep what each file took. Only now, as every share has to be cut by the same figures."""
    seconds: dict[str, float] = {}
    for number in range(1, processes + 1):
        own = KEPT_SECONDS.with_name(f"share{number}") / "v" / SHARE_SECONDS
        with suppress(FileNotFoundError):
            seconds |= json.loads(own.read_text())
    if seconds:
        part = KEPT_SECONDS.with_suffix(".part")
        part.write_text(json.dumps(seconds))
        part.replace(KEPT_SECONDS)


def _own_database(name: str) -> dict[str, str]:
    """The variable by which pytest-django names the test database of a server; one in memory is
    each process's own.
    """
    is_server = os.environ.get("TEST_DATABASE_URL", "").startswith("postgres")
    return {"TOX_PARALLEL_ENV": name} if is_server else {}


def _end(started: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in started:
        with suppress(ProcessLookupError):
            process.terminate()
    for process in started:
        process.wait()


def _processes(told: str) -> int:
    return os.cpu_count() or 1 if told == "auto" else int(told)


if __name__ == "__main__":
    sys.exit(main(_processes(sys.argv[1]) if len(sys.argv) > 1 else 2))
