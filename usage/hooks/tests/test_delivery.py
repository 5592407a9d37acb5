"""From the outbox to a receiver over loopback, whatever the receiver does."""

import json
import time

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from testing.scene import NOW, Scene, after
from usage.billing.settlement import finalize
from usage.hooks import endpoints, outcomes, scheduling, sending
from usage.hooks.sealed import open_of
from usage.models import HookDelivery, HookEndpoint, Outbox
from usage.outbox import delivery as outbox_delivery
from voicex.fence.posts import PostResult

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(db):
    return Scene()


def calls(scene, count, *, at=0.0):
    """So many calls that started and ended."""
    found = [scene.talks(now=after(at + number)) for number in range(count)]
    for number, call in enumerate(found):
        finalize(call.pk, reason="stop", now=after(at + number + 0.5))
    return found


def order_of(receiver):
    """The events that came, by call, in their order."""
    by_call = {}
    for each in receiver.requests:
        body = json.loads(each.body)
        by_call.setdefault(body["data"]["call_sid"], []).append(body["type"])
    return by_call


def states():
    return list(HookDelivery.objects.order_by("pk").values_list("state", flat=True))


def test_what_is_sent_is_signed_and_logged(scene, listen, receiver, drain, clock):
    clock.now = timezone.now()  # receivers look at the time
    endpoint = listen(scene, receiver.url + "?a=b")
    receiver.answer = lambda each, _: each.says(202, b"\x00thank\x1b[31m you\r\n\r\nsecond")
    scene.talks()
    drain()
    [request] = receiver.requests
    row = HookDelivery.objects.get()
    secret = open_of(endpoint, scene.org).secret
    assert Webhook(secret).verify(request.body, dict(request.headers)) == json.loads(row.body)
    assert request.headers["webhook-id"] == row.message_id
    assert request.headers["Content-Type"] == "application/json"
    assert request.path == "/hook?a=b"
    assert (row.state, row.status, row.attempts) == ("delivered", 202, 1)
    assert row.answer == "thank[31m you\nsecond"
    assert Outbox.objects.get(hook=row).done_at


def test_a_receiver_that_is_down_for_an_hour_gets_everything_in_order(
    scene, listen, receiver, drain, clock
):
    listen(scene, receiver.url)
    is_down = True
    receiver.answer = lambda each, _: each.says(503 if is_down else 200)
    for minute in range(60):
        if minute % 10 == 0:
            calls(scene, 2, at=minute * 60)
        drain()
        clock.passes(minutes=1)
    assert set(states()) == {"waiting"}
    assert len(receiver.requests) < 40  # it is left alone for minutes
    ids = {each.headers["webhook-id"] for each in receiver.requests}
    receiver.requests.clear()
    is_down = False
    clock.passes(minutes=5)
    drain()
    assert set(states()) == {"delivered"}
    found = order_of(receiver)
    assert len(found) == 12
    assert set(map(tuple, found.values())) == {("call.started", "call.ended")}
    # The same ids at each attempt.
    assert ids <= {each.headers["webhook-id"] for each in receiver.requests}
    endpoint = HookEndpoint.objects.get()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_a_later_event_of_a_call_waits_for_the_earlier_one(scene, listen, receiver, drain, clock):
    listen(scene, receiver.url)

    def refuses_starts(each, request):
        each.says(500 if b"call.started" in request.body else 200)

    receiver.answer = refuses_starts
    calls(scene, 1)
    other = listen(scene, receiver.url, events=["call.ended"])
    for _ in range(5):
        drain()
        clock.passes(seconds=20)
    assert states() == ["waiting", "waiting"]
    calls(scene, 1, at=200)
    clock.passes(minutes=5)
    drain()
    # Neither other calls nor other endpoints wait.
    assert HookDelivery.objects.get(endpoint=other).state == "delivered"
    first = HookDelivery.objects.order_by("pk")[:1]
    HookDelivery.objects.filter(pk__in=first).update(tried_since=after(-4 * 86_400))
    outcomes.expire(now=clock.now)
    clock.passes(minutes=6)
    drain()
    assert states()[:2] == ["dead", "delivered"]


