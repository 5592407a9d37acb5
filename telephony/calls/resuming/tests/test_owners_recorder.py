"""A process that has lost its call, perhaps without knowing, changes nothing of it any more."""

from functools import partial
from time import monotonic
from unittest.mock import MagicMock

import pytest
from django.db import DatabaseError, DataError, OperationalError

from telephony.calls.audio import CallAudio
from telephony.calls.resuming.owners_recorder import (
    FROZEN_SECONDS,
    LATE_SECONDS,
    SILENT_SECONDS,
    Liveness,
    OwnersRecorder,
)
from telephony.process.record_writer import keep
from telephony.process.recordings import audio_upload
from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.process.recordings.live_recording import PIECE_SAMPLES
from testing.scene import Scene, after
from usage.models import Call, LiveState, Recording, Turn
from usage.records import recordings, turns
from usage.takeover import states
from usage.takeover.takeovers import take_over

pytestmark = pytest.mark.django_db

TURN = {
    "number": 1, "role": "agent", "heard_text": "", "interrupted": False, "started_ms": 0,
    "ended_ms": 0, "latency_ms": {},
}  # fmt: skip
LOUD = bytes(PIECE_SAMPLES)


class Direct:
    """A recorder that writes at once."""

    def submit(self, service, /, *args, **kwargs) -> bool:
        service(*args, **kwargs)
        return True

    submit_apart = submit

    def submit_newest(self, _of, service, /, *args, **kwargs) -> None:
        service(*args, **kwargs)

    submit_in_place = submit_newest


class Waiting:
    """A recorder whose records wait, by what they replace."""

    def __init__(self) -> None:
        self.jobs: dict[object, object] = {}

    def submit_newest(self, of, service, /, *args, **kwargs) -> None:
        self.jobs[of] = lambda: service(*args, **kwargs)

    submit_in_place = submit_newest


@pytest.fixture
def call() -> Call:
    return Scene().talks()


def of(call: Call, generation: int, liveness: Liveness | None = None) -> OwnersRecorder:
    return OwnersRecorder(
        Direct(), call.pk, generation=generation, is_resumable=True, liveness=liveness
    )


def is_taken_over(call: Call, generation: int = 1) -> None:
    Call.objects.filter(pk=call.pk).update(generation=generation)


def silent(liveness: Liveness) -> None:
    liveness.heard_at -= SILENT_SECONDS


def late(liveness: Liveness) -> None:
    liveness.ticked_at -= LATE_SECONDS


def texts() -> list[str]:
    return list(Turn.objects.values_list("text", flat=True))


@pytest.mark.parametrize("lost", [silent, late])
def test_after_a_stall_of_line_or_clock_only_the_owner_writes(call, lost):
    liveness = Liveness()
    ours, theirs = of(call, 0, liveness), of(call, 1)
    ours.submit(turns.save_turn, call.pk, text="ours", **TURN)
    lost(liveness)
    ours.submit(turns.save_turn, call.pk, text="still ours", **TURN)
    assert texts() == ["still ours"]
    is_taken_over(call)
    theirs.submit(turns.save_turn, call.pk, text="theirs", **TURN)
    ours.submit(turns.save_turn, call.pk, text="late", **TURN)
    ours.submit_newest("turn", turns.save_turn, call.pk, text="late", **TURN)
    ours.submit_apart(turns.save_flight_record, call.pk, b"late")
    assert texts() == ["theirs"]
    call.refresh_from_db()
    assert not hasattr(call, "flight_record")


def test_a_live_line_costs_no_database_query(call, django_assert_num_queries):
    ours = of(call, 0)
    with django_assert_num_queries(0):
        ours.submit(list)
    ours.doubt()
    with django_assert_num_queries(3):  # a savepoint around it
        ours.submit(list)


def test_a_late_tick_shows_that_the_process_was_stalled():
    liveness = Liveness()
    assert liveness.tick()
    liveness.ticked_at = monotonic() - FROZEN_SECONDS - 0.1
    assert not liveness.tick()
    assert liveness.tick()


@pytest.mark.parametrize("last_word", [recordings.finish, recordings.fail])
def test_a_recording_that_another_process_continues_is_not_closed(call, last_word):
    of(call, 0).submit_owned(
        recordings.begin, call.pk, consent="word", name="acorn/1", started_ms=0
    )
    of(call, 0).submit_owned(recordings.grow, call.pk, size_bytes=640_000, peaks=b"1")
    is_taken_over(call)
    of(call, 0).submit_owned(recordings.grow, call.pk, size_bytes=320_000, peaks=b"0")
    of(call, 0).submit_owned(last_word, call.pk)
    kept = Recording.objects.get()
    assert (kept.state, kept.size_bytes) == ("running", 640_000)
    of(call, 1).submit_owned(recordings.finish, call.pk)
    assert Recording.objects.get().state == "stored"


