"""The sound of calls takes no more of the disk than its organization has room for."""

import pytest

from telephony.process.recordings import audio_upload as module
from telephony.process.recordings import recording_room
from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.process.recordings.recording_room import ROOM_SECONDS, StorageLimits
from testing.calls.harness import Records


def test_a_piece_takes_its_room_without_asking_the_database_again():
    asked = []
    rooms = StorageLimits(lambda org_id: asked.append(org_id) or 100)
    assert [rooms.take("acorn", 40) for _ in range(3)] == [True, True, False]
    assert asked == ["acorn"]


def test_room_of_deleted_recordings_is_available_a_minute_later(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(recording_room, "monotonic", lambda: clock[0])
    rooms = StorageLimits(lambda org_id: 100)
    assert rooms.take("acorn", 100)
    assert not rooms.take("acorn", 1)
    clock[0] += ROOM_SECONDS
    assert rooms.take("acorn", 1)


@pytest.mark.parametrize(("room", "stored"), [(1_000_000, 2), (400_000, 1), (0, 0)])
def test_a_recording_without_room_ends_and_keeps_what_it_has(monkeypatch, room, stored):
    pieces, records = [], Records()
    monkeypatch.setattr(
        module.recordings, "store_piece", lambda name, number, sound, **_: pieces.append(sound)
    )
    uploader = RecordingUploader(records, room_of=lambda org_id: room)
    track = uploader.begin(81, org_id="acorn", consent="announced", started_ms=0)
    uploader._take(track.recording, bytes(160_000), bytes(160_000))
    uploader._take(track.recording, bytes(160_000), bytes(160_000))
    uploader.finish(track)
    uploader.close()
    assert len(pieces) == stored
    assert [name for name, _, _ in records.jobs].count("fail") == (stored < 2)
