"""Calls as lines of a CSV file that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from usage.models import Call

# English in every language: other programs look the columns up by name.
HEAD: Final = (
    "call_sid",
    "began_at",
    "ended_at",
    "duration_s",
    "from",
    "to",
    "agent",
    "door",
    "state",
    "end_reason",
    "charged_usd",
)
# What a spreadsheet takes for the beginning of a formula, see
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_row(call: Call) -> list[str]:
    """The fields of HEAD; times are UTC. `call` comes from `usage.selectors.listed_calls`."""
    seconds = (
        (call.ended_at - call.live_at).total_seconds() if call.ended_at and call.live_at else 0
    )
    return [
        call.call_sid,
        call.opened_at.isoformat(timespec="seconds"),
        call.ended_at.isoformat(timespec="seconds") if call.ended_at else "",
        str(max(round(seconds), 0)),
        call.from_number,
        call.to_number,
        call.agent.name,
        call.door,
        call.state,
        call.end_reason,
        f"{call.cost_micros / 1_000_000:.6f}",  # type: ignore[attr-defined]  # annotated
    ]


def csv_line(fields: Sequence[str]) -> str:
    """One line with its end. A field that begins like a formula gets an apostrophe before it."""
    line = io.StringIO()
    csv.writer(line).writerow(
        f"'{field}" if field.lstrip(" ").startswith(_FORMULA) else field for field in fields
    )
    return line.getvalue()
