"""Sums of calls for analytics: added to with each analysis, recomputed on demand.

A call is added once, in the transaction that writes its analysis, and moved where a model later
says that its outcome was another one. So pages read some rows a day in place of a million calls.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from django.db import models, transaction
from django.db.models import F

from accounts.models import Organization
from accounts.zones import zone_named
from agents.engines.events import response_ms
from usage.analytics.figures import WAITS, wait_columns
from usage.billing.rollup import add_rows, lock
from usage.models import Call, CallAnalysis, CallDay, CallHour, Message, Turn

WAIT_COLUMNS: Final = tuple(wait_columns())
OUTCOMES: Final = ("answered", "message", "transferred", "not_helped", "abandoned")
COLUMNS: Final = ("calls", "seconds", *OUTCOMES, "messages", "interruptions", *WAIT_COLUMNS)
MOST_ANSWERS: Final = 2_000  # of a call
_HOUR_KEY: Final = ("org_id", "day", "hour")
_DAY_KEY: Final = ("org_id", "day", "agent_id", "number")
_DAY: Final = timedelta(days=1)  # as far as any zone is from UTC
_AT_ONCE: Final = 2_000  # calls, where all are recomputed
_BATCH: Final = 500  # rows of one statement

Key = tuple[Any, ...]


@dataclass(slots=True)
class Sums:
    """What is to be added, by row of each table."""

    hours: defaultdict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    days: defaultdict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, call: Call, figures: Counter[str], *, zone: str) -> None:
        """Add figures of a call. zone: the time zone of its organization."""
        hour, day = _rows_of(call, zone=zone)
        self.hours[hour].update(figures)
        self.days[day].update(figures)

    def write(self) -> None:
        """Add all of it, in the caller's transaction."""
        _add(CallHour, _HOUR_KEY, self.hours)
        _add(CallDay, _DAY_KEY, self.days)


def add(call: Call, outcome: str) -> None:
    """Count a call whose first analysis is being written, unless it is a test. Four statements.

    call: with its organization.
    """
    if call.is_test:
        return
    answers = Turn.objects.filter(call=call, role=Turn.Role.AGENT).order_by("number")
    read = answers.values_list("interrupted", "latency_ms")[:MOST_ANSWERS]
    messages = Message.objects.filter(call=call).count()
    sums = Sums()
    figures = _figures(call, outcome, messages=messages, answers=read)
    sums.count(call, figures, zone=call.org.time_zone)
    sums.write()


def move(call: Call, *, before: str, after: str) -> None:
    """Count a call under another outcome than before, in the rows that it was added to.

    call: with its organization. Where the time zone was changed meanwhile, those are the nearest
    that have such a call: no sum becomes negative. Four statements.
    """
    if before == after or call.is_test:
        return
    began = call.opened_at.astimezone(zone_named(call.org.time_zone))
    first, last = (call.opened_at.astimezone(UTC).date() + each for each in (-_DAY, _DAY))
    hours = CallHour.objects.filter(org=call.org_id, day__range=(first, last))
    days = CallDay.objects.filter(
        org=call.org_id, day__range=(first, last), agent=call.agent_id, number=call.to_number
    )
    _move(hours, {"day": began.date(), "hour": began.hour}, before, after)
    _move(days, {"day": began.date()}, before, after)


def _move(rows: models.QuerySet[Any], at: dict[str, Any], before: str, after: str) -> None:
    """Move one from column to column in the row that is `at`, or else the nearest that has one."""
    having = rows.filter(**{f"{before}__gt": 0})
    found = having.values_list(*at)
    for key in sorted(found, key=lambda each: abs(_begin(*each) - _begin(*at.values()))):
        # By what it is of: `rebuild` makes other rows of the same.
        row = having.filter(**dict(zip(at, key, strict=True)))
        if row.update(**{before: F(before) - 1, after: F(after) + 1}):
            return


def _begin(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour))


