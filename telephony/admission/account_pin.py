"""The carrier account of an organization's calls: configured, or learned from the first call.

A change of a learned account leads to an alert and no refusal, because unsigned requests can
contain any account (docs/adr/0008). Only opened calls count, so declined or repeated requests cause
no alert, and there is one alert a day at most.
"""

from datetime import datetime

import structlog
from django.db import transaction

from accounts.carriers.accounts import KnownAccounts, record_seen_account
from accounts.members.access import record, record_and_count
from accounts.models import Organization
from usage.models import Call
from voicex.reasons.attempts import AttemptReason

log = structlog.get_logger(__name__)


def is_another_account(org: Organization, known: KnownAccounts, account_id: str) -> bool:
    """Whether `org` has configured another account than this one."""
    if not known.named or known.named == account_id:
        return False
    log.warning("account_mismatch", org=org.public_id, given=known.named, came_from=account_id)
    return True


def learn_account(
    call: Call, org: Organization, known: KnownAccounts, account_id: str, *, now: datetime
) -> AttemptReason | None:
    """Learn the account of the request that opened `call`; returns an alert to record, if any.

    known: as it was read for this request.
    """
    if known.named or account_id in (known.seen, ""):
        return None
    if account_id != call.account_sid:
        return None  # a repeated request for an open call, with another account
    with transaction.atomic():
        is_first = record_seen_account(org, account_id, carrier=call.carrier, before=known.seen)
        if not is_first:
            is_told = False
        elif not known.seen:
            record(org, actor=None, action="account_sid.learned", target=account_id)
            is_told = False
        else:
            is_told = record_and_count(
                org,
                actor=None,
                action="account_sid.changed",
                target=account_id,
                entries=1,
                now=now,
            )
    if is_told:
        log.warning("account_changed", org=org.public_id, before=known.seen, came_from=account_id)
    return AttemptReason.ACCOUNT_CHANGED if known.seen else None
