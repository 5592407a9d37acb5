"""Recordings: kept in pieces, read from any byte, deleted for good."""

import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from typing import ClassVar

import pytest
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage

from accounts.models import AuditEntry, Organization
from testing.scene import NOW, Scene, Statements, after
from usage import tasks
from usage.billing.settlement import finalize
from usage.models import Call, Recording
from usage.privacy import retention_settings
from usage.privacy.retention_settings import change_settings
from usage.quota import pool
from usage.records import recordings
from usage.records.recordings import FORMER_PIECE_BYTES, PIECE_BYTES, SUFFIX

pytestmark = pytest.mark.django_db
SOUND = os.urandom(2 * PIECE_BYTES + 1000)


@pytest.fixture
def disk(settings, tmp_path) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "recordings": {
            "BACKEND": "usage.records.tests.test_recordings.Disk",
            "OPTIONS": {"location": tmp_path, "allow_overwrite": True},
        },
    }
    Disk.is_away, Disk.asked, Disk.slow = False, [], repeat(False)
    return tmp_path


class Disk(FileSystemStorage):
    """A storage that can be away, or slow: a task's time is over during a deletion."""

    is_away = False
    asked: ClassVar[list[str]] = []  # whether there is an object, or to delete it
    slow: ClassVar[Iterator[bool]] = repeat(False)

    def exists(self, name: str) -> bool:
        self.asked.append(name)
        return super().exists(name)

    def delete(self, name: str) -> None:
        if self.is_away:
            raise OSError("away")
        if next(self.slow):
            raise SoftTimeLimitExceeded
        self.asked.append(name)
        super().delete(name)


