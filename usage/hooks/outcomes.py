"""Stores the results of deliveries: delivered, to be retried, or given up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from django.db import transaction

from accounts.members.access import record
from usage.hooks import endpoints
from usage.hooks.backoff import (
    DOWN_AFTER,
    GIVEN_UP_AFTER,
    patience_of,
    pause_after,
    rest_after,
)
from usage.hooks.record import SEND
from usage.hooks.scheduling import EndpointLease, keep_pace
from usage.hooks.sending import first_lines, is_taken
from usage.models import HookDelivery, HookEndpoint, Outbox
from usage.outbox import rows
from voicex.fence.posts import PostResult

TELL: Final = Outbox.Kind.TELL_WEBHOOK_OFF
GONE: Final = 410
UNREADABLE: Final = "unreadable"  # a problem of ours: the sealed text does not open
EXPIRED_AT_ONCE: Final = 500
LAST_CHANCE: Final = timedelta(minutes=10)  # for the attempt at the end of the three days

State = HookDelivery.State

_NOTED: Final = (
    "state",
    "next_at",
    "attempts",
    "last_at",
    "status",
    "problem",
    "answer",
    "took_ms",
)

log = structlog.get_logger(__name__)


@transaction.atomic
def store(
    lease: EndpointLease, answers: Mapping[int, PostResult], *, rest: datetime, now: datetime
) -> None:
    """Store the result of each delivery of the turn, and end the turn.

    answers: by the delivery's primary key; those without one were not sent. rest: the endpoint's
    share of the moment is used up until then. What another worker has by now, because this one
    was slower than its lease, is not counted as failed twice.
    """
    keep_pace(lease, answers, now=now)
    found = HookEndpoint.objects.select_related("org").filter(pk=lease.endpoint_id)
    endpoint = found.select_for_update(of=("self",), no_key=True).first()
    if endpoint is None:
        return  # removed in the meantime
    is_ours = endpoint.leased_until == lease.leased_until
    waiting = HookDelivery.objects.filter(pk__in=answers, state=State.WAITING).defer("body")
    counted = [each for each in waiting if is_ours or is_taken(answers[each.pk])]
    due_at = {each.pk: _due_again(each, answers[each.pk], now=now) for each in counted}
    # The outbox first, as whatever deletes deliveries does: so neither waits for the other.
    rows.complete(SEND, [pk for pk, moment in due_at.items() if moment is None], now=now)
    if later := {pk: moment for pk, moment in due_at.items() if moment is not None}:
        rows.postpone(SEND, later)
    for delivery in counted:
        _note(delivery, answers[delivery.pk], next_at=due_at[delivery.pk], now=now)
    HookDelivery.objects.bulk_update(counted, _NOTED)
    if is_ours:
        _end(endpoint, list(answers.values()), rest=rest, now=now)


@transaction.atomic
def expire(*, now: datetime) -> None:
    """Give up deliveries that have waited for three days, even if never tried."""
    waiting = HookDelivery.objects.filter(
        state=State.WAITING, tried_since__lte=now - GIVEN_UP_AFTER - LAST_CHANCE
    )
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:EXPIRED_AT_ONCE])
    if ids:
        _give_up(ids, now=now)


def _due_again(delivery: HookDelivery, answer: PostResult, *, now: datetime) -> datetime | None:
    """When a delivery is due again; None if it was delivered or is given up."""
    if is_taken(answer):
        return None
    pause = max(pause_after(delivery.attempts + 1), patience_of(answer.retry_after, now=now))
    ends_at = delivery.tried_since + GIVEN_UP_AFTER
    # The last attempt is when the three days end.
    return None if now >= ends_at else min(now + pause, ends_at)


def _note(
    delivery: HookDelivery, answer: PostResult, *, next_at: datetime | None, now: datetime
) -> None:
    delivery.state = (
        State.DELIVERED if is_taken(answer) else State.WAITING if next_at else State.DEAD
    )
    delivery.next_at = next_at
    delivery.attempts += 1
    delivery.last_at = now
    delivery.status = answer.status
    delivery.problem = answer.problem[:20]
    delivery.answer = first_lines(answer)
    delivery.took_ms = answer.took_ms


def _end(
    endpoint: HookEndpoint, answers: list[PostResult], *, rest: datetime, now: datetime
) -> None:
    """End the turn of an endpoint whose row is locked."""
    row = HookEndpoint.objects.filter(pk=endpoint.pk)
    changed: dict[str, Any] = {"leased_until": None, "rest_until": rest}
    if any(answer.status == GONE for answer in answers):
        row.update(**changed)
        _switch_off(endpoint, HookEndpoint.OffReason.GONE, now=now)
        return
    if any(is_taken(answer) for answer in answers):
        row.update(**changed, failures=0, failing_since=None)
        if endpoint.failures >= DOWN_AFTER:
            endpoints.make_due(endpoint.pk, now=now)
        return
    if answers:
        failing_since = endpoint.failing_since or now
        patience = max(patience_of(answer.retry_after, now=now) for answer in answers)
        changed["rest_until"] = max(rest, now + rest_after(endpoint.failures + 1), now + patience)
        changed |= {"failures": endpoint.failures + 1, "failing_since": failing_since}
        row.update(**changed)
        if now - failing_since >= GIVEN_UP_AFTER:
            _switch_off(endpoint, HookEndpoint.OffReason.FAILING, now=now)
        return
    row.update(**changed)


def _switch_off(endpoint: HookEndpoint, reason: HookEndpoint.OffReason, *, now: datetime) -> None:
    """Switch the endpoint off, give up its queued deliveries, and notify owners."""
    off = {"state": HookEndpoint.State.OFF, "off_reason": reason, "off_at": now}
    active = HookEndpoint.objects.filter(pk=endpoint.pk, state=HookEndpoint.State.ACTIVE)
    if not active.update(**off):
        return  # paused in the meantime
    # After a crash each of the rest is given up when its three days are over.
    give_up_some = partial(_give_up_some, endpoint.pk, now=now)
    endpoints.in_batches(endpoint.pk, HookEndpoint.State.OFF, give_up_some)
    rows.ensure(TELL, endpoint.pk, now=now)
    about = f"{endpoint.public_id}: {reason.value}"
    record(endpoint.org, actor=None, action="hook.switched_off", target=about)
    log.warning("webhook_switched_off", endpoint_id=endpoint.public_id, reason=reason.value)


def _give_up_some(endpoint_id: int, *, now: datetime) -> bool:
    """Give up the oldest queued deliveries; returns whether there may be more."""
    waiting = HookDelivery.objects.filter(endpoint=endpoint_id, state=State.WAITING).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[: endpoints.QUEUED_AT_ONCE])
    _give_up(ids, now=now)
    return len(ids) == endpoints.QUEUED_AT_ONCE


def _give_up(ids: list[int], *, now: datetime) -> None:
    """The outbox has done what it could; the rest is in the organization's log."""
    rows.complete(SEND, ids, now=now)
    HookDelivery.objects.filter(pk__in=ids).update(state=State.DEAD, next_at=None)
