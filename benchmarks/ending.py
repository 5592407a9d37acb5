"""A benchmark that is told to end (SIGTERM) puts away what it has started.

Servers that it left running would take part in whatever is measured next. `python -m
benchmarks.ending NAME` runs a benchmark so.
"""

import runpy
import signal
import sys
from types import FrameType


def end_in_order() -> None:
    """From now on SIGTERM leaves the main thread as an exit does, through every `finally`.

    It does so once: what comes while things are put away breaks none of that off.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)


def main() -> None:
    """Run the benchmark of that name, with its options."""
    name = sys.argv.pop(1)
    end_in_order()
    runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
