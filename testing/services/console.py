"""A process with Django set up for a service's data, which answers one request after the other.

Starting Python and Django takes longer than most of what tests ask of a service: one process for
all of a service's questions saves that. It asks as a process of its own does: the service itself
knows nothing of it. Requests and answers are lines of JSON.
"""

import contextlib
import io
import json
import os
import select
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[2]
STOP_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 240.0


class Console:
    """The asking side. Use as a context; the process starts with the first request.

    environment: that of the service. Used by one thread at a time.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Console":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        with self._process as process:
            _pipe(process.stdin).close()  # the loop of requests ends with them
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def command(self, *arguments: str) -> str:
        """What a management command prints. Raises AssertionError with its error."""
        return self._ask(arguments)

    def run(self, code: str) -> str:
        """What `code` prints. Raises AssertionError with its traceback."""
        return self._ask(code)

    def _ask(self, request: str | Sequence[str]) -> str:
        process = self._process = self._process or self._started()
        requests, answers = _pipe(process.stdin), _pipe(process.stdout)
        requests.write(json.dumps(request) + "\n")
        requests.flush()
        ready, _, _ = select.select([answers], [], [], ANSWER_SECONDS)
        assert ready, f"no answer within {ANSWER_SECONDS:g} s: {request}"
        line = answers.readline()
        assert line, "the console died; its output above says why"
        answer = json.loads(line)
        assert not answer["error"], f"{request}:\n{answer['printed']}\n{answer['error']}"
        printed: str = answer["printed"]
        return printed

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "testing.services.console"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def _pipe(end: IO[str] | None) -> IO[str]:
    """An end of a pipe that the process was started with."""
    assert end is not None
    return end


def answer(request: str | Sequence[str]) -> dict[str, str]:
    """Run code (a string) or a command (a list): what it printed, and the error that ended it.

    Broad on purpose: whatever the request raises is for the process that asked.
    """
    from django.core.management import call_command
    from django.db import connections

    printed, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            if isinstance(request, str):
                exec(request, {"__name__": "__console__"})
            else:
                call_command(*request, stdout=printed)
    except (Exception, SystemExit):
        error = traceback.format_exc()
    finally:
        # Others stop and start databases, and read the files of SQLite.
        connections.close_all()
    return {"printed": printed.getvalue(), "error": error}


def serve(requests: IO[str], answers: IO[str]) -> None:
    """Answer until there are no more requests."""
    for line in requests:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


def main() -> None:
    """Serve on the process's own input and output; what the log prints goes to its errors."""
    import django

    from voicex.secrets.private_files import keep_private

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")
    keep_private()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    django.setup()
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
