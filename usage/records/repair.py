"""Repairs invalid values in records of calls so that the database accepts them.

An invalid field must not cost the row: text loses characters that cannot be stored and is truncated
to its column, numbers are clamped to the column's range, a time without a zone is UTC. The result
is the same on SQLite and PostgreSQL, which refuse different values. Changed fields are logged by
name, never by value.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from django.db.models import Model

from voicex.database.storable import storable_json, storable_text

log = structlog.get_logger(__name__)

# The maximum of any count of one call, in milliseconds, tokens or characters: 30 years of audio.
# Its product with prices, and sums of it, still fit into 64 bits.
MOST: Final = 10**12

_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "PositiveSmallIntegerField": (0, 2**15 - 1),
    "PositiveIntegerField": (0, 2**31 - 1),
    "PositiveBigIntegerField": (0, MOST),
}


def mended(model: type[Model], call_id: object, /, **values: Any) -> dict[str, Any]:
    """Repair `values` (by field name of `model`) for their columns. Never raises."""
    fit = {name: _fit(model._meta.get_field(name), value) for name, value in values.items()}
    changed = sorted(name for name, value in fit.items() if not _is_same(value, values[name]))
    if changed:
        log.warning(
            "record_mended", record=model.__name__, call_id=storable_json(call_id), fields=changed
        )
    return fit


def is_count(value: object) -> bool:
    """Whether `value` is a valid count."""
    return isinstance(value, int | float) and 0 <= value <= MOST


def _is_same(fit: object, value: object) -> bool:
    try:
        return bool(fit == value)
    except Exception:  # boundary: a value may be of any type
        return False


def _fit(field: Any, value: Any) -> Any:
    if hasattr(value, "resolve_expression"):  # the database computes it
        return value
    if value is None and field.null:
        return None
    kind = field.get_internal_type()
    if kind in _RANGES:
        return _whole(value, *_RANGES[kind])
    if kind in ("CharField", "TextField"):
        return _text(value)[: field.max_length]
    if kind == "JSONField":
        return _mapping(field, value)
    if kind == "BooleanField":
        return value is True
    if kind == "DateTimeField":
        return _moment(value)
    return value


def _whole(value: Any, lowest: int, highest: int) -> int:
    """The nearest integer in the range; the lowest for values that are no number."""
    if isinstance(value, float) and math.isinf(value):
        return highest if value > 0 else lowest
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return lowest
    return max(lowest, min(number, highest))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return storable_text("" if value is None else str(value))


def _mapping(field: Any, value: Any) -> Any:
    """JSON of the same type as the field's default."""
    empty = field.get_default()
    fit = storable_json(value)
    return fit if isinstance(fit, type(empty)) else empty


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        return datetime.now(UTC)
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:  # at the limits of the calendar
        return value.replace(tzinfo=UTC)
