"""The usage of a call: the latest snapshot, plus late reports of replaced streams.

Snapshots are cumulative: each stream continues from what was known of the call when it began. The
process of a stream that was replaced may still have known more, and reports it once the database is
back, or once its journal is read. Where no other stream has begun since, its report is the latest.
Else it is counted beside the later streams' counts, which do not include it: `UsageFact.earlier`
has what each began with, and how much was added since.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import connection

from usage.models import Call, Outbox, UsageFact
from usage.outbox import rows
from usage.records.repair import mended

_COLUMNS: Final = [
    field.attname
    for field in UsageFact._meta.concrete_fields
    if not field.primary_key and field.name != "earlier"
]
# Of two snapshots with one number the final one is the later.
_ORDER: Final = ("sequence", "is_final")
# What is summed up over the streams of a call. `llm_tokens_unread` is of one request.
_NOT_SUMMED: Final = frozenset({"org_id", "call_id", *_ORDER, "llm_tokens_unread"})
_SUMMED: Final = tuple(column for column in _COLUMNS if column not in _NOT_SUMMED)
# In `UsageFact.earlier`: what the stream of each generation began with; what was added since.
_BEGAN, _ADDED = "began", "added"


def keep_if_newer(fact: UsageFact, *, unknown: Collection[str]) -> bool:
    """Whether `fact` became the call's snapshot. The caller has locked the call's row.

    unknown: counts of it that are none; those of the snapshot before stay.
    """
    with connection.cursor() as cursor:
        values = [getattr(fact, column) for column in _COLUMNS]
        cursor.execute(_keeping_if_newer(frozenset(unknown)), values)
        return bool(cursor.rowcount)


@cache
def _keeping_if_newer(unknown: frozenset[str]) -> str:
    """One statement where the ORM would need three, in words that SQLite knows as well as
    PostgreSQL. It counts a row if there was none or an older one."""
    table = UsageFact._meta.db_table
    kept, sent = (", ".join(f"{of}.{name}" for name in _ORDER) for of in (table, "excluded"))
    written_over = [column for column in _COLUMNS if column not in unknown]
    return f"""
        INSERT INTO {table} ({", ".join(_COLUMNS)})
        VALUES ({", ".join(["%s"] * len(_COLUMNS))})
        ON CONFLICT (call_id)
        DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in written_over)}
        WHERE ({kept}) < ({sent})
    """  # noqa: S608  the names are the model's own  # nosec B608


def begin(
    call_id: int, fact: UsageFact | None, *, generation: int, used: Mapping[str, int]
) -> None:
    """The stream of this generation begins, with what is known that the call has used.

    fact: of the call, as it is kept; None without one. The caller has locked the call's row.
    """
    earlier = fact.earlier if fact and fact.earlier else {}
    began = {**earlier.get(_BEGAN, {}), str(generation): dict(used)}
    earlier = {**earlier, _BEGAN: began}
    if fact is None:
        counts = mended(UsageFact, call_id, **used)
        UsageFact.objects.create(call_id=call_id, earlier=earlier, **counts)
    else:
        UsageFact.objects.filter(pk=fact.pk).update(earlier=earlier)


def added(fact: UsageFact | None) -> dict[str, int]:
    """What earlier streams of the call have added, and its later ones do not know of."""
    found: dict[str, int] = (fact.earlier or {}).get(_ADDED, {}) if fact else {}
    return found


def add_earlier(said: UsageFact) -> None:
    """Add to what a stream has said what earlier ones have added, which it does not know of.

    The caller has locked the call's row.
    """
    kept = UsageFact.objects.only("earlier").filter(call_id=said.call_id).first()
    _count_up(said, added(kept))


def _count_up(said: UsageFact, more: Mapping[str, int]) -> None:
    for name, count in more.items():
        setattr(said, name, getattr(said, name) + count)


def with_added(counts: Mapping[str, Any], more: Mapping[str, int]) -> dict[str, Any]:
    """`counts`, to which so much is added."""
    return {name: count + more.get(name, 0) for name, count in counts.items()}


def known_to_streams(fact: UsageFact, names: Collection[str]) -> dict[str, int]:
    """The counts of these names, as the later streams of the call say them."""
    more = added(fact)
    return {name: max(0, getattr(fact, name) - more.get(name, 0)) for name in names}


def keep_late(said: UsageFact, *, unknown: Collection[str], generation: int, now: datetime) -> None:
    """Count usage that a replaced stream reports late.

    said: its snapshot; generation: the stream's. In a transaction. It may be said again. Of a call
    that has ended the ledger follows.
    """
    calls = Call.objects.filter(pk=said.call_id, generation__gt=generation)
    rows_read = calls.select_for_update(no_key=True).only("ended_at", "ticket_redeemed_at")
    call = rows_read.first()
    if call is None:
        return
    fact = UsageFact.objects.filter(call_id=call.pk).first()
    began: dict[str, dict[str, int]] = (fact.earlier or {}).get(_BEGAN, {}) if fact else {}
    later = [int(each) for each in began if int(each) > generation]
    if not later and call.ticket_redeemed_at is not None:
        return  # a release without `earlier` continued the call: its snapshot is the latest
    if fact is None or not later:  # no later stream started from what was known before
        said.is_final = said.is_final and call.ended_at is not None
        _count_up(said, added(fact))
        is_more = keep_if_newer(said, unknown=unknown)
    else:
        is_more = _add(fact, said, began, str(min(later)))
    if is_more and call.ended_at is not None:
        rows.rearm(Outbox.Kind.SETTLE_CALL, call.pk, now=now)


def _add(
    fact: UsageFact, said: UsageFact, began: Mapping[str, Mapping[str, int]], following: str
) -> bool:
    """Add what the next stream, the `following` one, did not begin with; whether there is any."""
    none = dict.fromkeys(_SUMMED, 0)
    base = {**none, **began[following]}
    more = {name: max(0, getattr(said, name) - base[name]) for name in _SUMMED}
    if not any(more.values()):
        return False
    earlier = {
        # Said again, there is nothing left to add.
        _BEGAN: {**began, following: with_added(base, more)},
        _ADDED: with_added({**none, **added(fact)}, more),
    }
    counts = {name: getattr(fact, name) + more[name] for name in _SUMMED}
    UsageFact.objects.filter(pk=fact.pk).update(earlier=earlier, **counts)
    return True
