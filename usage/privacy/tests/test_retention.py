"""What was said in a call is deleted when its organization keeps it no longer, and stays so."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import close_old_connections, connection, transaction

from accounts.models import AuditEntry, Organization
from testing.guard import GUARD_SECONDS
from testing.scene import NOW, Scene, after, snapshot
from usage import tasks
from usage.billing.settlement import finalize, settle
from usage.models import Call, FlightRecord, LedgerEntry, Turn, UsageFact
from usage.privacy import retention
from usage.records import transcript_deletion
from usage.records.turns import save_flight_record, save_turn

DAY = 86_400


def says(call: Call, text: str, *, number: int = 1) -> None:
    save_turn(
        call.pk,
        number=number,
        role="caller",
        text=text,
        heard_text=text,
        interrupted=False,
        started_ms=100,
        ended_ms=900,
        latency_ms={"sent": 700},
    )


def talked(scene: Scene, *, days: float = 0) -> Call:
    """A call so many days into the scene in which something was said; it is settled."""
    began = after(days * DAY)
    call = scene.talks(now=began)
    says(call, "my cat is called Zanzibar")
    save_flight_record(call.pk, b"events with Zanzibar")
    snapshot(call, now=began, is_final=True, stream_ms=60_000)
    finalize(call.pk, reason="stop", now=began + timedelta(minutes=1))
    settle(call.pk, now=began + timedelta(minutes=1))
    return call


def keeps(org: Organization, days: int | None) -> None:
    Organization.objects.filter(pk=org.pk).update(transcript_days=days)


def said(call: Call) -> list[str]:
    return list(Turn.objects.filter(call=call).values_list("text", flat=True))


def test_words_that_are_old_enough_go_and_everything_else_stays(scene):
    call = talked(scene)
    keeps(scene.org, 30)
    before = list(LedgerEntry.objects.values()), list(UsageFact.objects.values())
    assert retention.delete_expired(now=after(30 * DAY - 1), limit=10) is False
    assert said(call) == ["my cat is called Zanzibar"]
    assert retention.delete_expired(now=after(30 * DAY + 1), limit=10) is False
    turn = Turn.objects.get(call=call)
    assert (turn.text, turn.heard_text) == ("", "")
    assert (turn.started_ms, turn.latency_ms) == (100, {"sent": 700})
    assert not FlightRecord.objects.exists()
    call.refresh_from_db()
    assert call.words_deleted_at == after(30 * DAY + 1)
    assert call.from_number == "+12025550100"
    assert (list(LedgerEntry.objects.values()), list(UsageFact.objects.values())) == before
    [entry] = AuditEntry.objects.filter(action="call.transcripts_deleted")
    assert (entry.org, entry.target) == (scene.org, "1 calls older than 30 days")


def test_an_organization_that_names_no_days_keeps_its_words(scene):
    call = talked(scene)
    retention.delete_expired(now=after(5000 * DAY), limit=10)
    assert said(call) == ["my cat is called Zanzibar"]
    assert not AuditEntry.objects.exists()


def test_only_the_words_of_the_organization_that_wants_it_go(scene):
    other = Scene()
    kept, gone = talked(other), talked(scene)
    keeps(scene.org, 1)
    retention.delete_expired(now=after(3 * DAY), limit=10)
    assert said(gone) == [""]
    assert said(kept) == ["my cat is called Zanzibar"]


def test_an_organization_whose_round_fails_holds_up_no_other(scene, monkeypatch, caplog):
    other = Scene()
    stuck, gone = talked(scene), talked(other)
    keeps(scene.org, 1)
    keeps(other.org, 1)
    delete = transcript_deletion.delete

    def fails(call_id: int, *, now: datetime) -> None:
        if call_id == stuck.pk:
            raise OSError
        delete(call_id, now=now)

    with monkeypatch.context() as patch:
        patch.setattr(transcript_deletion, "delete", fails)
        assert retention.delete_expired(now=after(3 * DAY), limit=10) is False
    assert said(gone) == [""]
    assert said(stuck) == ["my cat is called Zanzibar"]
    assert "transcripts_not_deleted" in caplog.text
    retention.delete_expired(now=after(4 * DAY), limit=10)
    assert said(stuck) == [""]


def test_many_calls_go_in_rounds_and_a_round_that_was_cut_off_is_no_loss(scene, monkeypatch):
    calls = [talked(scene, days=day) for day in (0, 0, 0, 1, 2)]  # three at one moment
    newer = talked(scene, days=50)
    keeps(scene.org, 30)
    rounds = 0

    def rests(*_args: object) -> None:
        nonlocal rounds
        rounds += 1
        tasks.delete_expired_transcripts()

    monkeypatch.setattr(tasks, "WORDS_DELETED_AT_ONCE", 2)
    monkeypatch.setattr(tasks.timezone, "now", lambda: after(60 * DAY))
    monkeypatch.setattr(tasks.delete_expired_transcripts, "delay", rests)
    tasks.delete_expired_transcripts()
    assert rounds == 2
    assert [said(call) for call in calls] == [[""]] * 5
    assert said(newer) != [""]


def test_a_round_looks_only_at_calls_since_the_last_one(scene, django_assert_max_num_queries):
    talked(scene)
    keeps(scene.org, 30)
    retention.delete_expired(now=after(60 * DAY), limit=10)
    org = Organization.objects.get(pk=scene.org.pk)
    assert org.transcripts_kept_from == after(30 * DAY)
    with django_assert_max_num_queries(4):
        retention.delete_expired(now=after(61 * DAY), limit=10)


def test_a_live_call_keeps_its_words_until_it_has_ended(scene):
    call = scene.talks()
    says(call, "still here")
    keeps(scene.org, 1)
    retention.delete_expired(now=after(5 * DAY), limit=10)
    assert said(call) == ["still here"]
    finalize(call.pk, reason="stop", now=after(5 * DAY))
    retention.delete_expired(now=after(6 * DAY), limit=10)
    assert said(call) == [""]


def test_a_call_that_ends_during_a_round_has_its_words_deleted_in_the_next(scene, monkeypatch):
    ending = scene.talks()
    says(ending, "still here")
    talked(scene, days=1)
    keeps(scene.org, 1)
    delete = transcript_deletion.delete

    def deletes_while_the_other_ends(call_id: int, *, now: datetime) -> None:
        finalize(ending.pk, reason="stop", now=now)
        delete(call_id, now=now)

    with monkeypatch.context() as patch:
        patch.setattr(transcript_deletion, "delete", deletes_while_the_other_ends)
        retention.delete_expired(now=after(5 * DAY), limit=10)
    assert said(ending) == ["still here"]
    retention.delete_expired(now=after(6 * DAY), limit=10)
    assert said(ending) == [""]


def test_what_is_written_late_comes_without_its_words(scene):
    call = talked(scene)
    transcript_deletion.delete(call.pk, now=after(100))
    says(call, "Zanzibar again")  # in place of the turn that was emptied
    says(call, "a late Zanzibar", number=2)
    Turn.objects.filter(call=call).update(text="Zanzibar", heard_text="Zanzibar")
    save_flight_record(call.pk, b"Zanzibar")
    save_flight_record(call.pk, b"Zanzibar")
    assert said(call) == ["", ""]
    assert not Turn.objects.exclude(heard_text="").exists()
    assert bytes(FlightRecord.objects.get(call=call).events) == b""
    other = talked(scene)
    assert said(other) == ["my cat is called Zanzibar"]


@pytest.mark.django_db(transaction=True)
def test_a_turn_that_is_being_written_loses_its_words_too():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    scene = Scene()
    call = talked(scene)
    has_begun, may_commit = threading.Event(), threading.Event()

    def writes() -> None:
        try:
            with transaction.atomic():
                says(call, "Zanzibar once more", number=2)
                has_begun.set()
                may_commit.wait(GUARD_SECONDS)
        finally:
            close_old_connections()
            connection.close()

    def deletes() -> None:
        try:
            transcript_deletion.delete(call.pk, now=NOW)
        finally:
            connection.close()

    writer, deleter = threading.Thread(target=writes), threading.Thread(target=deletes)
    writer.start()
    assert has_begun.wait(GUARD_SECONDS)
    deleter.start()
    deleter.join(0.5)
    assert deleter.is_alive()  # it waits for the turn
    may_commit.set()
    for each in (writer, deleter):
        each.join(GUARD_SECONDS)
    assert said(call) == ["", ""]


def test_the_schedule_has_it(settings):
    names = {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.delete_expired_transcripts.name in names
