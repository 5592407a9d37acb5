"""The Twilio account that an organization's calls come from: named by it, or learned.

Where none was named a change is alerted on, not refused: anybody can write any AccountSid into
an unsigned request (docs/adr/0008). Only a call that was opened is learned from, so what is
declined or sent again alerts on nothing, and a day has one alert, however many accounts it had.
"""

from datetime import datetime

import structlog
from django.db import transaction

from accounts.members.access import record, record_and_count
from accounts.models import Organization
from usage.models import Call
from voicex.reasons.attempts import AttemptReason

log = structlog.get_logger(__name__)


def is_another_account(org: Organization, account_sid: str) -> bool:
    """Whether `org` named an account, and not this one."""
    given = org.twilio_account_sid
    if not given or given == account_sid:
        return False
    log.warning("account_mismatch", org=org.public_id, given=given, came_from=account_sid)
    return True


def learn_account(
    call: Call, org: Organization, account_sid: str, *, now: datetime
) -> AttemptReason | None:
    """Remember whose request opened `call`; what to note of it, if anything.

    org: as it was read for this request.
    """
    seen = org.seen_account_sid
    if org.twilio_account_sid or account_sid in (seen, ""):
        return None
    if account_sid != call.account_sid:
        return None  # a call that is open already, asked for again in another account's name
    with transaction.atomic():
        # Compare-and-set: of two calls from the same new account, one is told.
        is_first_to_see = Organization.objects.filter(pk=org.pk, seen_account_sid=seen).update(
            seen_account_sid=account_sid
        )
        if not is_first_to_see:
            is_told = False
        elif not seen:
            record(org, actor=None, action="account_sid.learned", target=account_sid)
            is_told = False
        else:
            is_told = record_and_count(
                org,
                actor=None,
                action="account_sid.changed",
                target=account_sid,
                entries=1,
                now=now,
            )
    if is_told:
        log.warning("account_changed", org=org.public_id, before=seen, came_from=account_sid)
    return AttemptReason.ACCOUNT_CHANGED if seen else None
