"""The key that a webhook presents: good, no longer good, or unknown.

A client whose key was revoked, or rotated and is past its overlap, gets a stranger's answer. Its
organization finds a row in the attempt log: one of its numbers still has the old URL. An unknown
key leaves none: strangers must not fill our tables.
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

# For one key, in one process. A key that is abused is revoked, and then there is nothing
# left that its organization could do about the rows; a number that is called needs fewer.
ROWS_A_MINUTE: Final = 10


class Allowance:
    """Counts the rows of each source in the minute at hand. Safe on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._rows: Counter[str] = Counter()

    def takes(self, source: str, *, now: datetime) -> bool:
        """Count one row of `source`, and return whether it may still be written."""
        minute = int(now.timestamp()) // 60
        with self._lock:
            if minute != self._minute:
                self._minute, self._rows = minute, Counter()
            self._rows[source] += 1
            return self._rows[source] <= ROWS_A_MINUTE


_allowance: Final = Allowance()


def key_of(text: str, *, carrier: str, call_sid: str, now: datetime) -> ApiKey:
    """The usable key that reads `text`, its organization loaded with it.

    carrier: the one that asks. call_sid: what the request says, "" for nothing. Raises
    KeyRefused, without a word on why.
    A key that has ended costs no query and no wait more than an unknown one.
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
    """The key of that row, as `key_of` has it: of a caller whose webhook presented it before.

    Raises KeyRefused once it has ended.
    """
    found = with_accounts(ApiKey.objects.select_related("org").filter(pk=row), carrier=carrier)
    key = next(iter(found), None)
    if key is None or key.ended(now) is not None:
        raise KeyRefused
    return key
