"""Reads a finished call for its analysis."""

import calendar
from collections.abc import Iterable
from typing import Final

from accounts.zones import zone_named
from agents.analysis.lines import Record, TranscriptLine
from agents.engines.conversation import Role
from usage.models import Call, Turn
from voicex.reasons.unanswered import FAILED_ENDS

MOST_TURNS: Final = 2_000  # four hours of talk
TRANSFERRED: Final = "transferred"  # a reason to end


def record_of(call: Call) -> Record:
    """The transcript of the call, and its end. Two queries."""
    turns = list(call.turns.order_by("number").only("role", "text", "heard_text")[:MOST_TURNS])
    return Record(
        lines=tuple(_lines(turns)),
        language=call.version.language.partition("-")[0].lower(),
        began=_began(call),
        has_failed=call.end_reason in FAILED_ENDS,
        has_message=call.messages.exists(),
        is_transferred=call.end_reason == TRANSFERRED,
    )


def _began(call: Call) -> str:
    """When it began, by whose clocks the agent and its caller spoke."""
    zone = zone_named(call.version.opening.time_zone or call.org.time_zone)
    local = call.opened_at.astimezone(zone)
    return f"{calendar.day_name[local.weekday()]}, {local:%Y-%m-%d %H:%M}"


def _lines(turns: Iterable[Turn]) -> Iterable[TranscriptLine]:
    """The lines: heard text of the agent, arguments and results of tools."""
    for turn in turns:
        if turn.role == Turn.Role.CALLER:
            yield TranscriptLine(Role.CALLER, turn.text)
        elif turn.role == Turn.Role.AGENT:
            yield TranscriptLine(Role.AGENT, turn.heard_text)
        else:
            yield TranscriptLine(Role.TOOL, f"{turn.text} gave: {turn.heard_text}")
