"""An erasure begins at once, continues in rounds, waits for a storage, and is written down."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from accounts.audit.check import verify
from accounts.models import AuditEntry, User
from testing.scene import NOW, Scene, after
from usage import tasks
from usage.billing.settlement import finalize
from usage.hooks import forgetting
from usage.models import Call, CallTag, Erasure, Recording, SavedView, Turn
from usage.privacy import callers, erasure
from usage.privacy.callers import Caller
from usage.privacy.tests.test_retention import says, talked
from usage.records import recordings
from usage.records.tests import test_recordings
from usage.records.tests.test_recordings import Disk, files, recorded
from voicex.errors import CallerOnTheLine

pytestmark = pytest.mark.django_db
disk = test_recordings.disk
NUMBER = "+12025550100"  # who calls in every scene


def the_caller(scene: Scene) -> Caller:
    [found] = callers.callers_named(scene.org, NUMBER)
    return found


def begun(scene: Scene, actor: User | None = None) -> Erasure:
    return erasure.begin(scene.org, caller=the_caller(scene), actor=actor, now=after(100))


def ended_recording(scene: Scene) -> Recording:
    recording = recorded(scene, sound=b"abc")
    finalize(recording.call_id, reason="stop", now=after(60))
    return recording


def test_it_is_written_down_with_who_and_how_much_but_not_with_the_number(scene, disk):
    talked(scene)
    ended_recording(scene)
    ann = User.objects.create_user("ann@example.com", "x")
    digest = callers.in_audit(scene.org, the_caller(scene))
    made = begun(scene, ann)
    [entry] = AuditEntry.objects.filter(action="caller.erased")
    assert (entry.actor, entry.org) == (ann, scene.org)
    assert entry.target == f"{digest}: 2 calls, 1 turns, 1 recordings"
    assert (made.calls, made.turns, made.recordings) == (2, 1, 1)
    assert not AuditEntry.objects.filter(target__contains="2025550100").exists()
    assert verify().fault_count == 0


@pytest.mark.parametrize("what", ["a call is in progress", "its sound is still being stored"])
def test_while_a_call_is_live_nothing_is_erased(scene, disk, what):
    old = talked(scene)
    if what == "a call is in progress":
        scene.talks()
    else:
        recording = recorded(scene, is_finished=False)
        finalize(recording.call_id, reason="stop", now=after(60))
    with pytest.raises(CallerOnTheLine):
        begun(scene)
    old.refresh_from_db()
    assert (old.from_number, old.erasure) == (NUMBER, None)
    assert not Erasure.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_number_is_gone_before_the_first_round(scene):
    call = talked(scene)
    made = begun(scene)
    call.refresh_from_db()
    assert (call.from_number, call.erasure) == ("erased", made)
    assert erasure.calls_left(made) == 1
    assert callers.callers_named(scene.org, NUMBER) == []


def test_it_continues_in_rounds_and_a_round_that_was_cut_off_is_no_loss(scene, disk, monkeypatch):
    for _ in range(5):
        talked(scene)
    for _ in range(5):
        ended_recording(scene)
    made = begun(scene)
    erasure.resume(made.pk, now=after(100), limit=2)  # and that worker is gone
    rounds = 0

    def another(erasure_id: int, later: int) -> None:
        nonlocal rounds
        rounds += 1
        tasks.go_on_erasing(erasure_id, later)

    monkeypatch.setattr(tasks, "DELETED_AT_ONCE", 2)
    monkeypatch.setattr(tasks.go_on_erasing, "delay", another)
    tasks.go_on_erasing(made.pk)
    made.refresh_from_db()
    assert made.done_at is not None
    assert rounds >= 5
    assert not Turn.objects.exclude(text="").exists()
    assert files(disk) == []


@pytest.mark.parametrize("deleted", [0, 1])
def test_sound_for_which_a_task_has_no_time_is_left_to_the_next(scene, disk, deleted):
    finalize(recorded(scene).call_id, reason="stop", now=after(60))
    made = begun(scene)
    after_it = Recording.objects.get().pk - bool(deleted)
    Disk.slow = iter([*[False] * deleted, True, *[False] * 3])
    assert erasure.resume(made.pk, now=after(100), limit=3) == after_it
    assert erasure.finish(made.pk, now=after(100), limit=3)
    assert files(disk) == []


@pytest.mark.parametrize("crashes_in", [0, 1, 2])
def test_the_number_goes_in_batches_and_a_batch_that_was_cut_off_is_no_loss(
    scene, monkeypatch, crashes_in
):
    monkeypatch.setattr(erasure, "CALLS_AT_ONCE", 2)
    monkeypatch.setattr(erasure, "BATCHES_AT_ONCE", 1)
    ours = [talked(scene).pk for _ in range(5)]
    batches: list[int] = []
    forget = forgetting.forget_calls

    def forget_or_crash(calls) -> None:
        batches.append(calls.count())
        if len(batches) == crashes_in + 1:
            raise ZeroDivisionError
        forget(calls)

    monkeypatch.setattr(forgetting, "forget_calls", forget_or_crash)
    if crashes_in == 0:  # nothing was begun
        with pytest.raises(ZeroDivisionError):
            begun(scene)
        assert not Erasure.objects.exists()
    made = begun(scene)
    later = talked(scene, days=1)
    if crashes_in:
        assert (
            sorted(Call.objects.filter(from_number="erased").values_list("pk", flat=True))
            == (ours[:2])
        )
        assert erasure.calls_left(made) == 5
        with pytest.raises(ZeroDivisionError):
            erasure.finish(made.pk, now=after(100), limit=10)
    assert erasure.finish(made.pk, now=after(100), limit=10)
    assert max(batches) == 2
    assert list(Call.objects.filter(erasure=made).order_by("pk").values_list("pk", flat=True)) == (
        ours
    )
    assert set(Turn.objects.filter(call__in=ours).values_list("text", flat=True)) == {""}
    later.refresh_from_db()
    assert (later.from_number, later.erasure) == (NUMBER, None)
    made.refresh_from_db()
    assert (made.newest_call, made.done_at is None) == (0, False)
    assert AuditEntry.objects.filter(action="caller.erased").count() == 1


def test_what_a_former_release_called_done_goes_on(scene, monkeypatch):
    monkeypatch.setattr(erasure, "CALLS_AT_ONCE", 2)
    monkeypatch.setattr(tasks.go_on_erasing, "delay", tasks.go_on_erasing)
    for _ in range(3):
        talked(scene)
    made = begun(scene)
    Erasure.objects.update(done_at=NOW)
    monkeypatch.setattr(erasure, "hint", tasks.go_on_erasing)
    erasure.hint_waiting(now=after(1_000))
    assert set(Call.objects.values_list("from_number", flat=True)) == {"erased"}
    assert not Turn.objects.exclude(text="").exists()
    made.refresh_from_db()
    assert made.done_at not in (None, NOW)
    hints: list[int] = []
    monkeypatch.setattr(erasure, "hint", hints.append)
    erasure.hint_waiting(now=after(9_000_000))
    assert hints == []


def test_a_caller_who_is_erased_again_meanwhile_is_erased_by_both(scene, monkeypatch):
    monkeypatch.setattr(erasure, "CALLS_AT_ONCE", 2)
    for _ in range(7):
        talked(scene)
    first, second = begun(scene), begun(scene)
    assert erasure.finish(second.pk, now=after(100), limit=10)
    assert erasure.finish(first.pk, now=after(100), limit=10)
    assert set(Call.objects.values_list("from_number", flat=True)) == {"erased"}
    assert not Turn.objects.exclude(text="").exists()
    assert (first.calls, second.calls) == (7, 5)


def test_a_members_tests_are_erased_in_batches_too(scene, monkeypatch):
    monkeypatch.setattr(erasure, "CALLS_AT_ONCE", 2)
    ann = User.objects.create_user("ann@example.com", "x")
    for _ in range(5):
        talked(scene)
    Call.objects.update(channel=Call.Channel.BROWSER, started_by=ann)
    [caller] = callers.callers_named(scene.org, "ann@example.com")
    made = erasure.begin(scene.org, caller=caller, actor=None, now=after(100))
    assert Call.objects.filter(started_by=None).count() == 2
    assert erasure.finish(made.pk, now=after(100), limit=10)
    assert not Call.objects.exclude(started_by=None).exists()
    assert Call.objects.filter(from_number=NUMBER).count() == 5


@pytest.mark.parametrize("is_after_a_round", [False, True])
def test_a_member_whose_account_goes_meanwhile_is_erased_whole(
    scene, monkeypatch, is_after_a_round
):
    monkeypatch.setattr(erasure, "CALLS_AT_ONCE", 2)
    monkeypatch.setattr(erasure, "BATCHES_AT_ONCE", 1)
    ann = User.objects.create_user("ann@example.com", "x")
    calls = [talked(scene) for _ in range(7)]
    Call.objects.update(channel=Call.Channel.BROWSER, started_by=ann)
    for call in calls:
        CallTag.objects.create(org=scene.org, call=call, name="Ann", created_at=NOW)
    [caller] = callers.callers_named(scene.org, "ann@example.com")
    made = erasure.begin(scene.org, caller=caller, actor=None, now=after(100))
    assert erasure.calls_left(made) == 7
    if is_after_a_round:
        erasure.resume(made.pk, now=after(100), limit=10)
    ann.delete()
    assert erasure.finish(made.pk, now=after(100), limit=10)
    assert not Turn.objects.exclude(text="").exists()
    assert not CallTag.objects.exists()
    assert Call.objects.filter(erasure=made).count() == 7
    made.refresh_from_db()
    assert (made.newest_call, erasure.calls_left(made)) == (0, 0)


def test_a_storage_that_is_away_is_asked_again_and_holds_up_no_words(scene, disk):
    call, recording = talked(scene), ended_recording(scene)
    made = begun(scene)
    Disk.is_away = True
    assert erasure.finish(made.pk, now=after(100), limit=10) is False
    assert Turn.objects.get(call=call).text == ""
    assert erasure.calls_left(made) == 1
    made.refresh_from_db()
    assert made.done_at is None
    Disk.is_away = False
    assert erasure.finish(made.pk, now=after(400), limit=10) is True
    recording.refresh_from_db()
    assert recording.state == Recording.State.DELETED
    assert files(disk) == []


def test_one_whose_worker_was_lost_is_hinted_at_again(scene, monkeypatch):
    talked(scene)
    hinted: list[int] = []
    monkeypatch.setattr(erasure, "hint", hinted.append)
    made = begun(scene)
    erasure.resume(made.pk, now=after(100), limit=1)
    erasure.hint_waiting(now=after(101))
    assert hinted == []
    erasure.hint_waiting(now=after(101) + erasure.RETRY_AFTER)
    assert hinted == [made.pk]
    erasure.finish(made.pk, now=after(300), limit=10)
    erasure.hint_waiting(now=after(9000))
    assert hinted == [made.pk]


def test_the_sweeper_looks_for_it(scene, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.erasure, "hint_waiting", lambda *, now: asked.append(now))
    tasks.sweep()
    assert len(asked) == 1


def test_a_call_that_comes_afterwards_is_kept(scene):
    talked(scene)
    made = begun(scene)
    erasure.finish(made.pk, now=after(100), limit=10)
    call = talked(scene, days=1)
    call.refresh_from_db()
    assert call.from_number == NUMBER
    assert Turn.objects.get(call=call).text != ""


def test_words_of_calls_whose_transcripts_went_before_are_no_hindrance(scene, disk):
    recording = ended_recording(scene)
    says(recording.call, "hello")
    Call.objects.update(words_deleted_at=NOW)
    made = begun(scene)
    assert erasure.finish(made.pk, now=after(100), limit=10)
    assert files(disk) == []
    recording.call.refresh_from_db()
    assert recording.call.words_deleted_at == NOW


@pytest.mark.django_db(transaction=True)
def test_sound_of_a_recording_that_was_deleted_since_goes_again(scene, disk: Path):
    recording = ended_recording(scene)
    name = recording.name
    recordings.delete(recording, actor=None, now=NOW)
    recordings.store_piece(name, 1, b"late")
    recordings.grow(recording.call_id, size_bytes=7, peaks=b"", name=name)
    recordings.store_piece(name, 0, b"late")
    recordings.grow(recording.call_id, size_bytes=4, peaks=b"", name=name)
    assert files(disk) == []


@pytest.mark.django_db(transaction=True)
def test_an_erased_call_begins_no_recording(scene, disk):
    call = talked(scene)
    begun(scene)
    recordings.begin(call.pk, consent="word", name="org/late", started_ms=0)
    recordings.store_piece("org/late", 0, b"late")
    recordings.grow(call.pk, size_bytes=4, peaks=b"", name="org/late")
    assert not Recording.objects.exists()
    assert files(disk) == []


@pytest.mark.django_db(transaction=True)
def test_late_sound_goes_after_the_commit_alone(scene, disk):
    recording = ended_recording(scene)
    name = recording.name
    recordings.delete(recording, actor=None, now=NOW)
    recordings.store_piece(name, 0, b"late")
    with transaction.atomic():
        recordings.grow(recording.call_id, size_bytes=4, peaks=b"", name=name)
        assert files(disk) == ["00000"]
        transaction.set_rollback(True)
    assert files(disk) == ["00000"]
    recordings.grow(recording.call_id, size_bytes=4, peaks=b"", name=name)
    assert files(disk) == []


@pytest.mark.parametrize(
    ("query", "is_theirs"),
    [
        ("caller=%2B12025550100", True),
        ("caller=%2B1+%28202%29+555-0100&state=ended", True),
        ("caller=001-202-555-0100", True),
        ("caller=202.555.0100", True),
        ("caller=+12025550100", True),
        ("words=call+202+555+0100+back", True),
        ("words=a&caller=%2B1202555010", False),
        ("caller=%2B4912025550100", False),
        ("caller=%2B49+1+202+555+0100", False),
        ("caller=%2B120255501001", False),
        ("caller=%2B1202555&words=0100", False),
        ("first=2025-05-01&last=2025-05-02&caller=", False),
    ],
)
def test_a_members_view_goes_when_it_is_about_the_caller(scene, query, is_theirs):
    talked(scene)
    user = User.objects.create_user("ann@example.com", "x")
    SavedView.objects.create(org=scene.org, user=user, name="Dear", query=query)
    begun(scene)
    assert SavedView.objects.exists() is not is_theirs


def test_two_erasures_of_one_caller_are_two(scene):
    talked(scene)
    first = begun(scene)
    talked(scene, days=1)
    second = begun(scene)
    assert first.caller_digest == second.caller_digest
    assert [made.calls for made in (first, second)] == [1, 1]
    assert Call.objects.filter(opened_at__lt=NOW + timedelta(hours=1)).get().erasure == first
