"""Compares calls with the carrier's own figures: duration and price.

A carrier knows the duration of a call at once and its price minutes later, so it is queried at
CHECKS after the end, until it knows both. Differences are stored beside the ledger, never in it:
calls are charged by our own clock and prices (docs/adr/0005).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Sum

from accounts.models import OrganizationSecret
from usage.models import Call, CarrierBill, LedgerEntry, Outbox, Price, Transfer
from usage.records.evidence import WAITED
from voicex.simulated_phone import ACCOUNT_SID as SIMULATED_ACCOUNT

RECONCILE: Final = Outbox.Kind.RECONCILE_CALL
CHECKS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=24),
)
# Tolerated difference: the carrier connects before our stream begins, and may say a sentence after
# it.
TOLERATED_SECONDS: Final = 15
TOLERATED_MICROS: Final = 5_000
TOLERATED_PERCENT: Final = 20

# An annotation of calls: whether their organization has stored a token for a carrier's API. The
# next one may be the only one, and has signed the call then.
CAN_ASK: Final = Exists(
    OrganizationSecret.objects.filter(
        org=OuterRef("org"),
        name__in=OrganizationSecret.Name.values,
    )
)

Oddity = CarrierBill.Oddity


@dataclass(frozen=True, slots=True)
class CarrierFacts:
    """A carrier's data on a call. status: the carrier's word; None for values that it does not know
    yet.

    price_micros: the carrier's charge, in millionths of `currency`.
    """

    status: str
    seconds: int | None = None
    price_micros: int | None = None
    currency: str = ""


def is_asked_about(call: Call) -> bool:
    """Whether the carrier can be queried about `call`, which was read with CAN_ASK as `can_ask`."""
    is_real = not call.is_test and call.account_sid not in ("", SIMULATED_ACCOUNT)
    return bool(is_real and getattr(call, "can_ask", False))


def keep(
    call_id: int, facts: CarrierFacts | None, *, now: datetime, is_unknown: bool = False
) -> datetime | None:
    """Store the carrier's data on an ended call; returns when to query it again, None for never.

    facts: None if the query failed; is_unknown: because the carrier does not know the call.
    """
    call = Call.objects.select_related("usage").get(pk=call_id)
    bill = CarrierBill.objects.filter(call=call).first() or CarrierBill(call=call)
    bill.checks += 1
    bill.checked_at = now
    if facts is not None:
        bill.status = facts.status[:20]
        bill.seconds, bill.price_micros = facts.seconds, facts.price_micros
        bill.currency = facts.currency[:3].upper()
        _compare(bill, call)
    again_at = None if _is_complete(bill) else _next_check(call, bill.checks, now=now)
    if again_at is None and not bill.status and is_unknown:
        bill.oddity = Oddity.UNKNOWN
    bill.save()
    return again_at


def odd_bills(*, since: datetime, limit: int) -> list[CarrierBill]:
    """Calls with a different duration or price at their carrier, newest first; for the operator."""
    odd = CarrierBill.objects.exclude(oddity="").filter(checked_at__gte=since)
    return list(odd.select_related("call__org").order_by("-checked_at")[:limit])


def _is_complete(bill: CarrierBill) -> bool:
    return bill.seconds is not None and bill.price_micros is not None


def _next_check(call: Call, checks: int, *, now: datetime) -> datetime | None:
    """The time of the next query. Each of CHECKS leads to one query; overdue ones are made
    at once.
    """
    if checks >= len(CHECKS):
        return None
    return max(now, (call.ended_at or now) + CHECKS[checks])


def _compare(bill: CarrierBill, call: Call) -> None:
    bill.oddity = ""
    fact = getattr(call, "usage", None)
    is_transferred = Transfer.objects.filter(call=call).exists()
    bill.seconds_more = None
    # For a transferred call the carrier also counts the time with the person.
    if bill.seconds is not None and not is_transferred:
        ours = (fact.stream_ms if fact else 0) // 1000
        bill.seconds_more = bill.seconds - ours - int(call.carrier_report.get(WAITED, 0))
        if abs(bill.seconds_more) > TOLERATED_SECONDS:
            bill.oddity = Oddity.LONGER if bill.seconds_more > 0 else Oddity.SHORTER
    bill.price_more_micros = None
    if bill.price_micros is not None and bill.currency == "USD":
        ours = _expected_micros(call, bill.seconds or 0)
        more = bill.price_more_micros = bill.price_micros - ours
        is_dear = more > max(TOLERATED_MICROS, ours * TOLERATED_PERCENT // 100)
        if is_dear and not bill.oddity:
            bill.oddity = Oddity.DEARER


def _expected_micros(call: Call, seconds: int) -> int:
    """What the ledger has for the telephony of `call`, if that lasted as long as for its carrier.

    The carrier counts begun minutes from ringing to hanging up: in line and with a person as well,
    where no stream of ours was open. What differs then is its price, not the time.
    """
    lines = LedgerEntry.objects.filter(call=call, component=Price.Component.TELEPHONY)
    sums = lines.aggregate(cost=Sum("cost_micros", default=0), minutes=Sum("quantity", default=0))
    cost, minutes = int(sums["cost"]), int(sums["minutes"])
    return cost * max(minutes, -(-seconds // 60)) // minutes if minutes > 0 else cost
