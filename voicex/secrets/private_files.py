"""File modes: what Voicex writes (transcripts, recordings, keys, sessions) is private to
its user.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

UMASK: Final = 0o077
# What Voicex makes in VAR_DIR. A directory that holds anything else may be shared on purpose.
OURS: Final = frozenset(
    ("clips", "demo", "first-login.txt", "journal", "recordings", "run", "screenshots", "static")
)
# SQLite keeps these beside the database, with the database's mode.
_BESIDE: Final = ("", "-wal", "-shm", "-journal")
_OTHERS: Final = 0o077


def keep_private() -> None:
    """Set the umask so that this process and its children create private files."""
    os.umask(UMASK)


def tighten_installation() -> None:
    """`tighten` for the places that the settings name; at the start of a server."""
    database = settings.DATABASES["default"]
    tighten(
        var_dir=Path(settings.VAR_DIR),
        recordings_dir=Path(settings.RECORDINGS_DIR),
        database=str(database["NAME"]) if database["ENGINE"].endswith("sqlite") else "",
        environments=settings.ENV_FILES,
    )


def tighten(
    *, var_dir: Path, recordings_dir: Path, database: str, environments: Iterable[Path]
) -> None:
    """Make files private that an earlier version, or another umask, left readable for others.

    database: the file of SQLite, "" for none. Only what belongs to this process's user is
    touched, and each change is logged.
    """
    ours = [var_dir] if _is_ours(var_dir, database) else []
    ours += [var_dir / name for name in sorted(OURS)]
    files = [Path(f"{database}{end}") for end in _BESIDE] if database else []
    for path in (*ours, recordings_dir, *_below(recordings_dir), *files, *environments):
        _tighten(path)


def _is_ours(directory: Path, database: str) -> bool:
    try:
        names = {path.name for path in directory.iterdir()}
    except OSError:
        return False
    beside = {f"{Path(database).name}{end}" for end in _BESIDE} if database else set()
    return names <= OURS | beside


def _below(recordings: Path) -> Iterator[Path]:
    # One level is enough: what is below a private directory cannot be reached.
    try:
        yield from sorted(recordings.iterdir())
    except OSError:
        return


def _tighten(path: Path) -> None:
    try:
        status = path.lstat()
        is_plain = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
        if not is_plain or status.st_uid != os.geteuid() or not status.st_mode & _OTHERS:
            return
        path.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("file_open_to_others", path=str(path), error=error.strerror)
        return
    log.warning("file_closed_to_others", path=str(path), mode=oct(status.st_mode & 0o777))
