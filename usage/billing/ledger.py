"""The append-only ledger: entries are posted and reversed, never changed.

Each entry of a call has a key that is unique in the database. The first one of a component is
`call:81:stt`; if later facts make it wrong, it is reversed by `call:81:stt:r1` and followed by
`call:81:stt:v2`, and so on. The cost of a call is the sum of all its entries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from usage.billing.rating import Charge
from usage.models import Call, LedgerEntry, PriceBook
from voicex.database.prepared import insert

# An annotation of calls: whether they have ledger entries. Most calls are settled once.
HAS_LINES: Final = Exists(LedgerEntry.objects.filter(call=OuterRef("pk")).order_by())


@dataclass(frozen=True, slots=True)
class Bill:
    """The charges of a call by its current facts, and the price book they are based on.

    priced_later: by component, the later book with a price that `price_book` does not have.
    """

    call: Call
    charges: Sequence[Charge]
    price_book: PriceBook
    priced_later: Mapping[str, PriceBook] = field(default_factory=dict)


def bring_in_line(bills: Sequence[Bill], *, now: datetime) -> list[LedgerEntry]:
    """Post and reverse entries so that those of each call match its bill; nothing if they do.

    Returns the posted entries, without their primary keys. Uses one insert for all calls, after one
    read for calls that have entries, or were not read with HAS_LINES as `has_lines`. The caller
    must hold the row locks of the calls. Raises IntegrityError, and posts nothing, if another
    process has posted for them.
    """
    history: defaultdict[int | None, list[LedgerEntry]] = defaultdict(list)
    if calls := [bill.call for bill in bills if getattr(bill.call, "has_lines", True)]:
        for entry in LedgerEntry.objects.filter(call__in=calls).order_by("pk"):
            history[entry.call_id].append(entry)
    lines = [line for bill in bills for line in missing_lines(bill, history[bill.call.pk], now=now)]
    insert(lines)
    return lines


def missing_lines(
    bill: Bill, entries: Iterable[LedgerEntry], *, now: datetime
) -> Iterator[LedgerEntry]:
    """The unsaved entries that are missing for `entries`, all of the call's, to match `bill`."""
    wanted = {charge.component: charge for charge in bill.charges}
    history: dict[str, list[LedgerEntry]] = {component: [] for component in wanted}
    for entry in entries:
        history.setdefault(entry.component, []).append(entry)
    for component, lines in history.items():
        posted = [line for line in lines if line.reverses_id is None]
        undone = {line.reverses_id for line in lines}
        standing = [line for line in posted if line.pk not in undone]
        charge = wanted.get(component)
        if [_charge(line) for line in standing] == ([charge] if charge else []):
            continue
        key = f"call:{bill.call.pk}:{component}"
        for line in standing:
            yield reversal(line, key=f"{key}:r{len(posted)}", now=now)
        if charge:
            version = f":v{len(posted) + 1}" if posted else ""
            yield posting(bill, charge, key=key + version, now=now)


def posting(bill: Bill, charge: Charge, *, key: str, now: datetime) -> LedgerEntry:
    """The unsaved entry for a charge of `bill`."""
    return LedgerEntry(
        org_id=bill.call.org_id,
        call_id=bill.call.pk,
        key=key,
        component=charge.component,
        quantity=charge.quantity,
        unit=charge.unit,
        amount_micros=charge.amount_micros,
        cost_micros=charge.cost_micros,
        price_book_id=bill.priced_later.get(charge.component, bill.price_book).pk,
        is_open=charge.is_open,
        posted_at=now,
    )


def reversal(entry: LedgerEntry, *, key: str, now: datetime) -> LedgerEntry:
    """The unsaved entry that reverses `entry`."""
    return LedgerEntry(
        org_id=entry.org_id,
        call_id=entry.call_id,
        key=key,
        component=entry.component,
        quantity=-entry.quantity,
        unit=entry.unit,
        amount_micros=-entry.amount_micros,
        cost_micros=-entry.cost_micros,
        price_book_id=entry.price_book_id,
        is_open=entry.is_open,
        reverses=entry,
        posted_at=now,
    )


def _charge(entry: LedgerEntry) -> Charge:
    return Charge(
        entry.component,
        entry.quantity,
        entry.unit,
        entry.amount_micros,
        entry.cost_micros,
        entry.is_open,
    )
