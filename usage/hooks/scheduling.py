"""Schedules endpoints: which one is next, and which of its deliveries are sent.

A worker leases an endpoint for a short turn: so one worker at a time sends to it, the order of a
call's events is kept, and a slow or busy endpoint takes no more than its turn. The one that has
waited longest is next; slow endpoints get at most half of the turns.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.core.cache import cache
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet

from usage.hooks.record import SEND
from usage.hooks.sealed import open_of
from usage.hooks.sending import Post, Target
from usage.models import HookDelivery, HookEndpoint
from voicex.errors import SecretUnreadable
from voicex.fence.posts import PostResult

LEASE: Final = timedelta(minutes=2)  # far longer than a turn may take
A_TURN: Final = 20  # deliveries
OF_AN_ORGANIZATION: Final = 4  # endpoints that have a turn at once, of all workers
FULL: Final = timedelta(seconds=1)  # until who has all of these is looked at again
# A person may have two hundred endpoints, each of which answers when an answer is all but too late:
# a turn of it takes a hundred times as long as a usual one. They have so many at once, together.
SLOW_MS: Final = 2_000
SLOW_AT_ONCE: Final = 8
SLOW_FOR: Final = 3_600  # seconds, unless it has answered quickly
MOST_SLOW: Final = 2_000  # that are remembered
SEEN: Final = 1_000  # endpoints that have something due; of those that are not slow, as many

_SLOW: Final = "slow-hooks"

State = HookDelivery.State

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EndpointLease:
    """A lease of an endpoint, for one turn, and the deliveries that are sent meanwhile.

    target: None if its secret cannot be decrypted.
    """

    endpoint_id: int
    leased_until: datetime
    target: Target | None
    posts: Sequence[Post]


def take(count: int, *, now: datetime) -> list[EndpointLease]:
    """Lease up to `count` endpoints with due deliveries; the caller has to end each turn."""
    leases = []
    for endpoint in _next(count, now=now):
        until = now + LEASE
        free = HookEndpoint.objects.filter(_is_free(now), pk=endpoint.pk)
        if free.update(leased_until=until, served_at=now):
            leases.append(_leased(endpoint, until=until, now=now))
    return leases


def next_due(*, now: datetime) -> datetime | None:
    """When the next delivery may be sent (`now`: at once); None if nothing is queued."""
    if _next(1, now=now):
        return now  # it has become due since turns were taken
    if HookEndpoint.objects.filter(_is_free(now), _has_due(now)).exists():
        return now + FULL  # its organization has all its turns, here or in another worker
    waiting = HookDelivery.objects.filter(
        state=State.WAITING, endpoint__state=HookEndpoint.State.ACTIVE, next_at__gt=now
    )
    rests = HookEndpoint.objects.filter(_has_due(now), rest_until__gt=now)
    moments = (
        waiting.order_by().aggregate(first=Min("next_at"))["first"],
        rests.order_by().aggregate(first=Min("rest_until"))["first"],
    )
    return min((each for each in moments if each is not None), default=None)


def keep_pace(lease: EndpointLease, answers: Mapping[int, PostResult], *, now: datetime) -> None:
    """Remember whether the leased endpoint answers slowly.

    Of two workers at once one may forget what the other has noted: the next turn notes it again.
    """
    slow = _slow(now)
    is_slow = any(answer.took_ms >= SLOW_MS for answer in answers.values())
    if is_slow:
        slow.pop(lease.endpoint_id, None)  # it becomes the newest, and the oldest are forgotten
        slow[lease.endpoint_id] = int(now.timestamp()) + SLOW_FOR
    elif not answers or slow.pop(lease.endpoint_id, None) is None:
        return
    cache.set(_SLOW, list(slow.items())[-MOST_SLOW:], timeout=SLOW_FOR)


def _next(count: int, *, now: datetime) -> list[HookEndpoint]:
    found = HookEndpoint.objects.filter(_is_free(now), _has_due(now))
    longest = found.order_by(F("served_at").asc(nulls_first=True), "pk")
    waiting = list(longest.values_list("pk", "org")[:SEEN])
    if not waiting:
        return []
    slow = _slow(now)
    if slow and len(waiting) == SEEN:
        # Slow ones have few turns, so they wait longest: many of them would hide all others, which
        # come after those that were seen.
        others = longest.exclude(pk__in=list(slow)).values_list("pk", "org")[:SEEN]
        waiting = list(dict.fromkeys([*waiting, *others]))
    leased = HookEndpoint.objects.filter(leased_until__gt=now).order_by()
    at_work = list(leased.values_list("pk", "org"))
    of_org = Counter(org for _pk, org in at_work)
    slow_turns = sum(pk in slow for pk, _org in at_work)
    chosen: list[int] = []
    for pk, org in waiting:
        is_full = of_org[org] >= OF_AN_ORGANIZATION
        if len(chosen) < count and not is_full and (pk not in slow or slow_turns < SLOW_AT_ONCE):
            of_org[org] += 1
            slow_turns += pk in slow
            chosen.append(pk)
    rows = HookEndpoint.objects.select_related("org").in_bulk(chosen)
    return [rows[pk] for pk in chosen if pk in rows]


def _slow(now: datetime) -> dict[int, int]:
    """Those that answered slowly when they were sent to last, each until when, in Unix seconds."""
    kept: list[tuple[int, int]] = cache.get(_SLOW) or []
    return {pk: until for pk, until in kept if until > now.timestamp()}


def _is_free(now: datetime) -> Q:
    is_rested = Q(rest_until=None) | Q(rest_until__lte=now)
    is_unleased = Q(leased_until=None) | Q(leased_until__lte=now)
    return is_rested & is_unleased & Q(state=HookEndpoint.State.ACTIVE)


def _has_due(now: datetime) -> Exists:
    return Exists(_due(now).filter(endpoint=OuterRef("pk")))


def _due(now: datetime) -> QuerySet[HookDelivery]:
    """What is due, but for what follows an earlier event of its call that is due later."""
    earlier = HookDelivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        call=OuterRef("call"),
        pk__lt=OuterRef("pk"),
        state=State.WAITING,
        outbox__due_at__gt=now,
    )
    due = HookDelivery.objects.filter(
        state=State.WAITING, outbox__kind=SEND, outbox__done_at=None, outbox__due_at__lte=now
    )
    return due.exclude(Exists(earlier))


def _leased(endpoint: HookEndpoint, *, until: datetime, now: datetime) -> EndpointLease:
    # One that failed last is tried with one delivery first.
    most = 1 if endpoint.failures else A_TURN
    due = _due(now).filter(endpoint=endpoint).order_by("pk")
    posts = [Post(*each) for each in due.values_list("pk", "message_id", "body", "call")[:most]]
    return EndpointLease(endpoint.pk, until, _target(endpoint, now=now), posts)


def _target(endpoint: HookEndpoint, *, now: datetime) -> Target | None:
    try:
        content = open_of(endpoint, endpoint.org)
    except SecretUnreadable as error:
        log.error("webhook_unreadable", endpoint_id=endpoint.public_id, error=str(error))
        return None
    secrets = content.secrets_at(now, former_until=endpoint.former_until)
    return Target(endpoint.target, content.url, secrets)
