"""Database errors that mean "unreachable", as opposed to "refused"."""

import sqlite3
from typing import Final

from django.db import InterfaceError, InternalError, OperationalError

# InternalError includes a read-only database during a failover.
AWAY: Final = (OperationalError, InterfaceError, InternalError)
DISK_FULL: Final = "53100"  # SQLSTATE, as PostgreSQL has it


def is_full(error: BaseException) -> bool:
    """Whether an error of AWAY means that the disk is full: reads may still work."""
    cause = error.__cause__
    is_code = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return is_code or getattr(cause, "sqlstate", None) == DISK_FULL
