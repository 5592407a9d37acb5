"""The append-only ledger: lines are posted and reversed, never changed.

Each line of a call has a key that is unique in the database. The first one of a component is
`call:81:stt`; a line that later facts make wrong is undone by `call:81:stt:r1` and followed by
`call:81:stt:v2`, and so on. What a call costs is the sum of all its lines.
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

# An expression on calls: something was posted for them before. Most are settled once.
HAS_LINES: Final = Exists(LedgerEntry.objects.filter(call=OuterRef("pk")).order_by())


@dataclass(frozen=True, slots=True)
class Bill:
    """What a call costs as its facts stand, and the price book that says so.

    priced_later: by component, the book that says it of what `price_book` does not price.
    """

    call: Call
    charges: Sequence[Charge]
    price_book: PriceBook
    priced_later: Mapping[str, PriceBook] = field(default_factory=dict)


def bring_in_line(bills: Sequence[Bill], *, now: datetime) -> list[LedgerEntry]:
    """Post and reverse until the lines of each call add up to its bill; nothing where they do.

    Returns the lines that were posted, without their primary keys. One insert for all calls, and
    before it one read for those that have lines, or were not read with HAS_LINES as `has_lines`.
    The caller holds the row locks of the calls, so that no other process posts for them at the same
    time; IntegrityError, and no line, if another process did.
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
    """The lines, not yet written, that bring `entries`, all of the call's, in line with `bill`."""
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
    """The line of a charge of `bill`, not yet written."""
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
    """The line that undoes `entry`, not yet written."""
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
