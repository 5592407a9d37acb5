"""Which calls count on which days (`Call.counted_on`).

Sets the day of calls from before that existed, and moves their sums to that day.

Until then such a call counts on its day in UTC. Each batch has its own transaction, which moves
exactly what the calls of the batch had added, so the sums are always correct.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import TruncDate

from accounts.zones import zone_named
from usage.billing import rollup
from usage.models import Call

AT_ONCE: Final = 250  # calls: no statement of a batch has too many parameters for SQLite
_DAY: Final = timedelta(days=1)


def counted_between(first: date, last: date, call: str = "") -> Q:
    """Calls that count on these days, or rows that reach one by `call` ("call__").

    They are found by an index on when calls opened: no zone is a day from UTC.
    """
    opened, after = f"{call}opened_at", last + _DAY
    near = Q(**{f"{opened}__gte": _begin(first - _DAY), f"{opened}__lt": _begin(after + _DAY)})
    in_utc = Q(**{f"{opened}__gte": _begin(first), f"{opened}__lt": _begin(after)})
    counted = Q(**{f"{call}counted_on__range": (first, last)})
    return near & (counted | Q(in_utc, **{f"{call}counted_on": None}))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def give_days() -> int:
    """Set the day of each call that has none, in its organization's current time zone.

    Calls of organizations without a time zone need none. Returns the number of calls changed.
    Can be interrupted and repeated.
    """
    given, after = 0, 0
    without = Call.objects.filter(counted_on=None).exclude(org__time_zone="").order_by("pk")
    while ids := list(without.filter(pk__gt=after).values_list("pk", flat=True)[:AT_ONCE]):
        given += _give(ids)
        after = ids[-1]
    return given


@transaction.atomic
def _give(ids: Sequence[int]) -> int:
    """Set the days of one batch. Locks calls before sums, as a settlement does."""
    found = Call.objects.filter(pk__in=ids, counted_on=None).order_by("pk")
    locked = found.select_for_update(of=("self",), no_key=True)
    zones: defaultdict[str, list[int]] = defaultdict(list)
    for call_id, zone in locked.values_list("pk", "org__time_zone"):
        zones[zone].append(call_id)
    given = [call_id for group in zones.values() for call_id in group]
    before = rollup.sums_of({"pk__in": given})
    for zone, group in zones.items():
        day = TruncDate("opened_at", tzinfo=zone_named(zone))
        Call.objects.filter(pk__in=group).update(counted_on=day)
    rollup.add_sums(_difference(before, rollup.sums_of({"pk__in": given})))
    return len(given)


def _difference(before: Mapping[rollup.Key, Sequence[int]], now: rollup.Sums) -> rollup.Sums:
    """What must be added to `before` to get `now`, without zeros."""
    nothing = (0, 0, 0)
    pairs = {key: (before.get(key, nothing), now.get(key, nothing)) for key in {*before, *now}}
    changes = {
        key: tuple(new - old for old, new in zip(*pair, strict=True)) for key, pair in pairs.items()
    }
    return {key: change for key, change in changes.items() if any(change)}
