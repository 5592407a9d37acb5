"""Papers are drawn in a child process: it takes a second, and no call and no page waits for it.

The child has no environment, no settings and bounds of its own; names that tenants wrote are laid
out there.
"""

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

import structlog

from usage.papers.sheet import Sheet
from voicex.errors import PaperFailed

log = structlog.get_logger(__name__)

# Together shorter than nginx waits for a page: the member reads a sentence, no error of nginx's.
SECONDS: Final = 12.0  # on a machine that is busy; the child's CPU time is bounded tighter
WAIT_SECONDS: Final = 5.0  # for those that are drawn at the moment
AT_ONCE: Final = 2  # in one process of ours
MAX_BYTES: Final = 8 * 1024 * 1024
_ROOT: Final = Path(__file__).resolve().parents[2]
# -I: no variable and no user's directory decides what runs there.
_COMMAND: Final = (
    *(sys.executable, "-I", "-c"),
    "import sys; sys.path.insert(0, sys.argv[1]); from usage.papers.drawing import main; main()",
    str(_ROOT),
)
_places: Final = BoundedSemaphore(AT_ONCE)


def printed(sheet: Sheet) -> bytes:
    """The sheet as a PDF document. Blocks for a second or two, on any thread.

    Raises PaperFailed: "busy" while too many are drawn, else "time" or "crash".
    """
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise PaperFailed("busy")
    try:
        return _drawn(json.dumps(sheet.as_json()).encode())
    finally:
        _places.release()


def _drawn(request: bytes) -> bytes:
    try:
        child = subprocess.run(
            _COMMAND,
            input=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a trace could quote what a tenant wrote
            env={},
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("paper_not_drawn", reason="time")
        raise PaperFailed("time") from None
    if child.returncode or not child.stdout.startswith(b"%PDF") or len(child.stdout) > MAX_BYTES:
        log.warning("paper_not_drawn", reason="crash", exit_code=child.returncode)
        raise PaperFailed("crash")
    return child.stdout
