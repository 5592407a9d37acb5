"""Asks carriers about calls that are over, beside a worker: with their organization's own keys.

The outbox has a row for each call whose carrier can be asked (`Outbox.Kind.RECONCILE_CALL`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog

from accounts.members.trust import prove
from telephony.carriers.accounts import Accounts
from telephony.carriers.numbers import Account
from telephony.carriers.registry import carrier
from usage.billing import carrier_bills
from usage.billing.carrier_bills import RECONCILE, CarrierFacts
from usage.models import Call
from usage.outbox import claims
from voicex.database.shared_lease import lease
from voicex.errors import CarrierProblem
from voicex.reasons.carrier import CarrierReason

AT_ONCE: Final = 20
# Of a batch: a carrier that does not answer takes 8 s, and what comes in has to be seen.
SECONDS: Final = 20.0
NEXT_BATCH: Final = timedelta(seconds=15)
ATTEMPTS: Final = 5  # of what fails here
_LEASE: Final = "reconciling:worker"
_LEASE_SECONDS: Final = 90  # longer than a batch takes

log = structlog.get_logger(__name__)


def reconcile_due(*, hint: int, now: datetime) -> bool:
    """Ask about the calls that are due, and `hint`; whether there may be more.

    hint: a call's primary key, 0 for none. Nothing is done while another worker does it.
    """
    with lease(_LEASE, seconds=_LEASE_SECONDS) as is_ours:
        if not is_ours:
            return False
        done = claims.process_together(
            RECONCILE,
            lambda call_ids: _reconcile(call_ids, now=now),
            hint=hint,
            now=now,
            at_once=AT_ONCE,
            attempts=ATTEMPTS,
        )
    return done == AT_ONCE


def _reconcile(call_ids: Sequence[int], *, now: datetime) -> Mapping[int, datetime | Exception]:
    """Ask about these calls; those that are not done, as `claims.process_together` wants them."""
    left: dict[int, datetime | Exception] = {}
    accounts = Accounts()
    ends_at = monotonic() + SECONDS
    calls = Call.objects.select_related("org").filter(pk__in=call_ids).order_by("pk")
    for call in calls:
        if monotonic() >= ends_at:
            left[call.pk] = now + NEXT_BATCH
            continue
        try:
            again_at = _ask(call, accounts.of(call, seen=_seen_account(call)), now=now)
        except Exception as error:  # boundary: one call's answer must not keep the others waiting
            left[call.pk] = error
            continue
        if again_at is not None:
            left[call.pk] = again_at
    return left


def _seen_account(call: Call) -> str:
    """The account to ask for where its organization has named none: that of a signed call, while it
    may prove the organization; else "".
    """
    return call.account_sid if call.is_verified and not call.org.is_proven else ""


def _ask(call: Call, account: Account | None, *, now: datetime) -> datetime | None:
    """When the carrier is to be asked again; None: never."""
    if account is None:
        return None  # the token is gone, or another account's
    facts: CarrierFacts | None = None
    is_unknown = False
    try:
        facts = carrier(call.carrier).numbers.call_facts(account, call_id=call.call_sid)
    except CarrierProblem as problem:
        log.warning("call_not_reconciled", org=call.org.public_id, reason=problem.reason)
        is_unknown = problem.reason is CarrierReason.NOT_FOUND
        if problem.reason.is_of_keys and not is_unknown:
            return None
    else:
        # The carrier knows this call by a token of the organization, which it may never have been
        # asked about: where it could not be reached, or was given no account.
        if call.is_verified and not call.org.is_proven:
            prove(call.org, how="signed_call")
    return carrier_bills.keep(call.pk, facts, now=now, is_unknown=is_unknown)
