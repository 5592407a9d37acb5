"""The append-only ledger: lines are posted and reversed, never changed.

Each line of a call has a key that is unique in the database. The first one of a component is
`call:81:stt`; a line that later facts make wrong is undone by `call:81:stt:r1` and followed by
`call:81:stt:v2`, and so on. What a call costs is the sum of all its lines.
"""

from collections.abc import Iterable
from datetime import datetime

from usage.models import Call, LedgerEntry, PriceBook
from usage.rating import Charge


def post(
    call: Call, *, key: str, charge: Charge, price_book: PriceBook, now: datetime
) -> LedgerEntry:
    """Write a charge of `call` as a new line. IntegrityError when the key exists."""
    return LedgerEntry.objects.create(
        org_id=call.org_id,
        call=call,
        key=key,
        component=charge.component,
        quantity=charge.quantity,
        unit=charge.unit,
        amount_micros=charge.amount_micros,
        price_book=price_book,
        posted_at=now,
    )


def reverse(entry: LedgerEntry, *, key: str, now: datetime) -> LedgerEntry:
    """Write the line that undoes `entry`. IntegrityError when it is already undone."""
    return LedgerEntry.objects.create(
        org_id=entry.org_id,
        call_id=entry.call_id,
        key=key,
        component=entry.component,
        quantity=-entry.quantity,
        unit=entry.unit,
        amount_micros=-entry.amount_micros,
        price_book_id=entry.price_book_id,
        reverses=entry,
        posted_at=now,
    )


def bring_in_line(
    call: Call, *, charges: Iterable[Charge], price_book: PriceBook, now: datetime
) -> None:
    """Post and reverse until the call's lines add up to `charges`; nothing when they do.

    The caller holds the call's row lock, so that nobody else posts for it meanwhile.
    """
    wanted = {charge.component: charge for charge in charges}
    history: dict[str, list[LedgerEntry]] = {component: [] for component in wanted}
    for entry in LedgerEntry.objects.filter(call=call).order_by("pk"):
        history.setdefault(entry.component, []).append(entry)
    for component, entries in history.items():
        _bring_component_in_line(
            call, component, entries, wanted.get(component), price_book=price_book, now=now
        )


def _bring_component_in_line(
    call: Call,
    component: str,
    entries: list[LedgerEntry],
    wanted: Charge | None,
    *,
    price_book: PriceBook,
    now: datetime,
) -> None:
    posted = [entry for entry in entries if entry.reverses_id is None]
    undone = {entry.reverses_id for entry in entries if entry.reverses_id is not None}
    standing = [entry for entry in posted if entry.pk not in undone]
    if [_charge(entry) for entry in standing] == ([wanted] if wanted else []):
        return
    key = f"call:{call.pk}:{component}"
    for entry in standing:
        reverse(entry, key=f"{key}:r{len(posted)}", now=now)
    if wanted:
        version = f":v{len(posted) + 1}" if posted else ""
        post(call, key=key + version, charge=wanted, price_book=price_book, now=now)


def _charge(entry: LedgerEntry) -> Charge:
    return Charge(entry.component, entry.quantity, entry.unit, entry.amount_micros)
