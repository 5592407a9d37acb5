"""A row is about one subject, and each kind is done by its own workers."""

import pytest
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, transaction
from django.utils import timezone

from testing.scene import NOW, after
from usage.billing.settlement import SETTLE, finalize
from usage.meters import sending as meter_sending
from usage.models import (
    HookEndpoint,
    MeterReport,
    MissedNotice,
    Outbox,
    QuotaNotice,
    WeeklyDigest,
)
from usage.outbox import claims, delivery, rows
from usage.outbox.kinds import HANDLERS
from usage.quota.notices import SEND


@pytest.fixture
def sent(monkeypatch):
    """The tasks put on the queue by the sweeper, as (kind, subject)."""
    queue = []

    def send(kind, subject_id):
        queue.append((kind, subject_id))
        return True

    monkeypatch.setattr(delivery, "send", send)
    return queue


@pytest.fixture
def notice(scene):
    return QuotaNotice.objects.create(org=scene.org, month=NOW.date(), percent=50)


@pytest.fixture
def call(scene):
    call = scene.talks()
    finalize(call.pk, reason="stop", now=NOW)
    return call


def test_the_sweeper_sends_what_is_due_of_every_kind(call, notice, sent):
    rows.enqueue(SEND, notice.pk, now=after(1))
    delivery.send_due(now=after(2))
    assert sent == [(SETTLE, call.pk), (SEND, notice.pk)]


def test_a_worker_takes_its_own_kind_only(call, notice):
    """Calls and notices are counted apart, so their numbers are often the same."""
    rows.enqueue(SEND, notice.pk, now=NOW)
    done = []
    claims.process_due(SEND, done.append, hint=notice.pk, now=after(1))
    assert done == [notice.pk]
    assert Outbox.objects.get(kind=SEND).done_at == after(1)
    assert rows.is_due(SETTLE, call.pk, now=after(1))


def test_work_that_fails_holds_up_no_other_and_is_due_again_later(scene, notice):
    another = QuotaNotice.objects.create(org=scene.org, month=NOW.date(), percent=80)
    for each in (notice, another):
        rows.enqueue(SEND, each.pk, now=NOW)
    done = []

    def work(notice_id):
        if notice_id == notice.pk:
            raise ValueError("odd")
        done.append(notice_id)

    claims.process_due(SEND, work, hint=0, now=NOW)
    assert done == [another.pk]
    row = Outbox.objects.get(notice=notice)
    assert (row.last_error, row.leased_until) == ("ValueError: odd", None)
    assert row.due_at == NOW + delivery.FIRST_RETRY
    claims.process_due(SEND, done.append, hint=0, now=row.due_at)
    assert done == [another.pk, notice.pk]


def test_work_that_is_in_vain_for_all_leaves_the_others_for_later(scene, notice):
    another = QuotaNotice.objects.create(org=scene.org, month=NOW.date(), percent=80)
    for each in (notice, another):
        rows.enqueue(SEND, each.pk, now=NOW)
    tried = []

    def fail(notice_id):
        tried.append(notice_id)
        raise TimeoutError

    claims.process_due(SEND, fail, hint=0, now=NOW, is_in_vain=lambda: True)
    assert tried == [notice.pk]
    assert rows.is_due(SEND, another.pk, now=NOW)


def test_a_row_that_is_rearmed_during_its_work_is_worked_on_again(notice):
    rows.enqueue(SEND, notice.pk, now=NOW)
    claims.process_due(SEND, lambda pk: rows.rearm(SEND, pk, now=after(1)), hint=0, now=NOW)
    assert rows.is_due(SEND, notice.pk, now=after(1))
    done = []
    claims.process_due(SEND, done.append, hint=0, now=after(1))
    assert done == [notice.pk]
    assert Outbox.objects.get().done_at == after(1)


@pytest.mark.parametrize("error", [None, OSError("gone")])
def test_a_worker_whose_lease_ran_out_leaves_the_row_to_the_one_that_has_it(notice, error):
    rows.enqueue(SEND, notice.pk, now=NOW)
    late = NOW + claims.LEASE

    def work_slowly(notice_id):
        assert list(claims.lease(SEND, hint=0, now=late)) == [notice_id]
        if error:
            raise error

    claims.process_due(SEND, work_slowly, hint=0, now=NOW)
    row = Outbox.objects.get()
    assert (row.leased_until, row.done_at, row.last_error) == (late + claims.LEASE, None, "")


