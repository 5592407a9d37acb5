"""Has carriers end calls that no process of ours carries, beside a worker: with the keys of the
calls' own organizations.

The outbox has a row for each (`usage.outbox.hang_ups`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog

from telephony.carriers.accounts import Accounts
from telephony.carriers.numbers import Account
from telephony.carriers.registry import carrier
from usage.billing.settlement import NO_WORD_AFTER
from usage.models import Call, Outbox
from usage.outbox import claims
from usage.outbox.hang_ups import HANG_UP, note_refusal
from usage.records.evidence import NO_ACCOUNT, STATUSES
from voicex.errors import CarrierProblem
from voicex.reasons.carrier import CarrierReason
from voicex.reasons.ends import EndReason
from voicex.simulated_phone import ACCOUNT_SID as SIMULATED_ACCOUNT

AT_ONCE: Final = 20
# Of a batch: a carrier that does not answer takes 8 s, and a lease lasts two minutes.
SECONDS: Final = 60.0
ATTEMPTS: Final = 30  # of what fails here
# Tried again after as long as it was tried before, within these.
SOONEST: Final = timedelta(seconds=15)
LATEST: Final = timedelta(minutes=10)
# What a carrier reports of a call that is over.
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_BY_MEMBERS: Final = (EndReason.HUNG_UP_BY_MEMBER, EndReason.KEY_REVOKED)

log = structlog.get_logger(__name__)


def account_to_end(call: Call, accounts: Accounts) -> Account | None:
    """The account with which its carrier can be asked to end `call`; None where it can't be."""
    if call.is_test or call.account_sid in ("", SIMULATED_ACCOUNT):
        return None
    # Where no account is named, the token that has signed the call is that of its account.
    return accounts.of(call, seen=call.account_sid if call.is_verified else "")


def hang_up_due(*, hint: int, now: datetime) -> bool:
    """Have the calls ended that are due, and `hint`; whether there may be more.

    hint: a call's primary key, 0 for none. A call may be asked about twice, which changes nothing.
    """
    done = claims.process_together(
        HANG_UP,
        lambda call_ids: _hang_up_all(call_ids, now=now),
        hint=hint,
        now=now,
        at_once=AT_ONCE,
        attempts=ATTEMPTS,
    )
    return done == AT_ONCE


def _hang_up_all(call_ids: Sequence[int], *, now: datetime) -> Mapping[int, datetime | Exception]:
    """End these calls; those that are not done, as `claims.process_together` wants them."""
    left: dict[int, datetime | Exception] = {}
    accounts, silent = Accounts(), set[Account]()
    ends_at = monotonic() + SECONDS
    rows = Outbox.objects.filter(kind=HANG_UP, call__in=call_ids)
    wanted_at = dict(rows.values_list("call_id", "created_at"))
    for call in Call.objects.select_related("org").filter(pk__in=call_ids).order_by("pk"):
        try:
            account = account_to_end(call, accounts)
            if monotonic() >= ends_at or account in silent:
                left[call.pk] = now + SOONEST
                continue
            problem = _hang_up(call, account)
            if problem in (CarrierReason.TIMEOUT, CarrierReason.RATE_LIMIT) and account:
                silent.add(account)
            age = now - wanted_at.get(call.pk, now)
            if problem and not problem.is_of_keys and age < NO_WORD_AFTER:
                left[call.pk] = now + min(max(age, SOONEST), LATEST)
            elif problem:
                _note(call, problem)
        except Exception as error:  # boundary: one call's answer must not keep the others waiting
            left[call.pk] = error
    return left


def _hang_up(call: Call, account: Account | None) -> CarrierReason | None:
    """Have the carrier end `call`; why it did not; None where there is no more to do."""
    if any(call.carrier_report.get(name) in OVER for name in STATUSES):
        return None
    about = {"org": call.org.public_id, "call_id": call.pk}
    if account is None:
        log.warning("call_not_hung_up", reason=NO_ACCOUNT, **about)
        _note(call, NO_ACCOUNT)
        return None
    try:
        was_on = carrier(call.carrier).numbers.hang_up(account, call_id=call.call_sid)
    except CarrierProblem as problem:
        log.warning("call_not_hung_up", reason=problem.reason, **about)
        return problem.reason
    log.info("call_hung_up_at_carrier", was_on=was_on, **about)
    return None


def _note(call: Call, reason: str) -> None:
    """Have the page of a call that a member has ended say that it may last."""
    if call.end_reason in _BY_MEMBERS:
        note_refusal(call.pk, reason)