def test_a_recording_is_not_begun_for_a_call_that_is_another_process_s(call):
    is_taken_over(call)
    of(call, 0).submit_owned(recordings.begin, call.pk, consent="word", name="a/1", started_ms=0)
    assert not Recording.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_sound_of_a_lost_process_does_not_get_into_that_of_the_next(call, monkeypatch):
    stored: dict[int, bytes] = {}
    monkeypatch.setattr(
        recordings, "store_piece",
        lambda _name, number, sound, **_: stored.setdefault(number, sound),
    )  # fmt: skip
    uploader = RecordingUploader(Direct(), room_of=lambda _org_id: 10**9)  # type: ignore[arg-type]
    began = {"org_id": "acorn", "consent": "word", "started_ms": 0}
    # Its pieces are stored by this thread: a database in memory has one that writes.
    monkeypatch.setattr(uploader, "_thread_of", lambda _recording: Here())
    track = uploader.begin(call.pk, **began, records=of(call, 0))
    uploader._take(track.recording, LOUD, LOUD)
    assert list(stored) == [0]
    is_taken_over(call)
    uploader._take(track.recording, LOUD, LOUD)
    uploader.finish(track)
    assert list(stored) == [0]
    kept = Recording.objects.get()
    assert (kept.state, kept.size_bytes) == ("running", recordings.PIECE_BYTES)
    uploader.close()


@pytest.mark.parametrize("is_replaced", [False, True])
def test_no_sound_is_stored_of_which_no_row_would_tell(
    call, monkeypatch, is_replaced, django_capture_on_commit_callbacks
):
    """Nobody would ever play it, nor delete it."""
    stored = stored_pieces(monkeypatch)
    later = Later()
    uploader = RecordingUploader(later, room_of=lambda _org_id: 10**9)  # type: ignore[arg-type]
    monkeypatch.setattr(uploader, "_thread_of", lambda _recording: Here())
    ours = OwnersRecorder(later, call.pk, generation=0, is_resumable=True)  # type: ignore[arg-type]
    track = uploader.begin(call.pk, org_id="acorn", consent="word", started_ms=0, records=ours)
    uploader._take(track.recording, LOUD, LOUD)
    uploader.finish(track)
    assert stored == {}  # as long as the database is away
    if is_replaced:
        is_taken_over(call)
    with django_capture_on_commit_callbacks(execute=True):
        later.writes()
        assert stored == {}  # the transaction is shared, and may be undone
    later.writes()
    assert list(stored.values()) == ([] if is_replaced else [recordings.PIECE_BYTES])
    assert [kept.state for kept in Recording.objects.all()] == ([] if is_replaced else ["stored"])
    uploader.close()


def test_what_is_held_has_a_bound_of_the_process_and_leaves_room_for_other_recordings(
    call, monkeypatch
):
    """While the database is away; those that have begun are stored all the same."""
    monkeypatch.setattr(audio_upload, "MAX_WAITING", 3)
    stored_pieces(monkeypatch)
    later = Later()
    uploader = RecordingUploader(later, room_of=lambda _org_id: 10**9)  # type: ignore[arg-type]
    monkeypatch.setattr(uploader, "_thread_of", lambda _recording: Here())
    ours = OwnersRecorder(later, call.pk, generation=0, is_resumable=True)  # type: ignore[arg-type]
    began = {"org_id": "acorn", "consent": "word", "started_ms": 0, "records": ours}
    first, second = (uploader.begin(call.pk, **began).recording for _ in range(2))
    for recording in (first, second, first, second):
        uploader._take(recording, LOUD, LOUD)
    assert [each.has_failed for each in (first, second)] == [False, True]
    uploader._take(first, LOUD, LOUD)  # the other one's has made room
    assert len(first.held or ()) == 3
    uploader._drop(first)
    assert uploader._held_room._value == uploader._room._value == 3
    uploader.close()


