"""Precomputed sums for pages: by day, by month, and by outcome of webhook requests.

Each sum is updated in the transaction that writes the summed rows, so each ledger entry is counted
exactly once, however often a settlement runs. `rebuild` recomputes all sums from the calls, the
ledger and the attempt log.

Days and months are those of the organization's time zone. Each call and each attempt keeps its day
(`counted_on`), so a change of the time zone does not move earlier calls.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection, models, transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce, TruncDate

from accounts.zones import UTC as ZONE_UTC
from accounts.zones import zone_named
from usage.models import AttemptDay, Call, LedgerEntry, Price, UsageDay, UsageMonth, WebhookAttempt
from voicex.reasons.attempts import Outcome
from voicex.reasons.unanswered import NO_CALLER

Key = tuple[Any, ...]
Sums = dict[Key, Sequence[int]]
Month = tuple[int, date]  # an organization's primary key, and the first day

_DAY_KEY: Final = ("org_id", "day", "agent_id", "channel", "component")
_DAY_SUMS: Final = ("quantity", "amount_micros", "cost_micros")
_MONTH_KEY: Final = ("org_id", "month")
_MONTH_SUMS: Final = ("calls", "minutes", "amount_micros", "cost_micros")
_ATTEMPT_KEY: Final = ("org_id", "day", "outcome")
_ATTEMPT_SUMS: Final = ("count",)

_BATCH: Final = 1_000
_DAY: Final = timedelta(days=1)


def day_of(moment: datetime, zone: str) -> date:
    """The date of `moment` in the named time zone, "" for UTC."""
    return moment.astimezone(zone_named(zone)).date()


def month_of(moment: datetime, zone: str) -> date:
    """The first day of the month of `moment` in the named time zone, "" for UTC."""
    return day_of(moment, zone).replace(day=1)


def day_of_call(call: Call) -> date:
    """The day that `call` counts on: set when it opened; the day in UTC for calls from before.

    `counted_day` is the same as a database expression.
    """
    return call.counted_on or day_of(call.opened_at, ZONE_UTC)


def counted_day(call: str = "") -> Coalesce:
    """`day_of_call` as an expression on calls, or on rows that reach one by `call` ("call__")."""
    return Coalesce(f"{call}counted_on", TruncDate(f"{call}opened_at", tzinfo=UTC))


def add(calls: Iterable[Call], lines: Iterable[LedgerEntry]) -> dict[Month, int]:
    """Add the newly posted `lines` of `calls`, and the calls that are settled for the first time.

    Returns the minutes of each month that was changed. The caller must have locked the calls' rows,
    and must take no other lock afterwards: settlements of one organization wait here for each
    other, in the order of the keys, until they commit.
    """
    keys: dict[int | None, Key] = {}
    days: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for call in calls:
        key = (call.org_id, day_of_call(call), call.agent_id, str(call.channel))
        keys[call.pk] = key
        if call.settled_at is None:
            days[*key, UsageDay.CALL][0] += 1
    for line in lines:
        sums = days[*keys[line.call_id], line.component]
        sums[0] += line.quantity
        sums[1] += line.amount_micros
        sums[2] += line.cost_micros
    return add_sums(days)


def add_sums(days: Mapping[Key, Sequence[int]]) -> dict[Month, int]:
    """Add to the sums of days and of their months; returns the same as `add`."""
    add_rows(UsageDay, _DAY_KEY, _DAY_SUMS, days)
    months = add_rows(UsageMonth, _MONTH_KEY, _MONTH_SUMS, _by_month(days), returning="minutes")
    return {
        # SQLite returns a date as text.
        (org_id, date.fromisoformat(str(month))): minutes
        for org_id, month, minutes in months
    }


def add_attempts(attempts: Iterable[WebhookAttempt]) -> None:
    """Count newly written attempts; those without an organization are left out, and what followed
    for a caller whom another row counts.
    """
    counts = Counter(
        (attempt.org_id, attempt.counted_on or day_of(attempt.at, ZONE_UTC), attempt.outcome)
        for attempt in attempts
        if attempt.org_id is not None and is_counted(attempt)
    )
    rows = {key: (count,) for key, count in counts.items()}
    add_rows(AttemptDay, _ATTEMPT_KEY, _ATTEMPT_SUMS, rows)


def is_counted(attempt: WebhookAttempt) -> bool:
    """Whether it is a caller of its own: before a row of NO_CALLER another one counts who is
    declined.
    """
    return attempt.outcome != Outcome.DECLINED or attempt.reason not in NO_CALLER


def rebuild() -> None:
    """Recompute all sums. Concurrent settlements wait; the attempt log does not.

    Counts of attempts are never lowered, because not every request has a row.
    """
    with transaction.atomic():
        lock((UsageDay, UsageMonth))
        for model in (UsageDay, UsageMonth):
            model._default_manager.all().delete()
        days = sums_of({})
        _insert(UsageDay, _DAY_KEY, _DAY_SUMS, days)
        _insert(UsageMonth, _MONTH_KEY, _MONTH_SUMS, _by_month(days))
    _raise_counts_of_attempts()


def recomputed(org_id: int, month: date) -> tuple[Sums, Sums]:
    """The correct value of `stored`, computed from calls and ledger."""
    # Bounds on `opened_at`, for the index. No time zone is a day from UTC.
    begins = datetime.combine(month, time.min, UTC) - _DAY
    ends = datetime.combine(next_month(month), time.min, UTC) + _DAY
    near = {"org": org_id, "opened_at__gte": begins, "opened_at__lt": ends}
    of_month = {"day__gte": month, "day__lt": next_month(month)}
    days = sums_of(near, **of_month)
    return days, {**_by_month(days)}


def sums_of(of_calls: Mapping[str, Any], **of_days: Any) -> Sums:
    """The sums by day of matching calls and their ledger entries, by the keys of `UsageDay`.

    of_calls: filters on calls; of_days: filters on `day`, the day that a call counts on.
    """
    return {**_days_of_calls(of_calls, of_days), **_days_of_lines(of_calls, of_days)}


def stored(org_id: int, month: date) -> tuple[Sums, Sums]:
    """The stored sums of an organization's month and its days, by the keys of their rows."""
    within = {"org": org_id, "day__gte": month, "day__lt": next_month(month)}
    days = UsageDay.objects.filter(**within).values_list(*_DAY_KEY, *_DAY_SUMS)
    months = UsageMonth.objects.filter(org=org_id, month=month)
    return (
        {row[: len(_DAY_KEY)]: row[len(_DAY_KEY) :] for row in days},
        {
            row[: len(_MONTH_KEY)]: row[len(_MONTH_KEY) :]
            for row in months.values_list(*_MONTH_KEY, *_MONTH_SUMS)
        },
    )


