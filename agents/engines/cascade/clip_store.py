"""Clips on disk, shared by processes, with limits that are enforced when writing.

    <directory>/<owner>/<digest of voice and text>
    <directory>/<owner>/forgotten    empty; when the owner's clips were last forgotten

The disk is shared with the database and the recordings. There are limits for each owner and in
total; when one is exceeded, the least recently read clips are deleted, the owner's first. All
methods block: call them on a thread.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import structlog

log = structlog.get_logger(__name__)

MEGABYTE: Final = 1024 * 1024
MAX_BYTES_OF_OWNER: Final = 8 * MEGABYTE  # 17 minutes of speech
MAX_BYTES_ON_DISK: Final = 128 * MEGABYTE
FORGOTTEN: Final = "forgotten"
KEPT_SECONDS: Final = 60 * 24 * 3600  # clips not read for so long are deleted


@dataclass(frozen=True, slots=True)
class _Stored:
    read_at: float  # seconds of the epoch
    size: int  # bytes
    path: Path


class ClipStore:
    """The clips below `directory`, which several processes share. Safe on any thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = Lock()  # per process: another one may exceed the limit by one clip

    def read(self, owner: str, key: str) -> bytes:
        """The clip, b"" if there is none. Marks it as read."""
        path = self._directory / owner / key
        try:
            clip = path.read_bytes()
        except OSError:
            return b""
        with suppress(OSError):  # of another user, or on a disk that is read only
            os.utime(path)
        return clip

    def write(self, owner: str, key: str, clip: bytes, *, mark: int = 0) -> None:
        """Store the clip within the limits; a full or read-only disk is logged.

        mark: the owner's `mark` when rendering began; the clip is dropped if it has changed.
        """
        if len(clip) > MAX_BYTES_OF_OWNER:
            return
        try:
            with self._lock:
                if self.mark(owner) != mark:
                    return
                _make_room(self._stored(owner), MAX_BYTES_OF_OWNER - len(clip))
                _make_room(self._stored(), MAX_BYTES_ON_DISK - len(clip))
                _write(self._directory / owner, key, clip)
        except OSError as error:
            log.warning("clip_not_written", error=type(error).__name__)

    def mark(self, owner: str) -> int:
        """A number that changes when the owner's clips are deleted, by any process."""
        try:
            return (self._directory / owner / FORGOTTEN).stat().st_mtime_ns
        except OSError:
            return 0

    def forget(self, owner: str) -> None:
        """Delete the owner's clips, also from the memory of other processes. Raises OSError."""
        folder = self._directory / owner
        with self._lock:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            before = self.mark(owner)
            (folder / FORGOTTEN).touch()
            if self.mark(owner) <= before:  # the clock is coarse, or was set back
                os.utime(folder / FORGOTTEN, ns=(before + 1, before + 1))
            for clip in list(self._stored(owner)):
                clip.path.unlink(missing_ok=True)

    def delete(self, owner: str, key: str) -> None:
        """Delete one clip, if it is there."""
        with suppress(OSError):
            (self._directory / owner / key).unlink()

    def prune(self, *, now: float) -> int:
        """Delete unused clips, and return their number; now: seconds since the epoch.

        Copies in the memory of processes stay.
        """
        with self._lock:
            stored = list(self._stored())
            old = [clip for clip in stored if now - clip.read_at > KEPT_SECONDS]
            for clip in old:
                clip.path.unlink(missing_ok=True)
            # Clips of old releases without owners are in the directory itself.
            ownerless = [path for path in _entries(self._directory) if path.is_file()]
            for path in ownerless:
                path.unlink(missing_ok=True)
            return len(old) + len(ownerless) + _make_room(self._stored(), MAX_BYTES_ON_DISK)

    def _stored(self, owner: str | None = None) -> Iterator[_Stored]:
        """The clips of one owner, or of all."""
        folders = [self._directory / owner] if owner is not None else _entries(self._directory)
        for folder in folders:
            for path in _entries(folder):
                if path.name == FORGOTTEN:
                    continue
                with suppress(OSError):  # another process has just deleted or renamed it
                    status = path.stat()
                    yield _Stored(status.st_mtime, status.st_size, path)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it does not exist, or is a file
        return []


def _make_room(stored: Iterator[_Stored], most_bytes: int) -> int:
    """Delete the least recently read clips until the others fit; returns their number."""
    newest_first = sorted(stored, key=lambda clip: clip.read_at, reverse=True)
    deleted, kept_bytes = 0, 0
    for clip in newest_first:
        kept_bytes += clip.size
        if kept_bytes > most_bytes:
            clip.path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def _write(folder: Path, key: str, clip: bytes) -> None:
    """Write to a temporary file and rename it, so that no process reads half a clip. Raises
    OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(clip)
        aside.rename(folder / key)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
