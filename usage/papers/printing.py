"""Renders PDFs in a child process, because it takes a second of CPU time.

The child has no environment, no settings and bounds of its own; names that tenants wrote are laid
out there.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from typing import Final

import structlog

from usage.papers.sheet import Sheet
from voicex.errors import PaperFailed

log = structlog.get_logger(__name__)

# Together shorter than nginx waits for a page: the member reads a sentence, no error of nginx's.
SECONDS: Final = 12.0  # on a machine that is busy; the child's CPU time is bounded tighter
WAIT_SECONDS: Final = 5.0  # for those that are drawn at the moment
AT_ONCE: Final = 2  # in one process of ours
OF_ONE: Final = 1  # of these for one organization: the other place is left to others
ASKED_OF_ONE: Final = 3  # that are drawn or wait; further ones are refused at once
MAX_BYTES: Final = 8 * 1024 * 1024
_ROOT: Final = Path(__file__).resolve().parents[2]
# -I: no variable and no user's directory decides what runs there.
_COMMAND: Final = (
    *(sys.executable, "-I", "-c"),
    "import sys; sys.path.insert(0, sys.argv[1]); from usage.papers.drawing import main; main()",
    str(_ROOT),
)


class _Places:
    """Where papers are drawn, and who has or awaits one. Safe on any thread."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._drawn: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    @contextmanager
    def one_for(self, drawer: str) -> Iterator[None]:
        """A place for as long as the context lasts. Raises PaperFailed where none is free."""
        with self._changed:
            if self._asked[drawer] >= ASKED_OF_ONE:
                raise PaperFailed("busy")
            self._asked[drawer] += 1
        try:
            with self._taken_by(drawer):
                yield
        finally:
            with self._changed:
                self._give_back(self._asked, drawer)

    @contextmanager
    def _taken_by(self, drawer: str) -> Iterator[None]:
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_free_for(drawer), WAIT_SECONDS):
                raise PaperFailed("busy")
            self._drawn[drawer] += 1
        try:
            yield
        finally:
            with self._changed:
                self._give_back(self._drawn, drawer)
                self._changed.notify_all()

    def _is_free_for(self, drawer: str) -> bool:
        return self._drawn.total() < AT_ONCE and self._drawn[drawer] < OF_ONE

    @staticmethod
    def _give_back(counter: Counter[str], drawer: str) -> None:
        counter[drawer] -= 1
        if not counter[drawer]:
            del counter[drawer]


_places: Final = _Places()


def printed(sheet: Sheet, drawer: str) -> bytes:
    """The sheet as a PDF document. Blocks for a second or two, on any thread.

    drawer: the organization or operator it is for, in whatever words. Raises PaperFailed: "busy"
    while too many are drawn, of all or for that one, else "time" or "crash".
    """
    with _places.one_for(drawer):
        return _drawn(json.dumps(sheet.as_json()).encode())


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
