"""The proof of the ledger finds whatever is not what facts, books and lines give, and no more."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import User
from testing.scene import NOW, Scene, after, snapshot
from usage import tasks
from usage.billing import ledger, proof, proof_runs
from usage.billing.proven_calls import faults_of
from usage.billing.settlement import finalize, settle
from usage.models import Call, LedgerEntry, LedgerProof, Outbox, UsageDay, UsageFact, UsageMonth
from usage.outbox import rows

pytestmark = pytest.mark.core

LATER = NOW + timedelta(days=40)


def talked(scene: Scene, *, now=NOW, is_settled: bool = True):
    call = scene.talks(now=now)
    used = {"stream_ms": 61_000, "stt_ms": 900, "tts_characters": 40, "llm_tokens_out": 30}
    snapshot(call, 1, is_final=True, now=now, **used)
    finalize(call.pk, reason="stop", now=now)
    if is_settled:
        settle(call.pk, now=now)
    return call


@pytest.fixture
def world(cast):
    """Two organizations with calls of two months; one corrected, one that waits."""
    scene, other = Scene(), Scene()
    call = talked(scene)
    talked(scene, now=LATER)
    talked(other)
    corrected = talked(other)
    snapshot(corrected, 2, is_final=True, stream_ms=125_000)
    settle(corrected.pk, now=after(1))
    talked(other, is_settled=False)
    scene.talks()
    return scene, call


def faults() -> list[tuple[str, str, str]]:
    return [(each["what"], each["org"], each["about"]) for each in found().faults]


def found() -> LedgerProof:
    return proof.prove(now=LATER)


def test_a_right_ledger_has_no_fault(world):
    run = found()
    assert (run.fault_count, run.faults, run.calls) == (0, [], 5)
    assert run.ended_at is not None
    assert run.months == 4  # of two organizations


def test_facts_that_nothing_was_settled_for_are_found(world):
    scene, call = world
    UsageFact.objects.filter(call=call).update(stream_ms=200_000, stt_ms=0)
    (fault,) = found().faults
    assert (fault["what"], fault["org"], fault["about"]) == (
        "lines",
        scene.org.public_id,
        call.call_sid,
    )
    assert fault["expected"] == {"telephony": [34_000, 34_000]}  # the client's side, the platform's
    assert fault["found"] == {"telephony": [17_000, 17_000], "stt": [10, 0]}
    rows.rearm(Outbox.Kind.SETTLE_CALL, call.pk, now=LATER)
    assert faults() == []  # it waits for its settlement


@pytest.mark.parametrize("column", ["quantity", "amount_micros", "cost_micros"])
def test_a_sum_of_a_day_is_found(world, column):
    scene, _call = world
    row = UsageDay.objects.filter(org=scene.org, component="telephony").first()
    UsageDay.objects.filter(pk=row.pk).update(**{column: F(column) + 1})
    assert [fault[:2] for fault in faults()] == [("day", scene.org.public_id)]


def test_sums_that_are_missing_or_of_nothing_are_found(world):
    scene, _call = world
    UsageMonth.objects.filter(org=scene.org, month=NOW.date().replace(day=1)).delete()
    UsageMonth.objects.create(
        org=scene.org, month=LATER.date().replace(day=1, month=5, year=2020), calls=1, minutes=0,
        amount_micros=0, cost_micros=0,
    )  # fmt: skip
    assert faults() == [
        ("month", scene.org.public_id, "2020-05-01"),
        ("month", scene.org.public_id, "2026-05-01"),
    ]


def test_a_line_too_many_and_a_reversal_that_does_not_undo_are_found(world):
    _scene, call = world
    line = LedgerEntry.objects.get(call=call, component="telephony")
    wrong = ledger.reversal(line, key="a", now=LATER)
    wrong.amount_micros += 1
    wrong.save()
    kinds = {(what, about) for what, _org, about in faults()}
    assert {("reversal", call.call_sid), ("lines", call.call_sid)} <= kinds


def test_a_call_that_nothing_would_settle_is_found(world):
    scene, _call = world
    lost = talked(scene, is_settled=False)
    Outbox.objects.filter(call=lost).delete()
    assert faults() == [("not_settled", scene.org.public_id, lost.call_sid)]


def test_the_command_fails_at_a_difference(world, capsys):
    call_command("prove_ledger")
    assert "5 calls" in capsys.readouterr().out
    UsageMonth.objects.update(minutes=F("minutes") + 1)
    with pytest.raises(CommandError, match="3 difference"):
        call_command("prove_ledger")
    assert '"month"' in capsys.readouterr().out


def test_the_nightly_run_goes_on_where_it_was_and_tells_operators_once(world, monkeypatch):
    User.objects.create_superuser("olga2@example.com", "long enough 1")
    UsageMonth.objects.update(minutes=F("minutes") + 1)
    monkeypatch.setattr(proof_runs, "SECONDS_OF_TASK", 0.0)
    monkeypatch.setattr(proof, "CALLS_A_STEP", 2)
    slices = []

    def delay(proof_id):
        slices.append(LedgerProof.objects.get(pk=proof_id).calls)

    monkeypatch.setattr(tasks.prove_ledger, "delay", delay)
    tasks.prove_ledger()
    assert slices == [0]  # no time was left, and it is continued
    (run,) = LedgerProof.objects.all()
    while proof.step(run, now=LATER):
        pass
    assert (run.calls, run.fault_count) == (5, 3)
    for _ in range(2):
        proof_runs.report_differences(now=LATER)
    assert {each.subject for each in mail.outbox} == {"The ledger has 3 differences"}
    assert len(mail.outbox) == User.objects.filter(is_superuser=True, is_staff=True).count()


def test_a_run_goes_on_until_it_is_done_and_tells_operators_when_the_mail_is_taken(
    world, monkeypatch
):
    User.objects.create_superuser("olga2@example.com", "long enough 1")
    UsageMonth.objects.update(minutes=F("minutes") + 1)
    monkeypatch.setattr(proof, "CALLS_A_STEP", 2)

    def refuse(*_args, **_kwargs):
        raise OSError

    with monkeypatch.context() as without_mail:
        without_mail.setattr(proof_runs, "send_all", refuse)
        assert proof_runs.run(now=LATER) is None
    (run,) = LedgerProof.objects.all()
    assert (run.calls, run.fault_count, run.told_at) == (5, 3, None)
    assert proof_runs.run(run.pk, now=LATER) is None  # it has ended: nothing goes on
    proof_runs.report_differences(now=LATER)
    assert len(mail.outbox) == User.objects.filter(is_superuser=True, is_staff=True).count()


def test_a_call_from_before_every_book_is_to_have_no_lines(world):
    scene, _call = world
    calls = [talked(scene, is_settled=False), talked(scene, is_settled=False)]
    numbers = [each.pk for each in calls]
    Call.objects.filter(pk__in=numbers).update(settled_at=NOW)
    Outbox.objects.filter(call__in=calls).delete()
    assert [fault.what for fault in faults_of(numbers, now=LATER)] == ["lines", "lines"]
    Call.objects.filter(pk=numbers[0]).update(opened_at=NOW.replace(year=2001))
    assert [fault.about for fault in faults_of(numbers, now=LATER)] == [calls[1].call_sid]


def test_a_line_of_another_organization_is_found(world):
    _scene, call = world
    line = LedgerEntry.objects.get(call=call, component="telephony")
    foreign = ledger.reversal(line, key="c", now=LATER)
    foreign.org = Scene().org
    foreign.save()
    kinds = {(what, about) for what, _org, about in faults()}
    assert ("organization", call.call_sid) in kinds
