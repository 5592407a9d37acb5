"""`make quick`: the quick tests, in some processes at once, each with its share of the folders.

`python -m testing.quick [PROCESSES]`. The first shows its progress; what the others have to say
follows it. Ends with the worst of their exit codes.
"""

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from typing import IO, Final

COMMAND: Final = (sys.executable, "-m", "pytest", "-q", "-rs", "-m", "quick", "--color=auto")


def main(processes: int) -> int:
    """Run the tests; the exit code."""
    with ExitStack() as stack:
        outputs: list[IO[bytes] | None] = [None]
        outputs += [stack.enter_context(tempfile.TemporaryFile()) for _ in range(processes - 1)]
        started = [
            subprocess.Popen(
                [*COMMAND, f"--share={number}/{processes}"],
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
            )
            for number, output in enumerate(outputs, 1)
        ]
        codes = [process.wait() for process in started]
        for output in filter(None, outputs):
            output.seek(0)
            sys.stdout.buffer.write(output.read())
            sys.stdout.flush()
    return max(map(abs, codes))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2))
