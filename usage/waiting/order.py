"""The order of waiting callers: first come, first served.

A waiting caller has no call and no slot. The carrier plays music and polls every few seconds; a
caller without a poll for GONE_AFTER counts as gone.

If webhooks are not signed, anyone who knows an organization's URL can add fake callers. So a caller
whose carrier has not polled yet has limits: it counts only for UNASKED_FOR, at most UNASKED_AHEAD
of them are ahead of any caller, and they take at most half of the places. Each number has at most
MOST_OF_A_NUMBER places. This stops attackers who only post. An attacker who also polls the URL in
the answer counts as a caller, and can fill the line: only signatures prevent that (the carrier
posts for all callers from its own addresses, so limits by address are not possible).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from django.db.models import QuerySet

from accounts.models import Organization
from usage.models import CallRules, WaitingCaller
from usage.records.caller_numbers import UNKNOWN, WITHHELD

MOST_WAITING: Final = 20  # of an organization
MOST_OF_UNPROVEN: Final = 3
# Of an organization whose webhooks are not signed.
MOST_OF_A_NUMBER: Final = 3
UNASKED_AHEAD: Final = 2
# Longer than the longest first round, which a real caller is not asked for: an organization's own
# sentence of 300 characters and the place, by a slow voice 34 s, then two rounds of music, 16 s.
UNASKED_FOR: Final = timedelta(seconds=55)
ROWS_A_PLACE: Final = 2  # unasked ones beyond their places are kept: they may be real
# Two rounds of music, what is said before them (an organization's own sentence has 300 characters),
# and some seconds of a carrier's.
GONE_AFTER: Final = timedelta(seconds=60)


def has_queue(org: Organization) -> bool:
    """Whether `org` lets callers wait, by its prefetched `call_rules`."""
    # Not by the attribute, which makes an exception for each organization without rules.
    rules = Organization._meta.get_field("call_rules").get_cached_value(org, None)
    return isinstance(rules, CallRules) and rules.when_busy == CallRules.WhenBusy.QUEUE


def waiting_in(org: Organization, *, now: datetime) -> QuerySet[WaitingCaller]:
    """The waiting callers of `org` at `now`, in order."""
    waiting = WaitingCaller.objects.filter(org=org, ended_at=None, seen_at__gte=now - GONE_AFTER)
    return waiting.order_by("pk")


@dataclass(frozen=True, slots=True)
class WaitingQueue:
    """The line of an organization as read at `now`.

    is_signed: whether its webhooks are signed.
    """

    waiting: list[tuple[str, str, int, datetime]]  # the carrier's call, number, rounds, seen_at
    is_signed: bool
    now: datetime

    def ahead_of(self, call_id: str) -> int:
        """The number of callers who get a free line before that call; for a new call, of all
        waiting.
        """
        before = self._before(call_id)
        return len(before) if self.is_signed else self._believed(before, UNASKED_AHEAD)

    def position(self, call_id: str) -> int:
        """The place of the call, 1 for the next one; the last place for a new call.

        Counts all earlier callers, as their carriers may just not have polled yet.
        """
        before = self._before(call_id)
        return 1 + (len(before) if self.is_signed else self._believed(before, len(before)))

    def has_place(self, number: str, *, most: int) -> bool:
        """Whether another caller with `number` may wait; most: places of the line."""
        if self.is_signed:
            return len(self.waiting) < most
        if len(self.waiting) >= most * ROWS_A_PLACE:
            return False
        is_known = number not in (WITHHELD, UNKNOWN, "")
        if is_known and self._of_number(number) >= MOST_OF_A_NUMBER:
            return False
        return self._believed(self.waiting, most // 2) < most

    def _before(self, call_id: str) -> list[tuple[str, str, int, datetime]]:
        return list(takewhile(lambda each: each[0] != call_id, self.waiting))

    def _of_number(self, number: str) -> int:
        return sum(of == number for _call, of, _rounds, _seen in self.waiting)

    def _believed(self, waiting: Iterable[tuple[str, str, int, datetime]], most: int) -> int:
        asked, unasked = 0, 0
        for _call, _number, rounds, seen_at in waiting:
            if rounds:
                asked += 1
            elif self.now - seen_at < UNASKED_FOR:
                unasked += 1
        return asked + min(unasked, most)


def queue_of(org: Organization, *, is_signed: bool, now: datetime) -> WaitingQueue:
    """The line of `org`. One read."""
    columns = ("carrier_call_id", "from_number", "rounds", "seen_at")
    waiting = waiting_in(org, now=now).values_list(*columns)[: MOST_WAITING * ROWS_A_PLACE]
    return WaitingQueue(list(waiting), is_signed, now)
