"""Finds the row of a simulated call, if this installation answered it."""

import time
from typing import Final
from urllib.parse import parse_qs, urlsplit

from django.db import DatabaseError
from django.utils import timezone

from accounts.keys.api_keys import find_key
from accounts.models import Organization
from usage.models import Call
from usage.reads.calls import call_of
from voicex.errors import KeyRefused

SETTLE_SECONDS: Final = 20.0  # a hint may be lost, and the sweep comes every 15 s
POLL_SECONDS: Final = 0.2


def organization_of(webhook: str) -> Organization | None:
    """The organization whose key is in `webhook`; None when this installation does not know it."""
    given = parse_qs(urlsplit(webhook).query).get("api_key")
    if not given:
        return None
    try:
        return find_key(given[0], now=timezone.now()).org
    # The phone also calls servers elsewhere, from a machine whose database was never made.
    except (KeyRefused, DatabaseError):
        return None


def settled_call(
    org: Organization, *, call_sid: str, seconds: float = SETTLE_SECONDS
) -> Call | None:
    """The call once it is settled, or as it is after `seconds`; None when unknown. Blocks."""
    deadline = time.monotonic() + seconds
    call = call_of(org, call_sid=call_sid)
    while call is not None and call.settled_at is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        call = call_of(org, call_sid=call_sid)
    return call