@pytest.mark.parametrize(
    ("answers", "status", "problem"),
    [
        (lambda each, _: each.hangs(), None, "too_slow"),
        (lambda each, _: each.dribbles(whole_head=False), None, "too_slow"),
        (lambda each, _: each.floods(500, 50), 500, ""),
        (lambda each, _: each.says(302, Location="http://169.254.169.254/latest"), 302, ""),
        (lambda each, _: each.says(307, Location="/elsewhere"), 307, ""),
        (lambda each, _: each.breaks_off(b"SSH-2.0-OpenSSH_9.2\r\n"), None, "broken"),
        (lambda each, _: each.breaks_off(b""), None, "broken"),
        (lambda each, _: each.says(400, "é".encode("latin-1") * 100), 400, ""),
    ],
    ids=["hangs", "dribbles", "floods", "redirects", "moves", "no HTTP", "closes", "no text"],
)
def test_a_receiver_that_misbehaves_is_tried_again_later(
    scene, listen, receiver, drain, answers, status, problem
):
    listen(scene, receiver.url, events=["call.started"])
    receiver.answer = answers
    scene.talks()
    began = time.monotonic()
    drain()
    assert time.monotonic() - began < 5
    row = HookDelivery.objects.get()
    assert (row.state, row.attempts, row.status, row.problem) == ("waiting", 1, status, problem)
    assert row.next_at > after(5)
    assert len(row.answer) <= sending.LONGEST_ANSWER
    assert {each.path for each in receiver.requests} == {"/hook"}


def test_an_answer_whose_body_never_ends_counts_by_its_status(scene, listen, receiver, drain):
    listen(scene, receiver.url, events=["call.started"])
    receiver.answer = lambda each, _: each.dribbles(whole_head=True)
    scene.talks()
    drain()
    row = HookDelivery.objects.get()
    assert (row.state, row.status) == ("delivered", 200)


def test_a_compressed_answer_is_taken_and_not_shown(scene, listen, receiver, drain):
    listen(scene, receiver.url, events=["call.started"])
    receiver.answer = lambda each, _: each.says(200, b"\x1f\x8b" * 9, Content_Encoding="gzip")
    scene.talks()
    drain()
    row = HookDelivery.objects.get()
    assert (row.state, row.answer) == ("delivered", "")


def test_what_leads_to_a_private_network_is_not_asked(scene, listen, drain, settings, receiver):
    listen(scene, receiver.url, events=["call.started"])
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    scene.talks()
    drain()
    assert HookDelivery.objects.get().problem == "scheme"
    assert receiver.requests == []


def test_gone_switches_it_off_and_gives_up_what_waits(scene, listen, receiver, drain):
    endpoint = listen(scene, receiver.url)
    receiver.answer = lambda each, _: each.says(410)
    calls(scene, 3)
    drain()
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.off_reason) == ("off", "gone")
    assert set(states()) == {"dead"}
    assert not Outbox.objects.filter(kind="send_webhook", done_at=None).exists()
    assert Outbox.objects.filter(kind="tell_webhook_off", done_at=None).count() == 1
    calls(scene, 1, at=100)
    assert HookDelivery.objects.count() == 6


def test_a_receiver_that_asks_for_patience_gets_it(scene, listen, receiver, drain, clock):
    listen(scene, receiver.url)
    receiver.answer = lambda each, _: each.says(429, Retry_After="600")
    calls(scene, 2)
    drain()
    asked = len(receiver.requests)
    clock.passes(minutes=9)
    drain()
    assert len(receiver.requests) == asked
    receiver.answer = lambda each, _: each.says(200)
    clock.passes(minutes=2)
    drain()
    assert set(states()) == {"delivered"}


