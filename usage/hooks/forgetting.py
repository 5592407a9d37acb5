"""Deletes deliveries: with the words of a call, with a caller, with an endpoint, or by age."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from usage.models import Call, HookDelivery, HookEndpoint, Outbox
from voicex.database.row_scope import platform_wide

Event = HookDelivery.Event

KEPT: Final = timedelta(days=30)
MOST: Final = 20_000  # of an endpoint: three days of a busy one that is down
AT_ONCE: Final = 5_000


def forget_words(call_id: int) -> None:
    """Delete deliveries that contain words of a call: messages, analyses, answers to events."""
    of_call = HookDelivery.objects.filter(call=call_id)
    delete(of_call.filter(event__in=(Event.MESSAGE_TAKEN, Event.CALL_ANALYSED)))
    of_call.update(answer="")


def forget_calls(calls: QuerySet[Call]) -> None:
    """Delete all deliveries about these calls, because they contain the caller."""
    delete(HookDelivery.objects.filter(call__in=calls.order_by().values("pk")))


def delete(deliveries: QuerySet[HookDelivery]) -> None:
    """Delete deliveries and their outbox rows, in two statements."""
    with platform_wide():  # rows of the outbox are the platform's
        Outbox.objects.filter(hook__in=deliveries.order_by().values("pk")).delete()
        deliveries.order_by()._raw_delete(connection.alias)


def prune(*, now: datetime) -> bool:
    """Delete some old or excess deliveries; returns whether there may be more.

    What still waits goes as well: it is older than the three days in which it is tried, or the
    oldest of too many.
    """
    old = HookDelivery.objects.filter(created_at__lt=now - KEPT)
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
    for endpoint_id in HookEndpoint.objects.order_by("pk").values_list("pk", flat=True):
        if len(ids) < AT_ONCE:
            ids += _beyond(endpoint_id)[: AT_ONCE - len(ids)]
    delete(HookDelivery.objects.filter(pk__in=ids))
    return len(ids) == AT_ONCE


def _beyond(endpoint_id: int) -> list[int]:
    """Of one endpoint, those before its MOST newest, newest first."""
    of_endpoint = HookDelivery.objects.filter(endpoint=endpoint_id).order_by("-pk")
    return list(of_endpoint.values_list("pk", flat=True)[MOST : MOST + AT_ONCE])
