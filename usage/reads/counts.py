"""What is counted beside the navigation of every page, in one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, IntegerField, QuerySet, Subquery

from accounts.models import Organization
from usage.models import Call, Message
from usage.quota.quotas import with_slot
from voicex.simulated_phone import ACCOUNT_SID as SIMULATED_ACCOUNT

COUNTED: Final = 100  # as many or more are "99+"


@dataclass(frozen=True, slots=True)
class Counts:
    """Of an organization. messages: new ones; live: calls in progress; has_call: whether a carrier
    ever put a call through to it.

    A count of COUNTED means as many or more.
    """

    messages: int
    live: int
    has_call: bool


class CountOf(Subquery):
    """How many rows a query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def counts_of(org: Organization, *, now: datetime) -> Counts:
    """The counts of `org` at `now`; each reads at most COUNTED rows of an index."""
    new = Message.objects.filter(org=org, state=Message.State.NEW)
    # Redundant with the condition, but an index is found by `ended_at`.
    live = Call.objects.filter(with_slot(now), org=org)
    real = Call.objects.filter(org=org, channel=Call.Channel.PHONE, live_at__isnull=False)
    found = Organization.objects.filter(pk=org.pk).values_list(
        _counted(new), _counted(live), Exists(real.exclude(account_sid=SIMULATED_ACCOUNT))
    )
    return Counts(*found.get())


def _counted(rows: "QuerySet[Message] | QuerySet[Call]") -> CountOf:
    return CountOf(rows.order_by().values("pk")[:COUNTED])
