"""Quotas: concurrent calls, and minutes a month.

Calls at once are slots, counted from the calls themselves. A slot is no row of its own that
could be left behind. A call has one while its ticket can still open a stream, or while a process
carries it and renews its heartbeat; then it is free again. While a caller is connected to a person
(`usage.transfers`) the call has none. No report of a call's end frees its
slot, only the process that leaves it, or falls silent.

A month's minutes are those that were charged, as `usage.billing.rollup` has added them up; when
they are used up no new call is taken, and live calls continue.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from accounts.models import Organization
from usage.billing.rollup import month_of
from usage.models import Call, Quota, UsageMonth
from usage.waiting.order import has_queue, queue_of
from voicex.database.prepared import Parameter, PreparedRead
from voicex.errors import Declined
from voicex.processes.clock_steps import clock_steps
from voicex.reasons.attempts import AttemptReason

# An organization that signs its webhooks can be held to account; one that only has the URL
# gets less. Both are plenty for a number of a small office; a Quota row says otherwise.
VERIFIED_CALLS_AT_ONCE: Final = 60
UNVERIFIED_CALLS_AT_ONCE: Final = 30

# Calls that begin in a minute, for each slot: a caller who is connected and talks stays longer than
# five seconds. A call costs most as it begins and ends, and its rows stay: slots alone would let an
# organization that ends its calls at once have a hundred a second.
BEGUN_A_MINUTE_OF_A_SLOT: Final = 12
FEWEST_BEGUN_A_MINUTE: Final = 60

TICKET_LIFETIME: Final = timedelta(seconds=60)
_MINUTE: Final = timedelta(minutes=1)

# An expression on calls: the minutes a month of their organization, None for no limit.
MINUTES_LIMIT: Final = Coalesce("org__quota__minutes_a_month", "org__quota__plan__minutes_a_month")


def heartbeat_limit(now: datetime) -> datetime:
    """The moment before which a live call's heartbeat means that its process is lost.

    Where the clock was just set forward, so much earlier: no call can have had a heartbeat since.
    Heartbeats have no upper bound: see `voicex.processes.clock_steps`.
    """
    stale = settings.CALL_STALE_SECONDS
    return now - timedelta(seconds=stale + clock_steps.forward_seconds(within=stale))


def carried(now: datetime) -> Q:
    """A condition on calls: a process carries them, by their heartbeat."""
    return Q(ended_at=None) & _with_heartbeat(now)


def _with_heartbeat(now: datetime) -> Q:
    return _heard_since(heartbeat_limit(now))


def _heard_since(moment: datetime | Parameter) -> Q:
    return Q(state=Call.State.LIVE, heartbeat_at__gte=moment)


def is_carried_at(call: Call, now: datetime) -> bool:
    """Whether a process carries `call`, by its heartbeat. Needs its `state` and `heartbeat_at`."""
    return (
        call.state == Call.State.LIVE
        and call.heartbeat_at is not None
        and call.heartbeat_at >= heartbeat_limit(now)
    )


def with_slot(now: datetime) -> Q:
    """A condition on calls: they have a slot, by a good ticket or a process that carries them."""
    return _with_slot(issued=now - TICKET_LIFETIME, heard=heartbeat_limit(now))


def _with_slot(*, issued: datetime | Parameter, heard: datetime | Parameter) -> Q:
    """issued: since when a ticket is good; heard: since when a heartbeat is fresh."""
    opened = Q(state=Call.State.OPENED, opened_at__gt=issued)
    returning = Q(state=Call.State.RETURNING, heartbeat_at__gt=issued)
    # In front of all, where an index of open calls is found by it.
    return Q(ended_at=None) & (opened | returning | _heard_since(heard))


def slots_in_use(org: Organization, *, now: datetime) -> int:
    """How many calls of `org` have a slot at `now`."""
    return Call.objects.filter(with_slot(now), org=org).count()


def _call_and_slots(
    call_id: Parameter,
    org: Parameter,
    issued: Parameter,
    heard: Parameter,
    minute: Parameter,
    now: Parameter,
) -> QuerySet[Organization, tuple[bool, int, int]]:
    calls = Call.objects.filter(org=OuterRef("pk")).order_by()
    in_use = calls.filter(_with_slot(issued=issued, heard=heard)).values("org")
    slots = Subquery(in_use.annotate(slots=Count("pk")).values("slots"))
    is_known = Exists(calls.filter(carrier_call_id=call_id))
    # Those that opened before the clock was set back are not of this minute.
    # Calls from a browser have a limit of their own (`browser_calls_begun`).
    of_callers = calls.exclude(carrier=Call.BROWSER)
    lately = of_callers.filter(opened_at__gt=minute, opened_at__lte=now).values("org")
    begun = Subquery(lately.annotate(begun=Count("pk")).values("begun"))
    found = Organization.objects.filter(pk=org)
    return found.values_list(is_known, Coalesce(slots, 0), Coalesce(begun, 0))


_CALL_AND_SLOTS: Final[PreparedRead[tuple[bool, int, int]]] = PreparedRead(
    _call_and_slots,
    org=BigIntegerField(),
    call_id=CharField(),
    issued=DateTimeField(),
    heard=DateTimeField(),
    minute=DateTimeField(),
    now=DateTimeField(),
)


def call_and_slots(org: Organization, *, call_id: str, now: datetime) -> tuple[bool, int, int]:
    """Whether the carrier's call `call_id` is one of `org` already, its `slots_in_use`, and how
    many of its callers' calls began in the last minute.

    One read, for a webhook; `org` is locked and exists.
    """
    (found,) = _CALL_AND_SLOTS.rows(
        org=org.pk,
        call_id=call_id,
        issued=now - TICKET_LIFETIME,
        heard=heartbeat_limit(now),
        minute=now - _MINUTE,
        now=now,
    )
    return found


def slots_of(org: Organization, *, is_verified: bool) -> int:
    """How many calls `org` may have at once; its Quota row goes before the defaults."""
    quota: Quota | None = getattr(org, "quota", None)
    if quota is not None:
        if quota.concurrent_calls is not None:
            return quota.concurrent_calls
        if quota.plan is not None:
            return quota.plan.concurrent_calls
    return VERIFIED_CALLS_AT_ONCE if is_verified else UNVERIFIED_CALLS_AT_ONCE


def minutes_of(org: Organization) -> int | None:
    """How many minutes a month `org` may use; None for no limit."""
    quota: Quota | None = getattr(org, "quota", None)
    if quota is None:
        return None
    if quota.minutes_a_month is not None:
        return quota.minutes_a_month
    return quota.plan.minutes_a_month if quota.plan else None


def minutes_used(org: Organization, *, now: datetime) -> int:
    """The minutes of `org` in the month of `now`, by its clocks, that have been charged."""
    month = UsageMonth.objects.filter(org=org, month=month_of(now, org.time_zone))
    return month.values_list("minutes", flat=True).first() or 0


def ensure_minutes(org: Organization, *, now: datetime) -> None:
    """Pass when the month's minutes of `org` are not used up; else Declined.

    One read, and none for an organization without a limit.
    """
    limit = minutes_of(org)
    if limit is not None and minutes_used(org, now=now) >= limit:
        raise Declined(AttemptReason.MINUTES_USED_UP)


def browser_calls_begun(org: Organization, *, now: datetime) -> int:
    """How many calls from a browser began in the last minute. One read."""
    lately = Call.objects.filter(org=org, opened_at__gt=now - _MINUTE, opened_at__lte=now)
    return lately.filter(carrier=Call.BROWSER).count()


def take_slot(
    org: Organization,
    *,
    is_verified: bool,
    now: datetime,
    call_id: str | None = None,
    used: int | None = None,
    begun: int = 0,
) -> None:
    """Pass when `org` may have one more call. Raises Declined (`suspended`, `no_slot`,
    `too_many_begun`).

    call_id: the carrier's, of a caller who is answered after those who wait before them; None for
    a call that does not queue. One read more where callers of `org` wait. used: the slots in use,
    if read before. begun: calls of the same kind (of callers, or from a browser) that began in the
    last minute. The caller holds the organization's row lock until the new call is written, so that
    two calls at the same moment do not both take the last slot.
    """
    if org.is_suspended:
        raise Declined(AttemptReason.SUSPENDED, why=org.suspended_reason)
    used = slots_in_use(org, now=now) if used is None else used
    if call_id is not None and has_queue(org):
        used += queue_of(org, is_signed=is_verified, now=now).ahead_of(call_id)
    slots = slots_of(org, is_verified=is_verified)
    if used >= slots:
        raise Declined(AttemptReason.NO_SLOT)
    if begun >= max(FEWEST_BEGUN_A_MINUTE, BEGUN_A_MINUTE_OF_A_SLOT * slots):
        raise Declined(AttemptReason.TOO_MANY_BEGUN)
