"""Calls as lines of a CSV file."""

from decimal import Decimal
from typing import Final

from usage.models import Call
from voicex.spreadsheets import Field

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


def csv_row(call: Call) -> list[Field]:
    """The fields of HEAD; times are UTC. `call` comes from `usage.reads.calls.listed_calls`."""
    seconds = (
        (call.ended_at - call.live_at).total_seconds() if call.ended_at and call.live_at else 0
    )
    return [
        call.call_sid,
        call.opened_at.isoformat(timespec="seconds"),
        call.ended_at.isoformat(timespec="seconds") if call.ended_at else "",
        max(round(seconds), 0),
        call.from_number,
        call.to_number,
        call.agent.name,
        call.channel,
        call.state,
        call.end_reason,
        Decimal(call.cost_micros).scaleb(-6),  # type: ignore[attr-defined]  # annotated
    ]
