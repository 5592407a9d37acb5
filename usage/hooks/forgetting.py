"""Deliveries that go: with what callers said, with a caller, with an endpoint, or with time."""

from django.db import connection
from django.db.models import QuerySet

from usage.models import Call, HookDelivery, Outbox
from voicex.database.row_scope import platform_wide

Event = HookDelivery.Event


def forget_words(call_id: int) -> None:
    """Delete what repeats the words of a call: messages, its analysis, answers to any event."""
    of_call = HookDelivery.objects.filter(call=call_id)
    delete(of_call.filter(event__in=(Event.MESSAGE_TAKEN, Event.CALL_ANALYSED)))
    of_call.update(answer="")


def forget_calls(calls: QuerySet[Call]) -> None:
    """Delete all that was, or was to be, sent of these calls: it names their caller."""
    delete(HookDelivery.objects.filter(call__in=calls.order_by().values("pk")))


def delete(deliveries: QuerySet[HookDelivery]) -> None:
    """Delete them with their work, in two statements however many they are."""
    with platform_wide():  # rows of the outbox are the platform's
        Outbox.objects.filter(hook__in=deliveries.order_by().values("pk")).delete()
        deliveries.order_by()._raw_delete(connection.alias)
