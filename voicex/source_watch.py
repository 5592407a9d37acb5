"""Detects changed files of the service's own code and templates."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# Files that a running service reads only once; styles and scripts are read for each request.
SUFFIXES: Final = frozenset({".py", ".html", ".txt", ".mo"})
_SKIPPED: Final = frozenset({"__pycache__", "tests"})  # does not affect a running service


class SourceWatch:
    """The modification times of the files below some directories. For one thread.

    A scan of a thousand files takes some ten milliseconds, so this is for development only.
    """

    def __init__(self, *directories: Path) -> None:
        self._directories = directories
        self._written = self._scan()

    def has_changed(self) -> bool:
        """Whether a file was changed, created or deleted since the last call."""
        before, self._written = self._written, self._scan()
        return before != self._written

    def _scan(self) -> dict[Path, int]:
        written = {}
        for path in self._files():
            try:
                written[path] = path.stat().st_mtime_ns
            except FileNotFoundError:  # an editor is replacing the file
                continue
        return written

    def _files(self) -> Iterator[Path]:
        for directory in self._directories:
            for folder, folders, names in os.walk(directory):
                folders[:] = [name for name in folders if name not in _SKIPPED]
                paths = (Path(folder, name) for name in names)
                yield from (path for path in paths if path.suffix in SUFFIXES)
