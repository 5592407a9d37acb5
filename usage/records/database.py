"""Database errors that mean "unreachable", as opposed to "refused"."""

import sqlite3
from typing import Final

from django.db import InterfaceError, InternalError, OperationalError

# InternalError includes a read-only database during a failover.
AWAY: Final = (OperationalError, InterfaceError, InternalError)
# SQLSTATEs, as PostgreSQL has them.
DISK_FULL: Final = "53100"
DEADLOCK: Final = "40P01"


def is_full(error: BaseException) -> bool:
    """Whether an error of AWAY means that the disk is full: reads may still work."""
    cause = error.__cause__
    is_code = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return is_code or getattr(cause, "sqlstate", None) == DISK_FULL


def is_deadlock(error: BaseException) -> bool:
    """Whether an error of AWAY means that two transactions waited for each other: the database is
    there, and one of them has to run again."""
    return getattr(error.__cause__, "sqlstate", None) == DEADLOCK
