"""Calls as lines of a CSV file."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median_low
from typing import Final

from django.db.models import F
from django.utils.text import capfirst
from django.utils.translation import gettext

from accounts.models import Organization
from agents.analysis.fields import Value, fields_in
from agents.engines.events import response_ms
from usage.analysis.words import analysis_of, summary_of, values_of
from usage.models import Call, CallNote, Recording, Turn
from voicex.reasons.ends import EndReason
from voicex.spreadsheets import Field

# English in every language: other programs look the columns up by name. New ones come last.
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
    "ended_because",
    "turns",
    "interruptions",
    "median_response_ms",
    "recording",
    "outcome",
    "reason",
    "summary",
    "language",
    "tags",
    "notes",
)
TRANSCRIPT: Final = "transcript"
MOST_FIELDS: Final = 400  # columns of declared fields: 40 agents with the most they can have
# A cell has no line breaks (`voicex.spreadsheets`).
_BETWEEN_TURNS: Final = " | "


@dataclass(slots=True)
class _Talk:
    """What the turns of one call come to."""

    turns: int = 0
    interruptions: int = 0
    waits: list[int] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def csv_head_of(fields: Sequence[str], *, has_transcript: bool = False) -> tuple[str, ...]:
    """The columns of `csv_rows`."""
    named = (f"field: {name}" for name in fields)
    return (*HEAD, *named, *([TRANSCRIPT] if has_transcript else []))


def declared_fields(org: Organization, *, agent: str = "") -> list[str]:
    """The names of the fields that the agents of `org` have filled in, or one of them.

    agent: its public id. Those of archived agents come last. Those of versions before are in the
    reports of their calls.
    """
    agents = org.agents.filter(published__isnull=False).select_related("published")
    agents = agents.order_by(F("archived_at").asc(nulls_first=True), "pk")
    found: dict[str, None] = {}
    for each in agents.filter(public_id=agent) if agent else agents:
        if each.published is not None:
            fields = fields_in(each.published.after_call.fields)
            found |= dict.fromkeys(field.name for field in fields)
    return list(found)[:MOST_FIELDS]


def csv_rows(
    org: Organization,
    calls: Sequence[Call],
    *,
    fields: Sequence[str] = (),
    has_transcript: bool = False,
) -> Iterator[list[Field]]:
    """The columns of HEAD for each of `calls`, then `fields`, and at the end TRANSCRIPT if wanted.

    Times are UTC; `ended_because` is in the reader's language, as the pages have it. `calls` come
    from `usage.reads.calls.listed_calls`. Three queries.
    """
    talks = _talks(org, calls, has_transcript=has_transcript)
    notes = _notes(org, calls)
    recorded = set(
        Recording.objects.filter(
            org=org, call__in=[call.pk for call in calls], size_bytes__gt=0
        ).values_list("call_id", flat=True)
    )
    for call in calls:
        talk = talks[call.pk]
        row = [
            *_facts(call),
            _because(call),
            talk.turns,
            talk.interruptions,
            median_low(talk.waits) if talk.waits else "",
            "yes" if call.pk in recorded else "no",
            *_came_to(call),
            "; ".join(tag.name for tag in call.tags.all()),
            _BETWEEN_TURNS.join(notes[call.pk]),
            *_filled_in(call, fields),
        ]
        yield [*row, _BETWEEN_TURNS.join(talk.said)] if has_transcript else row


def _facts(call: Call) -> list[Field]:
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


def _notes(org: Organization, calls: Sequence[Call]) -> defaultdict[int, list[str]]:
    notes: defaultdict[int, list[str]] = defaultdict(list)
    for note in CallNote.objects.filter(org=org, call__in=[call.pk for call in calls]):
        notes[note.call_id].append(note.text)
    return notes


def _filled_in(call: Call, fields: Sequence[str]) -> list[Field]:
    analysis = analysis_of(call)
    values = values_of(analysis) if analysis else {}
    return [_in_a_cell(values.get(name)) for name in fields]


def _came_to(call: Call) -> list[Field]:
    analysis = analysis_of(call)
    if analysis is None:
        return [""] * 4
    return [
        analysis.outcome,
        analysis.reason,
        # Of a call whose words are deleted, nothing is left to sum up.
        "" if call.words_deleted_at else summary_of(analysis),
        analysis.language,
    ]


def _in_a_cell(value: Value | None) -> Field:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value if isinstance(value, str | int) else str(value)


def _because(call: Call) -> str:
    """Why it ended, in words; the stored name for a reason of another release."""
    known = EndReason.named(call.end_reason)
    return gettext(known.label) if known else call.end_reason


def _talks(
    org: Organization, calls: Sequence[Call], *, has_transcript: bool
) -> defaultdict[int, _Talk]:
    talks: defaultdict[int, _Talk] = defaultdict(_Talk)
    rows = Turn.objects.filter(org=org, call__in=[call.pk for call in calls])
    rows = rows.exclude(role=Turn.Role.TOOL).order_by("call", "number")
    if not has_transcript:
        rows = rows.defer("text", "heard_text")
    for turn in rows:
        talk = talks[turn.call_id]
        talk.turns += 1
        talk.interruptions += turn.interrupted
        if turn.role == Turn.Role.AGENT and (wait := response_ms(turn.latency_ms)) is not None:
            talk.waits.append(wait)
        if has_transcript:
            # Of the agent what the caller heard, as on the call's page.
            said = turn.heard_text if turn.role == Turn.Role.AGENT else turn.text
            talk.said.append(f"{capfirst(turn.get_role_display())}: {said}")
    return talks
