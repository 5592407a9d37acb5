"""Whose turn it is: fair among organizations, bounded for each, and never two workers at once."""

from datetime import timedelta

import pytest

from testing.scene import NOW, Scene, after
from usage.billing.settlement import finalize
from usage.hooks import outcomes, scheduling
from usage.hooks.backoff import DOWN_AFTER
from usage.models import HookDelivery, HookEndpoint, Outbox
from voicex.fence.posts import PostResult


def answered(turn, status, *, now, **rest):
    answers = {each.delivery_id: PostResult(status, **rest) for each in turn.posts}
    outcomes.store(turn, answers, rest=now, now=now)


def test_a_turn_is_taken_by_one_worker(scene, listen):
    listen(scene)
    scene.talks()
    assert len(scheduling.take(5, now=NOW)) == 1
    assert scheduling.take(5, now=after(1)) == []


def test_a_worker_that_died_loses_its_turn_after_a_while(scene, listen):
    listen(scene)
    scene.talks()
    scheduling.take(5, now=NOW)
    assert len(scheduling.take(5, now=NOW + scheduling.LEASE)) == 1


def test_a_turn_is_short_however_much_waits(scene, listen):
    listen(scene, events=["call.ended"])
    for _ in range(scheduling.A_TURN + 5):
        finalize(scene.rings().pk, reason="stop", now=NOW)
    [turn] = scheduling.take(5, now=NOW)
    assert len(turn.posts) == scheduling.A_TURN


def test_an_organization_has_some_turns_at_once_and_others_have_theirs(scene, listen):
    busy, quiet = scene, Scene()
    for _ in range(scheduling.OF_AN_ORGANIZATION + 3):
        listen(busy)
    listen(quiet)
    busy.talks()
    quiet.talks()
    taken = scheduling.take(8, now=NOW)
    orgs = [HookEndpoint.objects.get(pk=each.endpoint_id).org_id for each in taken]
    assert orgs.count(busy.org.pk) == scheduling.OF_AN_ORGANIZATION
    assert orgs.count(quiet.org.pk) == 1


def test_endpoints_that_answer_slowly_leave_turns_to_the_others(monkeypatch, scene, listen):
    monkeypatch.setattr(scheduling, "SLOW_AT_ONCE", 2)
    slow = [scene, Scene(), Scene()]
    for each in slow:
        for _ in range(3):
            listen(each)
        each.talks()
    for turn in scheduling.take(9, now=NOW):
        answered(turn, 200, now=NOW, took_ms=scheduling.SLOW_MS)
    for each in slow:
        each.talks()
    quick = Scene()
    listen(quick)
    quick.talks()
    # Served last, so that it would come after all of them.
    HookEndpoint.objects.filter(org=quick.org).update(served_at=after(60))
    taken = scheduling.take(16, now=after(60))
    orgs = [HookEndpoint.objects.get(pk=each.endpoint_id).org_id for each in taken]
    assert orgs.count(quick.org.pk) == 1
    assert len(taken) == 3
    answered(taken[0], 200, now=after(60), took_ms=50)
    assert len(scheduling.take(16, now=after(61))) == 1


def test_however_many_slow_ones_wait_the_others_are_seen(monkeypatch, scene, listen):
    monkeypatch.setattr(scheduling, "SLOW_AT_ONCE", 1)
    monkeypatch.setattr(scheduling, "SEEN", 2)
    slow, quick = [scene, Scene(), Scene()], Scene()
    for each in slow:
        listen(each)
        each.talks()
    for _ in range(2):  # as many as are seen at once
        for turn in scheduling.take(9, now=NOW):
            answered(turn, 200, now=NOW, took_ms=scheduling.SLOW_MS)
    for each in [*slow, quick]:
        if each is quick:
            listen(each)
        each.talks()
    # Served last, so that it comes after all of them.
    HookEndpoint.objects.filter(org=quick.org).update(served_at=after(60))
    taken = scheduling.take(16, now=after(60))
    orgs = [HookEndpoint.objects.get(pk=each.endpoint_id).org_id for each in taken]
    assert orgs == [slow[0].org.pk, quick.org.pk]


def test_the_one_that_waited_longest_is_next(scene, listen):
    one, other = listen(scene), listen(scene)
    scene.talks()
    HookEndpoint.objects.filter(pk=one.pk).update(served_at=after(-1))
    HookEndpoint.objects.filter(pk=other.pk).update(served_at=after(-2))
    assert [each.endpoint_id for each in scheduling.take(1, now=NOW)] == [other.pk]


