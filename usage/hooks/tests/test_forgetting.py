"""What was to be sent goes with the words of its call, and with its caller."""

import pytest

from agents.tools.base import MessageDraft
from testing.scene import NOW, after
from usage.billing.settlement import finalize
from usage.messages.taking import take
from usage.models import HookDelivery, Outbox
from usage.privacy import callers, erasure
from usage.records import transcript_deletion


@pytest.fixture
def call(scene, listen):
    """A call that left a message and has ended; a receiver has repeated all of it."""
    listen(scene)
    call = scene.talks()
    take(call.pk, MessageDraft("My secret", name="Ann"), key="k", now=NOW)
    finalize(call.pk, reason="stop", now=after(5))
    HookDelivery.objects.update(answer="You said: My secret")
    return call


def everything():
    return str(list(HookDelivery.objects.values()))


def test_deleted_words_are_in_no_delivery(call):
    transcript_deletion.delete(call.pk, now=after(10))
    assert "My secret" not in everything()
    assert sorted(each.event for each in HookDelivery.objects.all()) == [
        "call.ended",
        "call.started",
    ]
    assert Outbox.objects.filter(kind="send_webhook").count() == 2


def test_an_erased_caller_is_in_no_delivery(scene, call):
    other = scene.talks(now=after(20))
    type(other).objects.filter(pk=other.pk).update(from_number="+12025550177")
    [caller] = callers.callers_named(scene.org, "+12025550100")
    finalize(other.pk, reason="stop", now=after(30))
    erasure.begin(scene.org, caller=caller, actor=None, now=after(40))
    assert set(HookDelivery.objects.values_list("call", flat=True)) == {other.pk}
    assert Outbox.objects.filter(kind="send_webhook").count() == 2
