"""What a database raises while it is away, as opposed to what it refuses."""

import sqlite3
from typing import Final

from django.db import InterfaceError, InternalError, OperationalError

# InternalError: among others a database that only reads, while another takes over.
AWAY: Final = (OperationalError, InterfaceError, InternalError)
DISK_FULL: Final = "53100"  # SQLSTATE, as PostgreSQL has it


def is_full(error: BaseException) -> bool:
    """Whether the database raised this, one of AWAY, for want of room: it may still be read."""
    cause = error.__cause__
    is_code = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return is_code or getattr(cause, "sqlstate", None) == DISK_FULL
