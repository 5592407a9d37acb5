"""Outgoing webhooks of an organization, for its pages."""

from dataclasses import dataclass
from typing import Final

from accounts.models import Organization
from usage.models import HookDelivery, HookEndpoint

COUNTED: Final = 1_000  # failed deliveries that a page counts


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of deliveries, newest first. older: the `before` of the next one, None for none."""

    deliveries: list[HookDelivery]
    older: int | None


def endpoints_of(org: Organization) -> list[HookEndpoint]:
    """The endpoints of `org`, in the order in which they were added."""
    return list(HookEndpoint.objects.filter(org=org).order_by("pk"))


def endpoint_of(org: Organization, public_id: str) -> HookEndpoint | None:
    """The endpoint of `org` with that id; None also for another organization's."""
    return HookEndpoint.objects.filter(org=org, public_id=public_id).first()


def search_deliveries(
    org: Organization,
    endpoint: HookEndpoint,
    *,
    state: HookDelivery.State | None,
    before: int | None,
    limit: int,
) -> DeliveryPage:
    """The deliveries of an endpoint with this state, older than the row `before`.

    None: of any state, the newest.
    """
    found = HookDelivery.objects.filter(org=org, endpoint=endpoint).select_related("call")
    if state is not None:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.defer("body").order_by("-pk")[: limit + 1])
    has_more = len(rows) > limit
    return DeliveryPage(rows[:limit], rows[limit - 1].pk if has_more else None)


def delivery_of(org: Organization, endpoint: HookEndpoint, delivery_id: int) -> HookDelivery | None:
    """One delivery of an endpoint of `org`, with its call."""
    found = HookDelivery.objects.filter(org=org, endpoint=endpoint, pk=delivery_id)
    return found.select_related("call").first()


def dead_count(org: Organization, endpoint: HookEndpoint) -> int:
    """How many deliveries failed for good; COUNTED means as many or more."""
    dead = HookDelivery.objects.filter(org=org, endpoint=endpoint, state=HookDelivery.State.DEAD)
    return dead.order_by()[:COUNTED].count()