def next_month(month: date) -> date:
    """The first day of the month after that of the first day `month`."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _by_month(days: Mapping[Key, Sequence[int]]) -> dict[Key, list[int]]:
    months: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (org_id, day, _agent, _channel, component), (quantity, amount, cost) in days.items():
        sums = months[org_id, day.replace(day=1)]
        if component == UsageDay.CALL:
            sums[0] += quantity
        elif component == Price.Component.TELEPHONY:
            sums[1] += quantity
        sums[2] += amount
        sums[3] += cost
    return months


def add_rows(
    model: type[models.Model],
    key: Sequence[str],
    sums: Sequence[str],
    rows: Mapping[Key, Sequence[int]],
    *,
    returning: str = "",
) -> list[Key]:
    """Add to rows of `model`, or insert them, in one statement; returns (*key, `returning`) of
    each.

    SQL that SQLite and PostgreSQL share; the ORM's upsert can only replace values, not add to them.
    """
    if not rows:
        return []
    table = model._meta.db_table
    columns = _columns(model, key)
    row = f"({', '.join(['%s'] * (len(key) + len(sums)))})"
    statement = (
        f"INSERT INTO {table} ({', '.join((*columns, *sums))}) "  # noqa: S608  the models' names  # nosec B608
        f"VALUES {', '.join([row] * len(rows))} ON CONFLICT ({', '.join(columns)}) DO UPDATE SET "
        + ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
    )
    if returning:
        statement += f" RETURNING {', '.join((*columns, returning))}"
    with connection.cursor() as cursor:
        # Sorted, so that concurrent transactions lock rows in the same order.
        cursor.execute(
            statement,
            [_adapted(value) for each in sorted(rows) for value in (*each, *rows[each])],
        )
        return cursor.fetchall() if returning else []


def _columns(model: type[models.Model], names: Iterable[str]) -> list[str]:
    """The column names of attributes of `model`."""
    by_name = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def lock(models_of_sums: Iterable[type[models.Model]]) -> None:
    """Block other updates of these sums until the transaction ends.

    Not needed on SQLite, which has one writer at a time.
    """
    if connection.vendor == "postgresql":
        names = ", ".join(each._meta.db_table for each in models_of_sums)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _days_of_calls(
    of_calls: Mapping[str, Any], of_days: Mapping[str, Any]
) -> dict[Key, tuple[int, ...]]:
    found = (
        Call.objects.filter(**of_calls)
        .exclude(settled_at=None)
        .order_by()
        .annotate(day=counted_day())
        .filter(**of_days)
        .values_list("org_id", "day", "agent_id", "channel")
        .annotate(Count("pk"))
    )
    return {(*key, UsageDay.CALL): (count, 0, 0) for *key, count in found.iterator()}


def _days_of_lines(
    of_calls: Mapping[str, Any], of_days: Mapping[str, Any]
) -> dict[Key, tuple[int, ...]]:
    found = (
        LedgerEntry.objects.filter(**{f"call__{name}": value for name, value in of_calls.items()})
        .exclude(call=None)
        .order_by()
        .annotate(
            day=counted_day("call__"),
            agent=F("call__agent_id"),
            channel=F("call__channel"),
        )
        .filter(**of_days)
        .values_list("org_id", "day", "agent", "channel", "component")
        .annotate(Sum("quantity"), Sum("amount_micros"), Sum("cost_micros"))
    )
    return {tuple(row[:5]): tuple(int(each) for each in row[5:]) for row in found.iterator()}


def _raise_counts_of_attempts() -> None:
    """Raise the counts that are lower than the log has rows, each by itself.

    Locks no table: what writes attempts also writes heartbeats of live calls. A count that was too
    low may still lack what is written meanwhile.
    """
    found = (
        WebhookAttempt.objects.exclude(org=None)
        .exclude(outcome=Outcome.DECLINED, reason__in=NO_CALLER)  # as `is_counted`
        .order_by()
        .annotate(day=Coalesce("counted_on", TruncDate("at", tzinfo=UTC)))
        .values_list("org_id", "day", "outcome")
        .annotate(Count("pk"))
    )
    counted = {tuple(key): count for *key, count in found.iterator()}
    rows = AttemptDay.objects.values_list(*_ATTEMPT_KEY, "count")
    stored = {tuple(key): count for *key, count in rows.iterator()}
    missing = sorted(counted.keys() - stored.keys())
    AttemptDay.objects.bulk_create(
        (AttemptDay(**dict(zip(_ATTEMPT_KEY, key, strict=True)), count=0) for key in missing),
        batch_size=_BATCH,
        ignore_conflicts=True,
    )
    for key, count in counted.items():
        if stored.get(key, 0) < count:
            row = AttemptDay.objects.filter(**dict(zip(_ATTEMPT_KEY, key, strict=True)))
            row.filter(count__lt=count).update(count=count)


def _insert(
    model: type[models.Model],
    key: Sequence[str],
    sums: Sequence[str],
    rows: Mapping[Key, Sequence[int]],
) -> None:
    names = (*key, *sums)
    model._default_manager.bulk_create(
        (model(**dict(zip(names, (*each, *rows[each]), strict=True))) for each in sorted(rows)),
        batch_size=_BATCH,
    )