@pytest.mark.parametrize(
    ("is_refused", "error"), [(True, None), (False, DataError), (False, OperationalError)]
)
def test_a_recording_whose_beginning_cannot_be_asked_for_fails_and_holds_nothing(
    call, monkeypatch, is_refused, error
):
    """Its job is refused, or raises: the same that an outage would raise, but each time."""
    monkeypatch.setattr(audio_upload, "MAX_WAITING", 3)
    stored = stored_pieces(monkeypatch)
    later = Later()
    uploader = RecordingUploader(later, room_of=lambda _org_id: 10**9)  # type: ignore[arg-type]
    monkeypatch.setattr(uploader, "_thread_of", lambda _recording: Here())
    ours = OwnersRecorder(later, call.pk, generation=0, is_resumable=True)  # type: ignore[arg-type]
    if is_refused:
        later.refuses = {"_begin", "fail"}  # the queue is full from then on
    track = uploader.begin(call.pk, org_id="acorn", consent="word", started_ms=0, records=ours)
    uploader._take(track.recording, LOUD, LOUD)
    if not is_refused:
        monkeypatch.setattr(recordings, "name_of", MagicMock(side_effect=error))
        later.writes()
        assert [kept.state for kept in Recording.objects.all()] == ["failed"]
    later.refuses.clear()
    assert track.recording.has_failed
    assert uploader._held_room._value == uploader._room._value == 3
    uploader.finish(track)
    later.writes()
    assert [kept.state for kept in Recording.objects.all()] == ["failed"]
    assert stored == {}
    uploader.close()


