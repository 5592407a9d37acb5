"""Detects changed files of the service's own code and templates."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# What a running service has read and keeps; styles and scripts are read for each request.
SUFFIXES: Final = frozenset({".py", ".html", ".txt", ".mo"})
_SKIPPED: Final = frozenset({"__pycache__", "tests"})  # of no effect on a service


class SourceWatch:
    """The files below some directories, and when each was written. Used on one thread.

    Reading the dates of a thousand takes some ten milliseconds, so this is for development only.
    """

    def __init__(self, *directories: Path) -> None:
        self._directories = directories
        self._written = self._scan()

    def has_changed(self) -> bool:
        """Whether a file was written, made or deleted since this was asked last."""
        before, self._written = self._written, self._scan()
        return before != self._written

    def _scan(self) -> dict[Path, int]:
        written = {}
        for path in self._files():
            try:
                written[path] = path.stat().st_mtime_ns
            except FileNotFoundError:  # an editor is replacing it; the next scan finds it
                continue
        return written

    def _files(self) -> Iterator[Path]:
        for directory in self._directories:
            for folder, folders, names in os.walk(directory):
                folders[:] = [name for name in folders if name not in _SKIPPED]
                paths = (Path(folder, name) for name in names)
                yield from (path for path in paths if path.suffix in SUFFIXES)