def test_one_that_failed_is_tried_with_one_delivery(scene, listen):
    listen(scene)
    for _ in range(3):
        scene.talks()
    [turn] = scheduling.take(5, now=NOW)
    assert len(turn.posts) == 3
    answered(turn, 500, now=NOW)
    assert scheduling.take(5, now=NOW) == []
    [turn] = scheduling.take(5, now=after(10))
    assert len(turn.posts) == 1


def test_when_it_answers_again_all_that_waits_is_due(scene, listen):
    endpoint = listen(scene)
    for _ in range(DOWN_AFTER + 2):
        scene.talks()
    now = NOW
    for _ in range(DOWN_AFTER):
        [turn] = scheduling.take(5, now=now)
        answered(turn, None, now=now, problem="no_connection")
        now += timedelta(minutes=6)
    later = HookDelivery.objects.filter(next_at__gt=now)
    HookDelivery.objects.update(next_at=now + timedelta(hours=5))
    Outbox.objects.filter(kind="send_webhook").update(due_at=now + timedelta(hours=5))
    last = HookDelivery.objects.latest("pk")
    Outbox.objects.filter(hook=last).update(due_at=now)
    [turn] = scheduling.take(5, now=now)
    answered(turn, 200, now=now)
    assert not later.exists()
    [turn] = scheduling.take(5, now=now)
    assert len(turn.posts) == DOWN_AFTER + 1
    endpoint.refresh_from_db()
    assert endpoint.failures == 0


def test_a_secret_that_does_not_open_fails_like_a_receiver(scene, listen, logged):
    endpoint = listen(scene)
    HookEndpoint.objects.filter(pk=endpoint.pk).update(ciphertext="1.none.none")
    scene.talks()
    [turn] = scheduling.take(5, now=NOW)
    assert turn.target is None
    assert "webhook_unreadable" in [each["event"] for each in logged]


def test_the_next_moment_is_known(scene, listen):
    assert scheduling.next_due(now=NOW) is None
    endpoint = listen(scene)
    scene.talks()
    [turn] = scheduling.take(5, now=NOW)
    answered(turn, 500, now=NOW)
    assert scheduling.next_due(now=NOW) == after(5)
    HookEndpoint.objects.filter(pk=endpoint.pk).update(rest_until=after(3))
    Outbox.objects.filter(kind="send_webhook").update(due_at=NOW)
    HookDelivery.objects.update(next_at=NOW)
    assert scheduling.next_due(now=NOW) == after(3)


@pytest.mark.parametrize("state", ["paused", "off"])
def test_one_that_is_not_active_has_no_turn(scene, listen, state):
    endpoint = listen(scene)
    scene.talks()
    HookEndpoint.objects.filter(pk=endpoint.pk).update(state=state)
    assert scheduling.take(5, now=NOW) == []
    assert scheduling.next_due(now=NOW - timedelta(1)) is None


def test_what_waited_for_three_days_is_given_up(scene, listen):
    listen(scene)
    scene.talks()
    end = after(3 * 86_400) + outcomes.LAST_CHANCE
    outcomes.expire(now=end - timedelta(seconds=1))
    assert HookDelivery.objects.get().state == "waiting"
    outcomes.expire(now=end)
    assert HookDelivery.objects.get().state == "dead"
    assert Outbox.objects.get(kind="send_webhook").done_at


def test_what_waits_for_an_earlier_event_alone_takes_no_turn(scene, listen):
    listen(scene)
    call = scene.talks()
    finalize(call.pk, reason="stop", now=NOW)
    first = HookDelivery.objects.earliest("pk")
    Outbox.objects.filter(hook=first).update(due_at=after(60))
    assert scheduling.take(5, now=NOW) == []
    [turn] = scheduling.take(5, now=after(60))
    assert [each.call_id for each in turn.posts] == [call.pk] * 2


def test_an_organization_that_has_all_its_turns_is_looked_at_again_after_a_while(scene, listen):
    for _ in range(scheduling.OF_AN_ORGANIZATION + 1):
        listen(scene)
    scene.talks()
    assert scheduling.next_due(now=NOW) == NOW
    scheduling.take(scheduling.OF_AN_ORGANIZATION + 1, now=NOW)
    assert scheduling.next_due(now=NOW) == NOW + scheduling.FULL
