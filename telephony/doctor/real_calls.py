"""Tells calls of a carrier from calls of the simulated phone.

A simulated call proves that the agent answers, and nothing of the number, of Twilio's account or
of the way from there. With another AccountSid than its own (`--account-sid`) it poses as real.
"""

from collections.abc import Sequence
from typing import Final

from django.db.models import QuerySet

from accounts.models import Organization
from usage.models import Call, WebhookAttempt
from usage.reads import calls
from voicex.simulated_phone import ACCOUNT_SID

# The log is read as far back: a page that finds no real request there says so.
ATTEMPTS_READ: Final = 50


def is_real(call: Call) -> bool:
    """Whether a carrier put `call` through."""
    return not call.is_test and call.account_sid != ACCOUNT_SID


def real_calls(org: Organization) -> QuerySet[Call]:
    """The phone calls of `org` that a carrier put through."""
    phone = Call.objects.filter(org=org, channel=Call.Channel.PHONE)
    return phone.exclude(account_sid=ACCOUNT_SID)


def real_attempts(org: Organization) -> tuple[list[WebhookAttempt], int]:
    """The latest requests at the voice webhook of `org` that were none of a simulated call that
    was answered, newest first, and how many were left out for that.
    """
    latest: Sequence[WebhookAttempt] = list(calls.attempts_of(org, limit=ATTEMPTS_READ))
    sids = {each.call_sid for each in latest}
    simulated = set(
        Call.objects.filter(org=org, carrier_call_id__in=sids, account_sid=ACCOUNT_SID).values_list(
            "carrier_call_id", flat=True
        )
    )
    real = [each for each in latest if each.call_sid not in simulated]
    return real, len(latest) - len(real)
