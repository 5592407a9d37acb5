"""Verifies the ledger: recomputes charges from facts and price books, and all sums.

    every ended call                 its lines are those that its facts and the books give, both for
                                     the client (amount) and the platform (cost); each reversal
                                     undoes its line; each call is settled, or waits for it
    every month of an organization   `UsageDay` and `UsageMonth`, and so what quotas and budgets
                                     read, add up calls and lines

A run consists of short steps, so that it can be interrupted and continued at any point, and blocks
nothing. Settlement continues meanwhile: differences are checked again under a lock.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Organization
from accounts.zones import UTC
from usage.billing import rollup
from usage.billing.proven_calls import faults_of
from usage.models import Call, LedgerProof, UsageDay, UsageMonth

CALLS_A_STEP: Final = 200
FAULTS_KEPT: Final = 100
KEPT: Final = 100  # proofs that are kept
_DAY: Final = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Next:
    """The month of an organization that is proven next."""

    org: Organization
    month: date


def begin(*, now: datetime) -> LedgerProof:
    """Begin a new run, and delete old ones."""
    proof = LedgerProof.objects.create(began_at=now)
    LedgerProof.objects.filter(pk__lte=proof.pk - KEPT).delete()
    return proof


def prove(*, now: datetime) -> LedgerProof:
    """A whole run, to its end."""
    proof = begin(now=now)
    while step(proof, now=now):
        pass
    return proof


def step(proof: LedgerProof, *, now: datetime) -> bool:
    """Execute one step; False when the run is complete. The progress is stored with the run."""
    if proof.ended_at is None and not _prove_calls(proof, now=now):
        _prove_month(proof, now=now)
    proof.save()
    return proof.ended_at is None


def _prove_calls(proof: LedgerProof, *, now: datetime) -> bool:
    """Verify some calls; whether there were any left."""
    found = Call.objects.filter(pk__gt=proof.after_call).exclude(ended_at=None)
    call_ids = list(found.order_by("pk").values_list("pk", flat=True)[:CALLS_A_STEP])
    if call_ids:
        _add(proof, (asdict(fault) for fault in faults_of(call_ids, now=now)))
        proof.after_call = call_ids[-1]
        proof.calls += len(call_ids)
    return bool(call_ids)


def _prove_month(proof: LedgerProof, *, now: datetime) -> None:
    following = _next_month(proof, now=now)
    if following is None:
        proof.ended_at = now
        log.info("ledger_proven", calls=proof.calls, months=proof.months, faults=proof.fault_count)
        return
    org, month = following.org, following.month
    if _differences(org, month):
        with transaction.atomic():
            rollup.lock((UsageDay, UsageMonth))
            _add(proof, _differences(org, month))
    proof.months += 1
    proof.next_month = rollup.next_month(month)


def _next_month(proof: LedgerProof, *, now: datetime) -> _Next | None:
    """The next month of the current organization, or the first month of the next one."""
    last = rollup.month_of(now + _DAY, UTC)  # that month has begun in some time zone
    org = Organization.objects.filter(pk=proof.after_org).first() if proof.next_month else None
    if org is not None and proof.next_month is not None and proof.next_month <= last:
        return _Next(org, proof.next_month)
    has_any = Exists(Call.objects.filter(org=OuterRef("pk"))) | Exists(
        UsageMonth.objects.filter(org=OuterRef("pk"))
    )
    later = Organization.objects.filter(has_any, pk__gt=proof.after_org).order_by("pk").first()
    if later is None:
        return None
    proof.after_org, proof.next_month = later.pk, None
    return _Next(later, min(_first_month(later) or last, last))


def _first_month(org: Organization) -> date | None:
    opened = Call.objects.filter(org=org).order_by("opened_at").values_list("opened_at", flat=True)
    months = UsageMonth.objects.filter(org=org).order_by("month").values_list("month", flat=True)
    first = [rollup.month_of(moment - _DAY, UTC) for moment in opened[:1]] + list(months[:1])
    return min(first, default=None)


def _differences(org: Organization, month: date) -> list[dict[str, object]]:
    """Where the sums of a month are not those of its calls and lines."""
    computed, stored = rollup.recomputed(org.pk, month), rollup.stored(org.pk, month)
    found: list[dict[str, object]] = []
    for what, expected, kept in zip(("day", "month"), computed, stored, strict=True):
        for key in sorted(expected.keys() | kept.keys(), key=str):
            ours, theirs = tuple(expected.get(key, ())), tuple(kept.get(key, ()))
            if (any(ours) or any(theirs)) and ours != theirs:
                about = " ".join(map(str, key[1:]))
                found.append(
                    {
                        "what": what,
                        "org": org.public_id,
                        "about": about,
                        "expected": list(ours),
                        "found": list(theirs),
                    }
                )
    return found


def _add(proof: LedgerProof, faults: Iterable[dict[str, object]]) -> None:
    for fault in faults:
        proof.fault_count += 1
        if len(proof.faults) < FAULTS_KEPT:
            proof.faults.append(fault)
        log.error("ledger_differs", what=fault["what"], org=fault["org"], about=fault["about"])