def test_what_waited_for_a_wrong_address_is_sent_at_once_to_the_right_one(
    scene, listen, receiver, drain, clock
):
    endpoint = listen(scene, receiver.url + "/wrong")
    receiver.answer = lambda each, _: each.says(404 if each.path.endswith("wrong") else 200)
    calls(scene, 2)
    for _ in range(10):
        drain()
        clock.passes(hours=1)
    assert set(states()) == {"waiting"}
    receiver.requests.clear()
    endpoints.change(
        endpoint, url=receiver.url, events=endpoint.events, takes_tests=True, label="", actor=None,
        now=clock.now,
    )  # fmt: skip
    drain()
    assert set(states()) == {"delivered"}
    assert set(map(tuple, order_of(receiver).values())) == {("call.started", "call.ended")}
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_one_that_fails_for_three_days_is_switched_off(scene, listen, receiver, drain, clock):
    endpoint = listen(scene, receiver.url, events=["call.ended"])
    receiver.answer = lambda each, _: each.says(500)
    for day in range(4):
        calls(scene, 1, at=day * 86_400)
        drain()
        clock.passes(hours=23.5)
    drain()
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.off_reason) == ("off", "failing")


def test_a_slow_receiver_holds_up_no_other(scene, listen, receiver, drain, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 1.0)
    listen(scene, receiver.url + "/slow")
    listen(scene, receiver.url + "/quick")
    came = []

    def answer(each, request):
        came.append((time.monotonic(), request.path))
        if request.path.endswith("slow"):
            each.hangs()
        else:
            each.says(200)

    receiver.answer = answer
    calls(scene, 10)
    drain()
    quick = [moment for moment, path in came if path.endswith("quick")]
    assert len(quick) == 20
    assert quick[-1] - came[0][0] < 0.9
    # After its first failure the other one is sent nothing more.
    assert len(came) - len(quick) <= 4


def test_one_that_was_removed_in_the_meantime_is_no_fault(scene, listen, receiver, drain):
    endpoint = listen(scene, receiver.url)
    receiver.answer = lambda each, _: (endpoints.remove(endpoint, actor=None), each.says(200))
    calls(scene, 2)
    drain()
    assert not HookEndpoint.objects.exists()
    assert not HookDelivery.objects.exists()
    assert not Outbox.objects.filter(kind="send_webhook").exists()


def test_what_arrived_after_the_lease_counts_and_what_failed_then_does_not(scene, listen):
    listen(scene)
    one, other = scene.talks(), scene.talks()
    [turn] = scheduling.take(5, now=NOW)
    late = after(scheduling.LEASE.total_seconds() + 1)
    [second] = scheduling.take(5, now=late)
    assert [each.delivery_id for each in second.posts] == [each.delivery_id for each in turn.posts]
    first_id, second_id = (each.delivery_id for each in turn.posts)
    answers = {first_id: PostResult(200), second_id: PostResult(500)}
    outcomes.store(turn, answers, rest=late, now=late)
    assert states() == ["delivered", "waiting"]
    assert HookEndpoint.objects.get().leased_until == second.leased_until
    assert HookDelivery.objects.get(pk=second_id).attempts == 0
    assert {one.pk, other.pk} == {each.call_id for each in turn.posts}


def test_the_sweeper_wakes_the_sender_and_gives_nothing_up(scene, listen, monkeypatch):
    sent = []
    listen(scene)
    calls(scene, 3)
    monkeypatch.setattr(outbox_delivery, "send", lambda kind, pk: sent.append((kind, pk)) or True)
    Outbox.objects.exclude(kind="send_webhook").delete()
    for minute in range(60):
        outbox_delivery.send_due(now=after(60 * minute + 60))
    # Hints of what was recorded may come late, each with its number.
    assert [each for each in sent if each[1] == 0] == [("send_webhook", 0)] * 60
    assert set(Outbox.objects.values_list("attempts", "dead_at")) == {(0, None)}


def test_a_post_that_breaks_here_is_one_failure_and_takes_nothing_from_the_others(
    scene, listen, receiver, drain, monkeypatch
):
    listen(scene, receiver.url)
    first, _ = calls(scene, 2)
    send = sending.send

    async def breaks(client, target, post, *, now):
        if post.call_id == first.pk:
            raise ValueError("a body of another release")
        return await send(client, target, post, now=now)

    monkeypatch.setattr(sending, "send", breaks)
    drain()
    broken = HookDelivery.objects.filter(call=first).order_by("pk").first()
    assert (broken.state, broken.problem, broken.attempts) == ("waiting", "broken", 1)
    assert first.call_sid not in order_of(receiver)
