"""A journal on disk for usage records while the database is unreachable.

The records are also queued in memory (`telephony.process.record_writer`); the journal is for a
process that ends meanwhile. Each process has its own locked file in a private folder. A line is one
record, encoded as in dead letters, without any spoken words. Replaying is idempotent, because an
older snapshot never replaces a newer one.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, Final

import structlog
from django.db import connection, transaction

from usage.records import dead_letters
from usage.records.database import AWAY
from voicex.database.storable import storable_json

log = structlog.get_logger(__name__)

# The services whose records are written to the journal, by name: usage and ends of calls.
MONEY: Final = frozenset({"save_usage", "finalize"})
MOST_BYTES: Final = 32_000_000  # some 90,000 snapshots: hours of a busy process
MOST_FILES: Final = 1_000  # files of ended processes that are replayed at once

Record = tuple[str, list[Any], dict[str, Any]]  # the service's name and arguments


def is_of_money(job: Callable[..., Any]) -> bool:
    """Whether `job` is a record for the journal."""
    return isinstance(job, partial) and getattr(job.func, "__name__", "") in MONEY


class UsageJournal:
    """The journal of one process. For the writer thread.

    folder: created when needed. most_bytes: maximum of one file; further records are logged, and
    lost if the process ends.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._file: BinaryIO | None = None

    def write(self, jobs: Iterable[Callable[..., Any]]) -> None:
        """Write the billing records among `jobs` to disk, synced before it returns. Never
        raises.
        """
        lines = b"".join(_line(job) for job in jobs if isinstance(job, partial))
        if not lines:
            return
        try:
            file = self._file = self._file or self._new_file()
            if os.fstat(file.fileno()).st_size + len(lines) > self._most_bytes:
                log.error("journal_full", bytes=self._most_bytes)
                return
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            log.error("usage_not_journaled", error=type(error).__name__, code=error.errno)

    def replay(self, *, now: datetime) -> int:
        """Write the journals of this process and of ended ones to the database.

        Returns the number of records, 0 while the database is unreachable: the files stay then.
        Refused records become dead letters. Raises OSError.
        """
        if not self._folder.is_dir() or not any(self._folder.iterdir()) or not _answers():
            return 0
        self.close()  # the next outage gets a new file
        written = 0
        for path in sorted(self._folder.glob("*.jsonl"))[:MOST_FILES]:
            try:
                written += _replay(path, now=now)
            except AWAY as error:
                log.warning("journal_waits", error=type(error).__name__)
                break
        return written

    def close(self) -> None:
        """Close this process's file and release its lock; its records stay. Idempotent."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _new_file(self) -> BinaryIO:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{os.getpid()}-{token_hex(4)}.jsonl"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        file = os.fdopen(os.open(path, flags, 0o600), "ab")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # sync the folder, or the new file may be lost
        finally:
            os.close(folder)
        return file


def _line(job: partial[Any]) -> bytes:
    if not is_of_money(job):
        return b""
    record = {"kind": job.func.__name__, **dead_letters.plain(job.args, job.keywords)}
    return json.dumps(storable_json(record)).encode() + b"\n"


def _answers() -> bool:
    try:
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except AWAY:
        return False
    return True


def _replay(path: Path, *, now: datetime) -> int:
    """Replay one file, and delete it; 0 for a file whose process is alive.

    Raises one of AWAY while the database is unreachable.
    """
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        records = _newest(file)
        for kind, args, kwargs in records:
            _write(kind, args, kwargs, now=now)
        path.unlink()
        log.info("journal_replayed", records=len(records))
        return len(records)
    return 0


def _newest(lines: Iterable[bytes]) -> list[Record]:
    """The last record for each kind, call and stream; an incomplete line is skipped."""
    found: dict[tuple[Any, ...], Record] = {}
    broken = 0
    for line in lines:
        try:
            payload = json.loads(line)
            args, kwargs = dead_letters.unpacked(payload)
            key = (payload["kind"], args[0], kwargs.get("generation"))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            broken += 1
            continue
        found.pop(key, None)  # ordered by the last record
        found[key] = payload["kind"], args, kwargs
    if broken:
        log.warning("journal_lines_broken", lines=broken)
    return [record for record in found.values() if record[0] in MONEY]


def _write(kind: str, args: list[Any], kwargs: dict[str, Any], *, now: datetime) -> None:
    try:
        with transaction.atomic():
            dead_letters.SERVICES[kind](*args, **kwargs)
    except AWAY:
        raise
    except Exception as error:  # boundary: one bad record must not block the others
        log.error("record_failed", record=kind, error=type(error).__name__)
        dead_letters.keep(kind, args, kwargs, error=error, now=now)