def recorded(scene: Scene, *, sound: bytes = SOUND, is_finished: bool = True) -> Recording:
    call = scene.talks()
    name = f"org/{call.pk}-0a{SUFFIX}"
    recordings.begin(call.pk, consent="announced", name=name, started_ms=1500)
    for number in range(-(-len(sound) // PIECE_BYTES)):
        piece = sound[number * PIECE_BYTES :][:PIECE_BYTES]
        recordings.store_piece(name, number, piece)
        stored = number * PIECE_BYTES + len(piece)
        recordings.grow(call.pk, size_bytes=stored, peaks=b"\1\2" * (number + 1))
    if is_finished:
        recordings.finish(call.pk)
    return Recording.objects.get(call=call)


def files(disk: Path) -> list[str]:
    return sorted(file for _, _, names in os.walk(disk) for file in names)


def test_a_recording_grows_while_the_call_runs(scene, disk):
    recording = recorded(scene, is_finished=False)
    assert recording.state == Recording.State.RUNNING
    assert recording.size_bytes == len(SOUND)
    assert recording.duration_ms == len(SOUND) // 16
    assert recording.expires_at == NOW + timedelta(days=30)
    assert files(disk) == ["00000", "00001", "00002"]
    # A live call is not heard from its recording.
    assert recordings.playable(scene.org, call_sid=recording.call.call_sid) is None


@pytest.mark.parametrize(
    ("first", "length"),
    [
        (0, len(SOUND)),
        (PIECE_BYTES - 10, 20),
        (PIECE_BYTES, 1),
        (len(SOUND) - 5, 5),
        (2 * PIECE_BYTES - 1, PIECE_BYTES // 3),
    ],
)
def test_any_stretch_of_it_can_be_read(scene, disk, first, length):
    recording = recorded(scene)
    read = b"".join(recordings.read(recording, first=first, length=length))
    assert read == SOUND[first : first + length]


def test_a_recording_of_a_former_release_is_read_and_deleted_in_its_longer_pieces(scene, disk):
    call = scene.talks()
    sound = os.urandom(FORMER_PIECE_BYTES + 1000)
    recordings.begin(call.pk, consent="announced", name="org/former", started_ms=0)
    for number, piece in enumerate((sound[:FORMER_PIECE_BYTES], sound[FORMER_PIECE_BYTES:])):
        recordings.store_piece("org/former", number, piece)
    recordings.grow(call.pk, size_bytes=len(sound), peaks=b"\1\2")
    recordings.finish(call.pk)
    recording = Recording.objects.get(call=call)
    first = FORMER_PIECE_BYTES - 5
    assert b"".join(recordings.read(recording, first=first, length=10)) == sound[first : first + 10]
    recordings.delete(recording, actor=None, now=NOW)
    assert files(disk) == []


def test_a_piece_that_is_stored_again_replaces_itself(scene, disk):
    recording = recorded(scene, sound=b"a" * 100)
    recordings.store_piece(recording.name, 0, b"b" * 100)
    assert files(disk) == ["00000"]
    assert b"".join(recordings.read(recording, first=0, length=100)) == b"b" * 100


def test_who_stood_still_while_storing_a_piece_does_not_store_over_its_successors(scene, disk):
    recording = recorded(scene, sound=b"a" * PIECE_BYTES, is_finished=False)
    name, call = recording.name, recording.call
    Call.objects.filter(pk=call.pk).update(generation=2)
    recordings.store_piece(name, 1, b"b" * 100, generation=2)
    recordings.grow(call.pk, size_bytes=PIECE_BYTES + 100, peaks=b"\1\2", name=name)
    recordings.store_piece(name, 1, b"late" * 100)  # in the middle of which it was replaced
    recordings.store_piece(name, 1, b"later" * 100, generation=1)
    assert list(recordings.pieces_from(name, 1, generation=2)) == [b"b" * 100]
    recordings.finish(call.pk)
    found = Recording.objects.get()
    read = b"".join(recordings.read(found, first=PIECE_BYTES - 1, length=101))
    assert read == b"a" + b"b" * 100
    recordings.delete(found, actor=None, now=NOW)
    assert files(disk) == []


def test_a_continued_call_costs_a_storage_no_more_for_its_streams(scene, disk):
    recording = recorded(scene)
    name = recording.name
    for generation in (3, 30):
        recordings.store_piece(name, 1, b"s" * 100, generation=generation)
    os.remove(disk / name / "00002")
    recordings.store_piece(name, 2, b"e" * 1000, generation=30)
    Call.objects.update(generation=30)
    found = Recording.objects.get()
    Disk.asked.clear()
    read = b"".join(recordings.read(found, first=0, length=len(SOUND)))
    # A short piece in the middle of the others hides no whole one, of a former release.
    assert read == SOUND[: 2 * PIECE_BYTES] + b"e" * 1000
    assert Disk.asked == []
    recordings.delete(found, actor=None, now=NOW)
    deleted = ["00000", "00001", "00001.3", "00001.30", "00002.30"]
    assert Disk.asked == [f"{name}/{each}" for each in deleted]
    assert files(disk) == []


def test_a_recording_that_takes_longer_than_a_task_is_deleted_by_the_next(scene, disk):
    first, second = recorded(scene), recorded(scene)
    now = after(31 * 86_400)
    Disk.slow = iter([False, False, True, *repeat(False, 4)])
    assert recordings.delete_expired(now=now, limit=10) == first.pk - 1
    assert len(files(disk)) == 4
    assert recordings.delete_expired(now=now, limit=10, after=first.pk - 1) is None
    assert set(Recording.objects.values_list("state", flat=True)) == {"deleted"}
    assert second.pk > first.pk
    assert files(disk) == []


def test_a_storage_that_takes_all_the_time_holds_up_no_other(scene, disk):
    first, second = recorded(scene), recorded(scene)
    now = after(31 * 86_400)
    Disk.slow = iter([True, *repeat(False, 3)])
    assert recordings.delete_expired(now=now, limit=10) == first.pk
    assert recordings.delete_expired(now=now, limit=10, after=first.pk) is None
    second.refresh_from_db()
    assert second.state == "deleted"


def test_another_organization_has_no_such_recording(scene, disk):
    recording = recorded(scene)
    other = Scene()
    assert recordings.playable(scene.org, call_sid=recording.call.call_sid) == recording
    assert recordings.playable(other.org, call_sid=recording.call.call_sid) is None


@pytest.mark.django_db(transaction=True)
def test_sound_whose_beginning_was_refused_is_kept_until_it_is_sent(scene, disk):
    call = scene.talks()
    recordings.store_piece("org/refused", 0, SOUND[:100])
    recordings.grow(call.pk, size_bytes=100, peaks=b"", name="org/refused")
    assert files(disk) == ["00000"]
    recordings.begin(call.pk, consent="word", name="org/refused", started_ms=0)
    recordings.grow(call.pk, size_bytes=100, peaks=b"", name="org/refused")
    recordings.finish(call.pk)
    assert b"".join(recordings.read(Recording.objects.get(), first=0, length=100)) == SOUND[:100]


def test_a_recording_without_a_sound_has_failed(scene, disk):
    assert recorded(scene, sound=b"").state == Recording.State.FAILED


def test_a_failed_recording_keeps_what_was_stored(scene, disk):
    recording = recorded(scene, is_finished=False)
    recordings.fail(recording.call_id)
    recordings.finish(recording.call_id)  # too late to change that
    recording.refresh_from_db()
    assert recording.state == Recording.State.FAILED
    assert recordings.playable(scene.org, call_sid=recording.call.call_sid) == recording


def test_what_a_killed_server_had_stored_can_be_played(scene, disk):
    recording = recorded(scene, is_finished=False)
    recordings.finish_abandoned(now=after(10_000))  # the call is live
    recording.refresh_from_db()
    assert recording.state == Recording.State.RUNNING
    finalize(recording.call_id, reason="stale", now=after(60))
    recordings.finish_abandoned(now=after(120))  # its last piece may still come
    recording.refresh_from_db()
    assert recording.state == Recording.State.RUNNING
    recordings.finish_abandoned(now=after(61) + recordings.ABANDONED_AFTER)
    recording.refresh_from_db()
    assert recording.state == Recording.State.STORED


def test_deleting_leaves_the_row_and_nothing_else(scene, disk):
    recording = recorded(scene)
    recordings.store_piece(recording.name, 3, b"one that was never written down")
    recordings.delete(recording, actor=None, now=after(100))
    recordings.delete(Recording.objects.get(), actor=None, now=after(200))  # again: nothing
    recording.refresh_from_db()
    assert files(disk) == []
    assert (recording.state, recording.name, recording.size_bytes) == ("deleted", "", 0)
    assert recording.deleted_at == after(100)
    assert bytes(recording.peaks) == b""
    assert Call.objects.filter(pk=recording.call_id).exists()
    assert [entry.action for entry in AuditEntry.objects.all()] == ["recording.deleted"]


def test_every_night_what_is_older_than_its_organization_wants_is_deleted(scene, disk):
    recording = recorded(scene)
    day = 86_400
    assert recordings.delete_expired(now=after(30 * day - 1), limit=10) is None
    assert files(disk) != []
    recordings.delete_expired(now=after(30 * day + 1), limit=10)
    recording.refresh_from_db()
    assert recording.state == Recording.State.DELETED
    assert files(disk) == []


def test_a_shorter_time_counts_for_the_recordings_that_are_there(scene, disk):
    recording = recorded(scene)
    recordings.keep_for(scene.org, days=7)
    recording.refresh_from_db()
    assert recording.expires_at == NOW + timedelta(days=7)
    recordings.keep_for(Scene().org, days=1)  # another organization's
    recording.refresh_from_db()
    assert recording.expires_at == NOW + timedelta(days=7)


def test_the_time_of_many_recordings_changes_in_batches(scene, disk, monkeypatch):
    """SQLite has one writer: a call waits for each of these transactions, and not for all."""
    monkeypatch.setattr(recordings, "KEPT_AT_ONCE", 2)
    for _ in range(5):
        recorded(scene, sound=b"a")
    with Statements() as statements:
        recordings.keep_for(scene.org, days=7)
    changed = [each["sql"] for each in statements if each["sql"].startswith("UPDATE")]
    assert len(changed) == 3
    assert set(Recording.objects.values_list("expires_at", flat=True)) == {NOW + timedelta(days=7)}
    recorded(scene, sound=b"a")
    with Statements() as statements:
        recordings.keep_for(scene.org, days=7)
    assert len([each for each in statements if each["sql"].startswith("UPDATE")]) == 1
    assert not Recording.objects.exclude(expires_at=NOW + timedelta(days=7)).exists()


def test_of_two_changes_at_once_recordings_and_setting_have_the_same(scene, disk, monkeypatch):
    for _ in range(2):
        recorded(scene, sound=b"a")
    wanted = {"name": "Acorn", "transcript_days": None, "actor": None}
    change = retention_settings.change_organization

    def behind_another(org, **values):
        monkeypatch.setattr(retention_settings, "change_organization", change)
        change_settings(Organization.objects.get(), recording_days=90, **wanted)
        return change(org, **values)

    monkeypatch.setattr(retention_settings, "change_organization", behind_another)
    change_settings(scene.org, recording_days=9, **wanted)
    assert Organization.objects.get().recording_days == 9
    assert not Recording.objects.exclude(expires_at=NOW + timedelta(days=9)).exists()


def test_what_is_not_changed_may_be_what_a_former_release_has_allowed(scene):
    Organization.objects.update(recording_days=0)
    org = Organization.objects.get()
    change_settings(org, name="Birch", recording_days=0, transcript_days=None, actor=None)
    assert Organization.objects.get().name == "Birch"


def test_a_setting_that_was_cut_off_is_as_it_was_and_can_be_changed_again(scene, disk, monkeypatch):
    for _ in range(2):
        recorded(scene, sound=b"a")
    wanted = {"name": "Acorn", "recording_days": 9, "transcript_days": None, "actor": None}
    with pytest.raises(ValidationError):
        change_settings(scene.org, **(wanted | {"recording_days": 0}))
    assert not Recording.objects.exclude(expires_at=NOW + timedelta(days=30)).exists()
    with monkeypatch.context() as broken:
        broken.setattr(retention_settings, "change_organization", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            change_settings(scene.org, **wanted)
    assert Organization.objects.get(pk=scene.org.pk).recording_days == 30
    change_settings(scene.org, **wanted)
    assert Organization.objects.get(pk=scene.org.pk).recording_days == 9
    assert not Recording.objects.exclude(expires_at=NOW + timedelta(days=9)).exists()


def test_a_storage_that_is_away_is_asked_again_next_night(scene, disk):
    recording = recorded(scene)
    Disk.is_away = True
    with structlog.testing.capture_logs() as logged_events:
        recordings.delete_expired(now=after(31 * 86_400), limit=10)
    recording.refresh_from_db()
    assert recording.state == Recording.State.STORED
    assert [event["event"] for event in logged_events] == ["recording_not_deleted"]
    Disk.is_away = False
    recordings.delete_expired(now=after(32 * 86_400), limit=10)
    recording.refresh_from_db()
    assert recording.state == Recording.State.DELETED


def test_one_that_cannot_be_deleted_holds_up_no_other(scene, disk, monkeypatch):
    kept, *others = [recorded(scene, sound=b"abc") for _ in range(5)]
    delete = recordings.delete

    def sometimes(recording, **kwargs):
        if recording.pk == kept.pk:
            raise OSError
        delete(recording, **kwargs)

    monkeypatch.setattr(recordings, "delete", sometimes)
    monkeypatch.setattr(tasks, "DELETED_AT_ONCE", 2)
    monkeypatch.setattr(tasks.timezone, "now", lambda: after(31 * 86_400))
    monkeypatch.setattr(
        tasks.delete_expired_recordings, "delay", tasks.delete_expired_recordings.run
    )
    tasks.delete_expired_recordings()
    states = dict(Recording.objects.values_list("pk", "state"))
    assert states.pop(kept.pk) == "stored"
    assert set(states.values()) == {"deleted"}
    assert len(states) == len(others)


def test_an_organization_has_room_for_so_much(scene, disk, settings):
    settings.RECORDINGS_MB = 1
    assert recordings.room_of(scene.org.public_id) == 1_000_000
    recorded(scene)
    assert recordings.room_of(scene.org.public_id) == 1_000_000 - len(SOUND)
    recordings.delete(Recording.objects.get(), actor=None, now=NOW)
    assert recordings.room_of(scene.org.public_id) == 1_000_000


def test_new_organizations_share_the_room_of_their_pool(scene, disk):
    recorded(scene)
    Organization.objects.update(proven_at=None)
    other = Organization.objects.create(name="Birch")
    assert recordings.room_of(other.public_id) == pool.RECORDED_BYTES - len(SOUND)
