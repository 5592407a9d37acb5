"""The log of deliveries is kept for a while, and no longer than so many rows."""

from datetime import datetime, timedelta
from typing import Final

from usage.hooks import forgetting
from usage.models import HookDelivery, HookEndpoint

KEPT: Final = timedelta(days=30)
MOST: Final = 20_000  # of an endpoint: three days of a busy one that is down
AT_ONCE: Final = 5_000


def prune(*, now: datetime) -> bool:
    """Delete some of what is too old or too much; whether there may be more.

    What still waits goes as well: it is older than the three days in which it is tried, or the
    oldest of too many.
    """
    old = HookDelivery.objects.filter(created_at__lt=now - KEPT)
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    for endpoint_id in HookEndpoint.objects.order_by("pk").values_list("pk", flat=True):
        if len(ids) < AT_ONCE:
            ids += _beyond(endpoint_id)[: AT_ONCE - len(ids)]
    forgetting.delete(HookDelivery.objects.filter(pk__in=ids))
    return len(ids) == AT_ONCE


def _beyond(endpoint_id: int) -> list[int]:
    """Of one endpoint, those before its MOST newest, newest first."""
    of_endpoint = HookDelivery.objects.filter(endpoint=endpoint_id).order_by("-pk")
    return list(of_endpoint.values_list("pk", flat=True)[MOST : MOST + AT_ONCE])
