"""Creates deliveries for an event: a row and an outbox row for each endpoint.

In the caller's transaction, so an event is sent if and only if its cause is committed. Costs one
short query for organizations without endpoints.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import new_public_id
from usage.models import HookDelivery, HookEndpoint, Outbox
from usage.outbox import rows
from voicex.database.row_scope import platform_wide

SEND: Final = Outbox.Kind.SEND_WEBHOOK
Event = HookDelivery.Event
_READ: Final = ("pk", "org_id", "events", "takes_tests", "rest_until")


def listening_in(org_ids: Collection[int]) -> list[HookEndpoint]:
    """The active endpoints of these organizations."""
    return _listening(HookEndpoint.objects.filter(org__in=org_ids))


def listening_to(call_id: int) -> list[HookEndpoint]:
    """The active endpoints of a call's organization."""
    return _listening(HookEndpoint.objects.filter(org__calls=call_id))


def _listening(found: QuerySet[HookEndpoint]) -> list[HookEndpoint]:
    """Those that are active; an organization that is not proven has none."""
    active = found.filter(state=HookEndpoint.State.ACTIVE, org__proven_at__isnull=False)
    return list(active.only(*_READ).order_by("pk"))


def record(
    endpoints: Sequence[HookEndpoint],
    event: Event,
    data: Mapping[str, Any],
    *,
    now: datetime,
    call_id: int | None = None,
    key: str = "",
) -> None:
    """Enqueue `data` for those of `endpoints` (of one organization) that subscribe to the event.

    data: of `usage.hooks.payloads`. call_id: what the event is about; a later event of the same
    call is sent to an endpoint after this one. key: what happens once, however often it is
    recorded; "" for what is recorded once.
    """
    is_test = bool(data.get("test"))
    wanted = [each for each in endpoints if event in each.events]
    wanted = [each for each in wanted if each.takes_tests or not is_test]
    if not wanted:
        return
    ids = {each.pk: _message_id(each, event, key) for each in wanted}
    body = body_of(event, data, now=now)
    # A member who hangs up may end a call: rows of the outbox are the platform's.
    with platform_wide():
        if key:
            known = HookDelivery.objects.filter(message_id__in=ids.values())
            had = set(known.values_list("endpoint", flat=True))
            wanted = [each for each in wanted if each.pk not in had]
        if not wanted:
            return
        deliveries = HookDelivery.objects.bulk_create(
            HookDelivery(
                org_id=endpoint.org_id,
                endpoint=endpoint,
                call_id=call_id,
                message_id=ids[endpoint.pk],
                event=event,
                body=body,
                created_at=now,
                tried_since=now,
                next_at=_due_at(endpoint, now),
            )
            for endpoint in wanted
        )
        due_at = {each.pk: _due_at(each.endpoint, now) for each in deliveries}
        rows.enqueue_all(SEND, due_at)


def body_of(event: str, data: Mapping[str, Any], *, now: datetime) -> str:
    """What is sent: JSON on one line."""
    content = {"type": event, "timestamp": iso(now), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def new_message_id() -> str:
    """The id of a delivery: by it a receiver knows one that it has had."""
    return f"msg_{new_public_id()}{new_public_id()}"


def _message_id(endpoint: HookEndpoint, event: str, key: str) -> str:
    if not key:
        return new_message_id()
    named = f"{endpoint.pk} {event} {key}".encode()
    return f"msg_{hashlib.sha256(named).hexdigest()[:24]}"


def iso(moment: datetime) -> str:
    """A moment as payloads have it: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _due_at(endpoint: HookEndpoint, now: datetime) -> datetime:
    return max(now, endpoint.rest_until or now)
