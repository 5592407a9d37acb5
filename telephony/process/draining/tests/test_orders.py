"""An order to drain is given once, is in the audit log, and is not for the last process unsaid."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from telephony.models import ProcessReport
from telephony.process.draining.orders import Outcome, is_last, order_drain, withdraw
from testing.processes import a_process

NOW = timezone.now()
pytestmark = pytest.mark.django_db


def order(report: ProcessReport, actor=None, **how) -> Outcome:
    return order_drain(report.pk, actor=actor, now=NOW, **{"may_be_last": False} | how)


def entries() -> list[tuple[str, str, str]]:
    return list(
        AuditEntry.objects.filter(org=None, action__startswith="process.")
        .order_by("sequence")
        .values_list("action", "target", "actor_name")
    )


def test_an_order_is_given_once_and_noted_with_who_gave_it(cast):
    one = a_process("one:1")
    a_process("two:2")
    assert order(one, cast.olga) is Outcome.ORDERED
    one.refresh_from_db()
    assert (one.drain_asked_at, one.is_leaving, one.room) == (NOW, True, 0)
    assert order(one, cast.olga) is Outcome.LEAVES
    assert entries() == [("process.drained", "one:1", cast.olga.email)]


@pytest.mark.parametrize(
    "other",
    [
        {"is_draining": True},
        {"drain_asked_at": NOW},
        {"at": NOW - timedelta(minutes=1)},
        {"at": NOW - timedelta(hours=2)},
    ],
)
def test_the_last_process_that_takes_calls_is_drained_by_who_knows_that_alone(other):
    one = a_process("one:1")
    a_process("two:2", **other)
    assert is_last(one, now=NOW)
    assert order(one) is Outcome.IS_LAST
    assert entries() == []
    assert order(one, may_be_last=True) is Outcome.ORDERED


def test_a_process_that_has_ended_is_not_ordered(cast):
    one = a_process("one:1")
    one_again = ProcessReport(pk=one.pk)
    one.delete()
    a_process("one:1")  # started again under the same name
    assert order(one_again, may_be_last=True) is Outcome.GONE
    assert not ProcessReport.objects.filter(drain_asked_at__isnull=False).exists()


def test_an_order_that_is_not_followed_is_withdrawn_and_one_that_is_stays(cast):
    stuck, good = a_process("stuck:1"), a_process("good:2")
    a_process("other:3")
    assert not withdraw(stuck.pk, actor=None)
    order(stuck)
    order(good)
    ProcessReport.objects.filter(pk=good.pk).update(is_draining=True)
    assert withdraw(stuck.pk, actor=cast.olga)
    assert not withdraw(good.pk, actor=cast.olga)
    stuck.refresh_from_db()
    assert not stuck.is_leaving
    assert entries()[2:] == [("process.kept", "stuck:1", cast.olga.email)]
