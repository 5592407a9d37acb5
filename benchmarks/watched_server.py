"""The media server, able to say what it holds: `python -m benchmarks.watched_server REPORT ...`.

For benchmarks only; the server that is deployed knows none of this.

SIGUSR1  writes REPORT, a JSON object: tasks by name, live objects by type, and, while
         allocations are traced, the bytes that are held by source line
SIGUSR2  begins to trace allocations
"""

import asyncio
import gc
import json
import signal
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any, Final

from voicex import server

COMMONEST_TYPES: Final = 60
LARGEST_LINES: Final = 25


def holdings() -> dict[str, Any]:
    """What this process holds once garbage is collected."""
    gc.collect()
    types = Counter(f"{type(o).__module__}.{type(o).__qualname__}" for o in gc.get_objects())
    report: dict[str, Any] = {
        "objects": types.total(),
        "types": dict(types.most_common(COMMONEST_TYPES)),
        "tasks": dict(Counter(task.get_name() for task in asyncio.all_tasks())),
    }
    if tracemalloc.is_tracing():
        lines = tracemalloc.take_snapshot().statistics("lineno")
        report["traced_bytes"] = sum(line.size for line in lines)
        report["lines"] = [
            [f"{line.traceback[0].filename}:{line.traceback[0].lineno}", line.size, line.count]
            for line in lines[:LARGEST_LINES]
        ]
    return report


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    path = Path(sys.argv.pop(1))

    def write(number: int, frame: FrameType | None) -> None:
        draft = path.with_suffix(".draft")  # a reader that waits for the file finds it whole
        draft.write_text(json.dumps(holdings()))
        draft.rename(path)

    def trace(number: int, frame: FrameType | None) -> None:
        gc.collect()
        tracemalloc.start()

    signal.signal(signal.SIGUSR1, write)
    signal.signal(signal.SIGUSR2, trace)
    server.main()


if __name__ == "__main__":
    main()