def rebuild() -> None:
    """Recompute all sums from the calls that were analysed; analyses wait for it."""
    for org in Organization.objects.order_by("pk").only("pk", "time_zone").iterator():
        with transaction.atomic():
            lock((CallHour, CallDay))
            hours, days = _messages(CallHour, _HOUR_KEY, org), _messages(CallDay, _DAY_KEY, org)
            CallHour.objects.filter(org=org).delete()
            CallDay.objects.filter(org=org).delete()
            wordless_hours, wordless_days = _sum_up(org)
            _keep_messages(CallHour, _HOUR_KEY, org, before=hours, wordless=wordless_hours)
            _keep_messages(CallDay, _DAY_KEY, org, before=days, wordless=wordless_days)


def _rows_of(call: Call, *, zone: str) -> tuple[Key, Key]:
    """The hour and the day that a call counts in."""
    began = call.opened_at.astimezone(zone_named(zone))
    hour = (call.org_id, began.date(), began.hour)
    return hour, (call.org_id, began.date(), call.agent_id, call.to_number)


def _messages(model: type[models.Model], key: Sequence[str], org: Organization) -> dict[Key, int]:
    rows = model._default_manager.filter(org=org, messages__gt=0)
    return {tuple(each): messages for *each, messages in rows.values_list(*key, "messages")}


def _keep_messages(
    model: type[models.Model],
    key: Sequence[str],
    org: Organization,
    *,
    before: dict[Key, int],
    wordless: set[Key],
) -> None:
    """Where messages were deleted with the words of calls, the sum of before has them alone."""
    now = _messages(model, key, org)
    missing = {each: before.get(each, 0) - now.get(each, 0) for each in wordless}
    rows = {each: Counter(messages=count) for each, count in missing.items() if count > 0}
    _add(model, key, rows)


def _sum_up(org: Organization) -> tuple[set[Key], set[Key]]:
    """Add all calls; returns the hours and days with calls whose words are deleted."""
    hours: set[Key] = set()
    days: set[Key] = set()
    analysed = CallAnalysis.objects.filter(
        call__org=org, call__channel=Call.Channel.PHONE
    ).order_by("call_id")
    read = analysed.values_list("call_id", "outcome").iterator()
    while outcomes := dict(islice(read, _AT_ONCE)):
        sums = Sums()
        answers: defaultdict[int, list[tuple[bool, dict[str, int]]]] = defaultdict(list)
        turns = Turn.objects.filter(org=org, call__in=outcomes, role=Turn.Role.AGENT)
        for call_id, interrupted, latency in turns.values_list(
            "call_id", "interrupted", "latency_ms"
        ).iterator():
            answers[call_id].append((interrupted, latency))
        left = Counter(
            Message.objects.filter(org=org, call__in=outcomes).values_list("call_id", flat=True)
        )
        for call in Call.objects.filter(org=org, pk__in=outcomes).iterator():
            figures = _figures(
                call, outcomes[call.pk], messages=left[call.pk], answers=answers[call.pk]
            )
            sums.count(call, figures, zone=org.time_zone)
            if call.words_deleted_at is not None:
                hour, day = _rows_of(call, zone=org.time_zone)
                hours.add(hour)
                days.add(day)
        sums.write()
    return hours, days


def _figures(
    call: Call, outcome: str, *, messages: int, answers: Iterable[tuple[bool, dict[str, int]]]
) -> Counter[str]:
    figures = Counter({"calls": 1, outcome: 1, "messages": messages})
    if call.live_at is not None and call.ended_at is not None:
        figures["seconds"] = max(0, round((call.ended_at - call.live_at).total_seconds()))
    for interrupted, latency in answers:
        figures["interruptions"] += interrupted
        if (waited := response_ms(latency)) is not None:
            figures[_column_of(waited)] += 1
    return figures


def _column_of(waited: int) -> str:
    return next((f"wait_{edge}" for edge in WAITS if waited < edge), WAIT_COLUMNS[-1])


def _add(model: type[models.Model], key: Sequence[str], rows: Mapping[Key, Counter[str]]) -> None:
    waiting = iter(sorted(rows))
    while part := list(islice(waiting, _BATCH)):
        counted = {each: [rows[each][name] for name in COLUMNS] for each in part}
        add_rows(model, key, COLUMNS, counted)