def test_the_sound_of_a_call_that_is_continued_is_a_piece_behind_and_no_more(call, monkeypatch):
    half = bytes(recordings.PIECE_BYTES // 2)
    stored = stored_pieces(monkeypatch, {0: len(half)})
    monkeypatch.setattr(recordings, "pieces_from", lambda _name, _number, **_: iter([half]))
    name = f"acorn/1{recordings.SUFFIX}"
    recordings.begin(call.pk, consent="word", name=name, started_ms=0)
    uploader = RecordingUploader(Direct(), room_of=lambda _org_id: 10**9)  # type: ignore[arg-type]
    monkeypatch.setattr(uploader, "_thread_of", lambda _recording: Here())
    so_far = recordings.SoFar(name, 0, len(half), b"")
    track = uploader.resume(
        call.pk, org_id="acorn", so_far=so_far, now_ms=2_500, records=of(call, 0)
    )
    asked, noted = MagicMock(wraps=states.is_owner), MagicMock(wraps=recordings.grow)
    noted.__name__ = "grow"
    monkeypatch.setattr(states, "is_owner", asked)
    monkeypatch.setattr(recordings, "grow", noted)
    uploader._take(track.recording, LOUD, LOUD)  # 5 s: one piece, and half of another
    assert (asked.call_count, noted.call_count) == (1, 1)
    uploader._take(track.recording, LOUD, LOUD)
    assert (asked.call_count, noted.call_count) == (2, 2)
    whole = recordings.PIECE_BYTES
    assert stored == {0: whole, 1: whole, 2: len(half)}
    assert Recording.objects.get().size_bytes == 2 * whole + len(half)
    uploader.finish(track)
    assert stored == {0: whole, 1: whole, 2: len(half)}
    assert Recording.objects.get().state == "stored"
    uploader.close()


def test_a_long_gap_behind_which_nothing_is_said_is_stored_in_pieces(call, monkeypatch):
    """Where a piece begins follows from its number: a longer one would move all behind it."""
    stored = stored_pieces(monkeypatch)
    monkeypatch.setattr(recordings, "pieces_from", lambda _name, _number, **_: iter(()))
    name = f"acorn/1{recordings.SUFFIX}"
    recordings.begin(call.pk, consent="word", name=name, started_ms=0)
    uploader = RecordingUploader(Direct(), room_of=lambda _org_id: 10**9)  # type: ignore[arg-type]
    monkeypatch.setattr(uploader, "_thread_of", lambda _recording: Here())
    so_far = recordings.SoFar(name, 0, 0, b"")
    track = uploader.resume(
        call.pk, org_id="acorn", so_far=so_far, now_ms=8_000, records=of(call, 0)
    )
    uploader.finish(track)
    rest = 3 * recordings.BYTES_PER_SECOND
    assert stored == {0: recordings.PIECE_BYTES, 1: rest}
    kept = Recording.objects.get()
    assert (kept.state, kept.size_bytes) == ("stored", recordings.PIECE_BYTES + rest)
    uploader.close()


@pytest.mark.parametrize(("now_ms", "state"), [(10_000, "stored"), (11_000, "failed")])
def test_what_a_lost_process_had_stored_is_noted_whatever_comes_next(
    call, monkeypatch, now_ms, state
):
    """It was killed with more stored than its row says, as after a gap that was filled at once.

    The call ends at once, and the storage refuses what is left to store, if anything is.
    """
    whole = bytes(recordings.PIECE_BYTES)
    name = f"acorn/1{recordings.SUFFIX}"
    monkeypatch.setattr(recordings, "pieces_from", lambda *_args, **_: iter([whole, whole]))
    monkeypatch.setattr(recordings, "store_piece", MagicMock(side_effect=OSError(5, "away")))
    recordings.begin(call.pk, consent="word", name=name, started_ms=0)
    uploader = RecordingUploader(Direct(), room_of=lambda _org_id: 10**9)  # type: ignore[arg-type]
    monkeypatch.setattr(uploader, "_thread_of", lambda _recording: Here())
    so_far = recordings.SoFar(name, 0, 0, b"")
    track = uploader.resume(
        call.pk, org_id="acorn", so_far=so_far, now_ms=now_ms, records=of(call, 0)
    )
    uploader.finish(track)
    kept = Recording.objects.get()
    assert (kept.state, kept.size_bytes) == (state, 2 * len(whole))
    uploader.close()


def test_a_recording_that_is_begun_again_before_any_sound_has_its_newer_name(call):
    """Of a process that was lost before its call knew that it is recorded."""
    began = {"consent": "word", "started_ms": 0}
    recordings.begin(call.pk, name="acorn/1", **began)
    recordings.begin(call.pk, name="acorn/2", **began)
    assert recordings.name_of(call.pk) == "acorn/2"
    recordings.grow(call.pk, size_bytes=80_000, peaks=b"")
    recordings.begin(call.pk, name="acorn/3", **began)
    assert recordings.name_of(call.pk) == "acorn/2"


def test_a_recording_that_another_process_began_is_continued_though_it_is_asked_for_anew():
    uploader = MagicMock()
    so_far = recordings.SoFar("acorn/1", 0, 0, b"")
    audio = CallAudio(81, "acorn", uploader=uploader, live=MagicMock(), so_far=so_far)
    audio.record("word", 100, began_ms=800)
    assert uploader.begin.mock_calls == []
    assert uploader.resume.call_args.kwargs["so_far"] == so_far
    assert uploader.resume.call_args.kwargs["now_ms"] == 900


@pytest.mark.parametrize(("is_private", "started_ms"), [(False, 900), (True, 100)])
def test_a_recording_that_begins_on_a_later_stream_has_its_place_in_the_call(
    is_private, started_ms
):
    """Else the process after that one would fill the stretch before it with silence."""
    uploader = MagicMock()
    audio = CallAudio(81, "acorn", uploader=uploader, live=MagicMock(), is_private=is_private)
    audio.record("word", 100, began_ms=800)
    assert uploader.begin.call_args.kwargs["started_ms"] == started_ms


def stored_pieces(monkeypatch, stored: dict[int, int] | None = None) -> dict[int, int]:
    """How much is stored of each piece, from now on."""
    sizes = stored if stored is not None else {}

    def store(_name: str, number: int, sound: bytes, **_: int) -> None:
        sizes[number] = len(sound)

    monkeypatch.setattr(recordings, "store_piece", store)
    return sizes


class Later:
    """A recorder whose database is away until it `writes`."""

    def __init__(self) -> None:
        self.jobs: list[partial[None]] = []
        self.refuses: set[str] = set()

    def submit(self, service, /, *args, **kwargs) -> bool:
        if service.__name__ in self.refuses:
            return False
        self.jobs.append(partial(service, *args, **kwargs))
        return True

    def writes(self) -> None:
        while self.jobs:
            job = self.jobs.pop(0)
            try:
                job()
            except DatabaseError as error:
                keep(job, error)


class Here:
    """A thread that is this one."""

    def submit(self, work, *args) -> None:
        work(*args)


def test_a_process_that_lost_a_call_cannot_hand_it_over(call):
    assert states.save(call.pk, generation=0, state=b"s", used={"stream_ms": 1}, now=after(1))
    take_over(call.pk, generation=0, now=after(2))
    states.leave(call.pk, generation=0)
    assert not LiveState.objects.get().is_left


@pytest.mark.parametrize("method", ["submit_newest", "submit_in_place"])
def test_a_record_in_doubt_does_not_replace_one_that_is_sure(call, method):
    """When it is refused, at least the sure one was written."""
    waiting = Waiting()
    ours = OwnersRecorder(waiting, call.pk, generation=0, is_resumable=True)
    submit = getattr(ours, method)
    submit("turn", turns.save_turn, call.pk, text="sure", **TURN)
    ours.doubt()
    submit("turn", turns.save_turn, call.pk, text="in doubt", **TURN)
    is_taken_over(call)
    for job in waiting.jobs.values():
        job()
    assert texts() == ["sure"]