def test_what_another_worker_failed_at_is_not_tried_again_at_once(scene, notice):
    another = QuotaNotice.objects.create(org=scene.org, month=NOW.date(), percent=80)
    for each in (notice, another):
        rows.enqueue(SEND, each.pk, now=NOW)
    tried = []

    def fail(notice_id):
        tried.append(notice_id)
        raise OSError

    def first(notice_id):
        tried.append(notice_id)
        claims.process_due(SEND, fail, hint=0, now=NOW)

    claims.process_due(SEND, first, hint=0, now=NOW)
    assert tried == [notice.pk, another.pk]


def test_a_worker_whose_time_is_up_begins_nothing_more(scene, notice):
    another = QuotaNotice.objects.create(org=scene.org, month=NOW.date(), percent=80)
    for each in (notice, another):
        rows.enqueue(SEND, each.pk, now=NOW)

    def work(notice_id):
        assert notice_id == notice.pk
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        claims.process_due(SEND, work, hint=0, now=NOW)
    assert rows.is_due(SEND, another.pk, now=NOW)
    assert not rows.is_due(SEND, notice.pk, now=NOW)


def test_what_is_given_up_is_no_longer_worked_on(notice):
    rows.enqueue(SEND, notice.pk, now=NOW)
    Outbox.objects.update(dead_at=NOW)
    claims.process_due(SEND, pytest.fail, hint=notice.pk, now=after(1))
    assert not rows.is_due(SEND, notice.pk, now=after(1))


def test_an_effect_is_enqueued_once(notice):
    rows.enqueue(SEND, notice.pk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.enqueue(SEND, notice.pk, now=NOW)


def test_a_row_is_about_one_subject(call, notice):
    subjects = [{}, {"call_id": call.pk, "notice": notice}]
    for each in subjects:
        with pytest.raises(IntegrityError), transaction.atomic():
            Outbox.objects.create(kind=SEND, due_at=NOW, **each)


def test_a_kind_that_is_swept_at_once_gets_one_hint_and_keeps_no_other_waiting(
    scene, sent, monkeypatch
):
    monkeypatch.setattr(delivery, "BATCH", 1)
    calls = [scene.talks() for _ in range(3)]
    rows.enqueue_later(Outbox.Kind.ANALYSE_CALL, [each.pk for each in calls], due_at=NOW)
    rows.enqueue(SETTLE, calls[0].pk, now=after(1))
    delivery.send_due(now=after(2))
    assert sent == [(SETTLE, calls[0].pk), (Outbox.Kind.ANALYSE_CALL, 0)]
    waiting = Outbox.objects.filter(kind=Outbox.Kind.ANALYSE_CALL)
    assert {row.attempts for row in waiting} == {0}


def test_what_is_enqueued_twice_for_later_is_one_row(scene):
    call = scene.talks()
    for _ in range(2):
        rows.enqueue_later(Outbox.Kind.ANALYSE_CALL, [call.pk], due_at=NOW)
    assert Outbox.objects.filter(call=call).count() == 1


def subject_for(kind, scene):
    """Something that a row of this kind may be about."""
    own = {"org": scene.org}
    report = {"after_line": 0, "through_line": 1, "value_micros": 1, "created_at": NOW}
    made = {
        "call": scene.talks,
        "notice": lambda: QuotaNotice.objects.create(**own, month=NOW.date(), percent=50),
        "missed": lambda: MissedNotice.objects.create(**own, day=NOW.date(), cause="no_slot"),
        "endpoint": lambda: HookEndpoint.objects.create(**own, shown_url="u", ciphertext="c"),
        "digest": lambda: WeeklyDigest.objects.create(**own, week=NOW.date()),
        "meter": lambda: MeterReport.objects.create(**own, identifier="one", **report),
    }
    return made[HANDLERS[kind].column.removesuffix("_id")]()


@pytest.mark.parametrize(
    "kind", [kind for kind, handler in HANDLERS.items() if not handler.is_swept_at_once]
)
def test_what_the_sweeper_sends_its_task_works_on(scene, sent, monkeypatch, kind):
    """The sweeper puts a row off before it sends the task, which has to take it all the same."""
    monkeypatch.setattr(meter_sending, "account", lambda: "Stripe")
    monkeypatch.setattr(meter_sending, "_send", lambda *_args, **_more: None)
    subject = subject_for(kind, scene)
    if kind == SETTLE:
        finalize(subject.pk, reason="stop", now=NOW)
    rows.enqueue_later(kind, [subject.pk], due_at=NOW)
    delivery.send_due(now=timezone.now())
    assert (kind, subject.pk) in sent
    current_app.loader.import_default_modules()
    current_app.tasks[HANDLERS[kind].task](subject.pk)
    row = Outbox.objects.get(kind=kind)
    assert row.done_at is not None or row.last_error
