"""Writes of what was said in a live call: its turns, and the record of its events.

As in `usage.records.calls`, each is one short statement beside live audio; tests count them.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import structlog
from django.db import connection
from django.db.models import Max

from accounts.members.trust import may_store_record
from accounts.models import Organization
from usage.models import FlightRecord, Turn
from usage.records.repair import is_count, mended
from voicex.database.storable import storable_text

log = structlog.get_logger(__name__)

LONGEST_TURN: Final = 10_000  # maximum length of a turn
LARGE_RECORD_BYTES: Final = 200_000  # of two hours; what is kept of larger ones in a day is bounded
# All columns but the primary key and the organization, which the database sets.
_TURN_FIELDS: Final = [f for f in Turn._meta.concrete_fields if f.name not in ("id", "org")]
_TURN_KEY: Final = ("call_id", "number")


def save_turn(
    call_id: int,
    *,
    number: int,
    role: str,
    text: str,
    heard_text: str,
    interrupted: bool,
    started_ms: int,
    ended_ms: int,
    latency_ms: dict[str, int],
    endpoint: Mapping[str, Any] | None = None,
    language: str = "",
) -> None:
    """Insert or update turn `number` of a call; the heard text is known later.

    role: `caller`, `agent` or `tool`; times: milliseconds on the call's media clock; latency_ms:
    `agents.engines.events.Stage` to milliseconds after the caller's last speech; endpoint: the
    silence that ended a caller's turn, and why; language: its tag, "" where the agent has only one.
    """
    fields = mended(
        Turn,
        call_id,
        number=number,
        role=role,
        text=text,
        heard_text=heard_text,
        interrupted=interrupted,
        started_ms=started_ms,
        ended_ms=ended_ms,
        latency_ms=latency_ms,
        language=language,
    )
    fields["text"] = fields["text"][:LONGEST_TURN]
    fields["heard_text"] = fields["heard_text"][:LONGEST_TURN]
    measured = fields["latency_ms"].items()
    fields["latency_ms"] = {stage: round(ms) for stage, ms in measured if is_count(ms)}
    fields["endpoint"] = _endpoint(endpoint)
    if fields["number"] != number:
        fields["number"] = _free_number(call_id, role=fields["role"], at=fields["started_ms"])
    values = {"call": call_id, **fields}
    row = [field.get_db_prep_save(values[field.name], connection) for field in _TURN_FIELDS]
    with connection.cursor() as cursor:
        cursor.execute(_keeping_turn(), row)


@cache
def _keeping_turn() -> str:
    """SQL for both databases. Compiling it with the ORM each time, several times for each turn,
    took two thirds of the time of such a write.
    """
    table = Turn._meta.db_table
    columns = [field.attname for field in _TURN_FIELDS]
    kept = [column for column in columns if column not in _TURN_KEY]
    return f"""
        INSERT INTO {table} ({", ".join(columns)})
        VALUES ({", ".join(["%s"] * len(columns))})
        ON CONFLICT ({", ".join(_TURN_KEY)})
        DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in kept)}
    """  # noqa: S608  the names are the model's own  # nosec B608


def _endpoint(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Sanitised for the column: counts and a short word, or nothing."""
    if not isinstance(value, Mapping) or not is_count(value.get("wait_ms")):
        return None
    stored = {
        "wait_ms": round(value["wait_ms"]),
        "reason": storable_text(str(value.get("reason", "")))[:20],
    }
    percent: Any = value.get("finished_percent")
    if is_count(percent):
        stored["finished_percent"] = min(100, round(percent))
    return stored


def _free_number(call_id: int, *, role: str, at: int) -> int:
    """The number for a turn without one: that of its existing row, or the next one."""
    turns = Turn.objects.filter(call_id=call_id)
    own = turns.filter(role=role, started_ms=at).values_list("number", flat=True).first()
    if own is not None:
        return own
    last = turns.aggregate(last=Max("number", default=-1))["last"]
    return int(last) + 1


def save_flight_record(call_id: int, events: bytes, *, is_counted: bool = True) -> None:
    """Keep the recorded events of a call (compressed, see `FlightRecord`), the latest wins.

    is_counted: a large one is kept only within what its organization may store in a day.
    """
    if is_counted and len(events) > LARGE_RECORD_BYTES:
        org = Organization.objects.get(calls=call_id)
        if not may_store_record(org, size_bytes=len(events)):
            log.warning("flight_record_not_kept", org=org.public_id, call_id=call_id)
            return
    FlightRecord.objects.bulk_create(
        [FlightRecord(call_id=call_id, events=events)],
        update_conflicts=True,
        unique_fields=["call"],
        update_fields=["events"],
    )
