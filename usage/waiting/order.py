"""Who waits, and in which order: first come, first served.

A waiting caller is no call and has no slot. Their carrier plays music and asks again every few
seconds; who has not asked for GONE_AFTER is gone, whatever the carrier says or does not say.

Where webhooks are not signed, whoever knows an organization's URL can put callers in line who do
not exist. A caller who has not been asked for yet is therefore believed little: for UNASKED_FOR, at
most UNASKED_AHEAD of them before anybody, and never more than half of the places. Callers of one
number have at most MOST_OF_A_NUMBER. This stops who only posts. The answer has the URL to ask at,
so who also asks again counts as a caller, and can fill the line: only signatures stop that (the
carrier posts for all callers from its own addresses, so it cannot be told by address).
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
    """Whether callers of `org` wait: as its `call_rules` say, which were read with it."""
    # Not by the attribute, which makes an exception for each organization without rules.
    rules = Organization._meta.get_field("call_rules").get_cached_value(org, None)
    return isinstance(rules, CallRules) and rules.when_busy == CallRules.WhenBusy.QUEUE


def waiting_in(org: Organization, *, now: datetime) -> QuerySet[WaitingCaller]:
    """The callers of `org` who wait at `now`, the first one first."""
    waiting = WaitingCaller.objects.filter(org=org, ended_at=None, seen_at__gte=now - GONE_AFTER)
    return waiting.order_by("pk")


@dataclass(frozen=True, slots=True)
class Line:
    """Those who wait in an organization's line, the first one first, as they were read at `now`.

    is_signed: whether its webhooks are.
    """

    waiting: list[tuple[str, str, int, datetime]]  # the carrier's call, number, rounds, seen_at
    is_signed: bool
    now: datetime

    def ahead_of(self, call_id: str) -> int:
        """How many a free line is kept for before that call; of all who wait, for a new one."""
        before = self._before(call_id)
        return len(before) if self.is_signed else self._believed(before, UNASKED_AHEAD)

    def position(self, call_id: str) -> int:
        """The place that the call has, 1 for who is next; behind all who wait, for a new one.

        Who came before counts, believed or not: their carriers may just not have asked yet.
        """
        before = self._before(call_id)
        return 1 + (len(before) if self.is_signed else self._believed(before, len(before)))

    def has_place(self, number: str, *, most: int) -> bool:
        """Whether one more may wait, who calls from `number`; most: places of the line."""
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


def line_of(org: Organization, *, is_signed: bool, now: datetime) -> Line:
    """The line of `org`. One read."""
    columns = ("carrier_call_id", "from_number", "rounds", "seen_at")
    waiting = waiting_in(org, now=now).values_list(*columns)[: MOST_WAITING * ROWS_A_PLACE]
    return Line(list(waiting), is_signed, now)
