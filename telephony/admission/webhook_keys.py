"""Checks the API key of a webhook: valid, ended, or unknown.

A revoked key, or a rotated one after its overlap, gets the same answer as an unknown key, but
leaves a row in the attempt log: one of the organization's numbers still has the old URL. Unknown
keys leave no row, so that strangers cannot fill the table.
"""

import threading
from collections import Counter
from datetime import datetime
from typing import Final

from accounts.carriers.accounts import with_accounts
from accounts.keys.api_keys import known_key
from accounts.models import ApiKey
from telephony.process import metrics
from usage.records.attempts import attempt_log
from voicex.errors import KeyRefused
from voicex.reasons.attempts import Outcome

# The limit of rows a minute for one ended key in one process, as its organization has already
# revoked it and can do no more.
ROWS_A_MINUTE: Final = 10


class Allowance:
    """Counts the rows of each source in the current minute. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._rows: Counter[str] = Counter()

    def takes(self, source: str, *, now: datetime) -> bool:
        """Count one row of `source`; whether it is within the limit."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute, self._rows = minute, Counter()
            self._rows[source] += 1
            return self._rows[source] <= ROWS_A_MINUTE


_allowance: Final = Allowance()


def key_of(text: str, *, carrier: str, call_sid: str, now: datetime) -> ApiKey:
    """The valid key `text`, with its organization loaded.

    carrier: of the request. call_sid: as in the request, "" for none. Raises KeyRefused, without
    the reason. Ended and unknown keys take the same queries and time.
    """
    key = known_key(text, carrier=carrier)
    reason = key.ended(now)
    if reason is None:
        return key
    metrics.WEBHOOKS.labels(Outcome.REFUSED, reason).inc()
    if _allowance.takes(key.prefix, now=now):
        attempt_log.record(org=key.org, call_sid=call_sid, outcome=Outcome.REFUSED, reason=reason)
    raise KeyRefused(reason=reason)


def key_of_row(row: int, *, carrier: str, now: datetime) -> ApiKey:
    """As `key_of`, for a key that was verified at an earlier request of the call.

    Raises KeyRefused once it has ended.
    """
    found = with_accounts(ApiKey.objects.select_related("org").filter(pk=row), carrier=carrier)
    key = next(iter(found), None)
    if key is None or key.ended(now) is not None:
        raise KeyRefused
    return key
