"""The thread that sends: woken by a task, beside the worker, and stopped with it."""

import threading
import time
from datetime import timedelta

import pytest

from testing.guard import GUARD_SECONDS
from testing.scene import Scene, after
from usage import tasks
from usage.hooks import outcomes
from usage.hooks import sender as module
from usage.hooks.sender import Sender, sender
from usage.models import HookDelivery, HookEndpoint

pytestmark = pytest.mark.django_db(transaction=True)


def until(condition):
    ends_at = time.monotonic() + GUARD_SECONDS
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def threads():
    return {each.name for each in threading.enumerate() if each.name.startswith("webhook")}


@pytest.fixture
def running(clock):
    made = Sender(clock=clock)
    yield made
    made.stop()


def test_a_task_wakes_it_and_does_not_wait(listen, receiver, running, monkeypatch):
    monkeypatch.setattr(tasks, "sender", running)
    scene = Scene()
    listen(scene, receiver.url)
    receiver.answer = lambda each, _: each.hangs()
    scene.talks()
    began = time.monotonic()
    tasks.send_webhooks(0)
    assert time.monotonic() - began < 1
    until(lambda: receiver.requests)
    receiver.released.set()


def test_what_becomes_due_while_a_receiver_is_slow_is_sent_at_once(listen, receiver, running):
    scene = Scene()
    listen(scene, receiver.url + "/slow", events=["call.started"])
    quick = listen(scene, receiver.url + "/quick", events=["call.started"])
    HookEndpoint.objects.filter(pk=quick.pk).update(rest_until=after(60.2))
    receiver.answer = lambda each, request: (
        each.hangs() if request.path.endswith("slow") else each.says(200)
    )
    scene.talks()
    running.wake()
    until(lambda: len(receiver.requests) == 2)
    assert [each.path for each in receiver.requests] == ["/hook/slow", "/hook/quick"]
    receiver.released.set()


def test_what_is_due_later_is_sent_without_another_hint(listen, receiver, running, monkeypatch):
    for pause in ("pause_after", "rest_after"):
        monkeypatch.setattr(outcomes, pause, lambda _: timedelta(seconds=0.2))
    scene = Scene()
    listen(scene, receiver.url, events=["call.started"])
    receiver.answer = lambda each, _: each.says(200 if len(receiver.requests) > 1 else 500)
    scene.talks()
    running.wake()
    until(lambda: len(receiver.requests) == 2)
    running.stop()
    assert HookDelivery.objects.get().state == "delivered"


def test_it_ends_with_its_worker_and_begins_again(listen, receiver, running, monkeypatch):
    monkeypatch.setattr(tasks, "sender", running)
    scene = Scene()
    listen(scene, receiver.url, events=["call.started"])
    for count in (1, 2):
        scene.talks()
        tasks.send_webhooks(0)
        until(lambda count=count: len(receiver.requests) == count)
        assert {each.rpartition("_")[0] or each for each in threads()} == {
            "webhooks",
            "webhook-rows",
        }
        tasks.stop_sending()
        assert threads() == set()
    assert set(HookDelivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_fault_does_not_end_it(listen, receiver, running, monkeypatch, logged):
    monkeypatch.setattr(module, "AFTER_A_FAULT", 0.01)
    take, faults = module.scheduling.take, iter([True])

    def fails_once(count, *, now):
        if next(faults, False):
            raise ValueError
        return take(count, now=now)

    monkeypatch.setattr(module.scheduling, "take", fails_once)
    scene = Scene()
    listen(scene, receiver.url, events=["call.started"])
    scene.talks()
    running.wake()
    until(lambda: receiver.requests)
    assert "webhooks_not_sent" in [each["event"] for each in logged]


def test_the_one_of_a_process_starts_nothing_until_it_is_woken():
    assert sender._thread is None
