"""The states of live calls in the database: one row for each call, overwritten as it changes.

Written by the writer thread, in one statement, and only by the owner of the call: the process whose
generation is that of the call's row.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final

from django.db import connection

from usage.models import Call, LiveState

MOST_BYTES: Final = 200_000  # of a state; ours have some KB


def save(
    call_id: int, *, generation: int, state: bytes, used: Mapping[str, int], now: datetime
) -> bool:
    """Save the state of a live call as of `now`.

    used: the usage so far, as counts of a `UsageFact`. state: at most MOST_BYTES; of a larger one,
    or b"", only the usage is saved, and the call cannot be continued, which is better than from an
    outdated state. False: the call belongs to another generation or is over, and nothing was
    written.
    """
    if len(state) > MOST_BYTES:
        state = b""
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_saving(), [state, json.dumps(used), at, call_id, generation])
        return bool(cursor.rowcount)


@cache
def _saving() -> str:
    """SQL for SQLite and PostgreSQL. Its row count is 1 if the owner wrote."""
    table, calls = LiveState._meta.db_table, Call._meta.db_table
    time = "timestamptz" if connection.vendor == "postgresql" else "text"
    kept = ("generation", "state", "used", "saved_at", "is_left")
    return f"""
        INSERT INTO {table} (call_id, generation, state, used, saved_at, is_left)
        SELECT id, generation, %s, %s, CAST(%s AS {time}), FALSE FROM {calls}
        WHERE id = %s AND generation = %s AND ended_at IS NULL
        ON CONFLICT (call_id)
        DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in kept)}
    """  # noqa: S608  the names are the models' own  # nosec B608


def leave(call_id: int, *, generation: int) -> None:
    """The owner hands the call over, so that another process can continue it."""
    own = LiveState.objects.filter(call_id=call_id, generation=generation)
    own.filter(call__generation=generation).update(is_left=True)


def forget(call_id: int) -> None:
    """Delete the state of a call that is over."""
    LiveState.objects.filter(call_id=call_id).delete()


def forget_words(call_id: int) -> None:
    """Delete the state of a call that is being transferred, except the number of its losses."""
    LiveState.objects.filter(call_id=call_id).update(state=b"", used="{}")


def forget_ended() -> None:
    """Delete states that were written while their calls ended."""
    LiveState.objects.filter(call__ended_at__isnull=False).delete()


def hold(call_id: int, generation: int) -> bool:
    """Whether the call belongs to this generation; locks it until the end of the transaction."""
    own = Call.objects.select_for_update(no_key=True).filter(pk=call_id, generation=generation)
    return own.values_list("pk", flat=True).first() is not None


def is_owner(call_id: int, generation: int) -> bool:
    """Whether the call still belongs to this generation."""
    return Call.objects.filter(pk=call_id, generation=generation).exists()
