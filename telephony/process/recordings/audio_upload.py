"""Carries the sound of recorded calls to the storage, on threads of its own.

A call hands over a piece every 5 seconds and continues. When the storage is away or too slow
the recording fails, and nothing else does: at most MAX_WAITING pieces (32 MB) wait for it in this
process, and the next one finds no room. As many at most are held until the database knows of their
recordings. The same when its organization has no room left there
(`usage.records.recordings.room_of`). Of a private call a piece is stored once it is settled
(`telephony.calls.private.muting`).
"""

import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from math import inf
from time import monotonic
from typing import Final

import structlog
from django.db import transaction

from telephony.calls.mixer import BYTES_PER_MS, interleave, peaks, whole_pieces
from telephony.calls.private.muting import Settled, Waiting
from telephony.calls.resuming.owners_recorder import OwnersRecorder
from telephony.process import metrics
from telephony.process.record_writer import RecordWriter
from telephony.process.recordings.live_recording import LiveRecording, RecordingTrack
from telephony.process.recordings.recording_room import StorageLimits, room_of
from telephony.process.write_queue import OwnedJob
from usage.records import recordings
from usage.records.database import AWAY
from usage.records.recording_storage import trouble_of
from voicex.threads import fresh_connections

log = structlog.get_logger(__name__)

THREADS: Final = 4  # a hundred calls make 20 pieces a second, and a bucket may take 100 ms for one
MAX_WAITING: Final = 400  # half an hour of one call, 32 MB
MOST_HELD: Final = 24  # pieces of one call whose beginning is not written: two minutes
AWAY_SECONDS: Final = 15.0  # between two questions to a database that does not answer
LONGEST_SILENCE_MS: Final = 60_000  # between two streams of a call; ours are seconds
SILENCE: Final = b"\xff"  # mu-law for zero


class RecordingUploader:
    """All recordings of a process. Its methods are for the event loop and never block it."""

    def __init__(self, recorder: RecordWriter, room_of: Callable[[str], int] = room_of) -> None:
        self._recorder = recorder
        self._limits = StorageLimits(room_of)
        self._room = threading.Semaphore(MAX_WAITING)
        # Of its own: recordings already begun continue while the database is unavailable.
        self._held_room = threading.Semaphore(MAX_WAITING)
        self._asks_again_at = -inf  # the database is away until then
        # The pieces of one call keep their order: they all go to one thread.
        self._threads = [
            ThreadPoolExecutor(1, thread_name_prefix=f"recordings-{number}")
            for number in range(THREADS)
        ]

    def begin(
        self,
        call_id: int,
        *,
        org_id: str,
        consent: str,
        started_ms: int,
        is_private: bool = False,
        records: OwnersRecorder | None = None,
    ) -> RecordingTrack:
        """Record a call from now on: fill the track, then give it to `finish`.

        started_ms: of the media clock. is_private: only what was settled by `settle` is stored.
        records: as of `LiveRecording`; None for a call that no other process continues.
        """
        records = records or self._only_ours(call_id)
        # The rest cannot be guessed, should a storage ever be open to more than us.
        name = f"{org_id}/{call_id}-{secrets.token_hex(8)}{recordings.SUFFIX}"
        waiting = Waiting(started_ms) if is_private else None
        recording = LiveRecording(call_id, org_id, name, waiting, records=records)
        records.submit_owned(
            recordings.begin, call_id, consent=str(consent), name=name, started_ms=started_ms
        )
        if records.is_resumable:
            recording.held = []
            give_up = partial(self._submit_held, recording, self._give_up)
            begin = OwnedJob(partial(self._begin, recording), lambda _error: give_up())
            if not self._recorder.submit(begin):
                give_up()
        return RecordingTrack(recording, partial(self._take, recording))

    def resume(
        self,
        call_id: int,
        *,
        org_id: str,
        so_far: recordings.SoFar,
        now_ms: int,
        records: OwnersRecorder | None = None,
    ) -> RecordingTrack:
        """Continue the recording of a call whose process is lost: as `begin`.

        now_ms: of the call's clock. What was not stored, and the gap, is silence.
        """
        records = records or self._only_ours(call_id)
        recording = LiveRecording(call_id, org_id, so_far.name, None, records=records)
        recording.rest = bytearray()
        self._thread_of(recording).submit(self._reopen, recording, so_far, now_ms)
        return RecordingTrack(recording, partial(self._take, recording))

    def leave(self, track: RecordingTrack) -> "Future[None]":
        """Another process continues the recording: store what there is. Done when it is stored, or
        held: of a recording that the database does not know of yet.
        """
        track.finish()
        return self._thread_of(track.recording).submit(lambda: None)

    def finish(self, track: RecordingTrack) -> None:
        """The call is over: store the last piece, and close the recording."""
        track.finish()
        self._thread_of(track.recording).submit(self._close, track.recording)

    def settle(self, track: RecordingTrack, settled: Settled) -> None:
        """Store what is settled of a private recording. On any thread."""
        recording = track.recording
        try:
            self._thread_of(recording).submit(self._settle, recording, settled)
        except RuntimeError:  # the process ends, and what waits is not stored
            log.warning("recording_not_settled", call_id=recording.call_id)

    def close(self) -> None:
        """Store what waits, which takes as long as the storage does."""
        for thread in self._threads:
            thread.shutdown()

    def _only_ours(self, call_id: int) -> OwnersRecorder:
        return OwnersRecorder(self._recorder, call_id, generation=0, is_resumable=False)

    def _thread_of(self, recording: LiveRecording) -> ThreadPoolExecutor:
        return self._threads[recording.call_id % THREADS]

    def _take(self, recording: LiveRecording, caller: bytes, agent: bytes) -> None:
        if recording.has_failed or recording.is_lost:
            return
        if not self._room.acquire(blocking=False):
            self._thread_of(recording).submit(self._fail, recording, "storage_too_slow")
            recording.has_failed = True
            return
        self._thread_of(recording).submit(self._store, recording, caller, agent)

    # --- on a thread --------------------------------------------------------------------------

    def _begin(self, recording: LiveRecording) -> None:
        """Its beginning is written, if it still could be: store its sound from now on, or drop it.

        On the thread that writes. Another process may have taken the call over, and then records it
        itself. A beginning that the database refused may be sent later.
        """
        name = recordings.name_of(recording.call_id)
        is_ours = name == recording.name or (not name and recording.records.is_owner())
        then = self._store_held if is_ours else self._drop
        # Not before the commit, which may be shared: what is undone is written again, and asked.
        transaction.on_commit(partial(self._submit_held, recording, then))

    def _submit_held(self, recording: LiveRecording, then: Callable[[LiveRecording], None]) -> None:
        with suppress(RuntimeError):  # the process ends, and nothing more is stored
            self._thread_of(recording).submit(then, recording)

    def _store_held(self, recording: LiveRecording) -> None:
        self._store_all(recording, self._release_held(recording))
        if recording.is_ended:
            self._close(recording)

    def _drop(self, recording: LiveRecording) -> None:
        self._release_held(recording)
        recording.is_lost = True

    def _give_up(self, recording: LiveRecording) -> None:
        self._release_held(recording)
        self._fail(recording, "database_away")

    def _hold(self, recording: LiveRecording, held: list[bytes], pieces: Iterable[bytes]) -> None:
        for sound in pieces:
            if recording.has_failed:
                return
            if len(held) >= MOST_HELD or not self._held_room.acquire(blocking=False):
                self._give_up(recording)
                return
            held.append(sound)

    def _release_held(self, recording: LiveRecording) -> list[bytes]:
        """Return the held pieces and free their room."""
        held, recording.held = recording.held or [], None
        if held:
            self._held_room.release(len(held))
        return held

    def _reopen(self, recording: LiveRecording, so_far: recordings.SoFar, now_ms: int) -> None:
        size = recordings.piece_bytes(recording.name)
        whole = so_far.size_bytes // size
        recording.pieces, recording.size_bytes = whole, whole * size
        recording.noted_bytes = so_far.size_bytes
        recording.peaks = so_far.peaks[: len(peaks(bytes(size))) * whole]
        rest = recording.rest = bytearray()
        try:
            generation = recording.records.generation
            for sound in recordings.pieces_from(recording.name, whole, generation=generation):
                if len(sound) < size:  # it is stored again with what follows it
                    rest += sound
                    break
                recording.pieces += 1
                recording.size_bytes += len(sound)
                recording.peaks += peaks(sound)
        except Exception as error:  # boundary: storages raise what their makers like
            self._fail(recording, trouble_of(error))
            return
        self._note_stored(recording)
        known_ms = (recording.size_bytes + len(rest)) * 1000 // recordings.BYTES_PER_SECOND
        missing_ms = min(max(0, now_ms - so_far.started_ms - known_ms), LONGEST_SILENCE_MS)
        silence = SILENCE * (missing_ms * BYTES_PER_MS)
        rest += interleave(silence, silence)

    def _store(self, recording: LiveRecording, caller: bytes, agent: bytes) -> None:
        try:
            sound = interleave(caller, agent)
            waiting = recording.waiting
            if recording.rest is not None:
                recording.rest += sound
                self._store_resumed(recording, recording.rest)
            else:
                self._store_all(recording, (sound,) if waiting is None else waiting.add(sound))
        finally:
            self._room.release()

    def _settle(self, recording: LiveRecording, settled: Settled) -> None:
        if recording.waiting is None:
            return
        self._store_all(recording, recording.waiting.settle(settled))
        if recording.is_ended and settled.is_over:
            self._close(recording)

    def _store_all(self, recording: LiveRecording, pieces: Iterable[bytes]) -> None:
        if recording.held is not None:
            self._hold(recording, recording.held, pieces)
            return
        try:
            for sound in pieces:
                if not (recording.has_failed or self._is_lost(recording)):
                    self._store_piece(recording, sound)
                    self._note_size(recording)
        except Exception as error:  # boundary: storages raise what their makers like
            self._fail(recording, trouble_of(error))

    def _is_lost(self, recording: LiveRecording) -> bool:
        """Whether another process continues the recording by now, and its next piece is its own."""
        now = monotonic()
        if recording.is_lost or now < self._asks_again_at:
            return recording.is_lost
        try:
            with fresh_connections():
                recording.is_lost = not recording.records.is_owner()
        except AWAY:  # nor can another process have asked it a moment ago
            self._asks_again_at = monotonic() + AWAY_SECONDS
        if recording.is_lost:
            log.warning("recording_continued_elsewhere", call_id=recording.call_id)
        return recording.is_lost

    def _store_piece(self, recording: LiveRecording, sound: bytes) -> None:
        if not self._limits.take(recording.org_id, len(sound)):
            self._fail(recording, "no_room_left")
            return
        self._put(recording, sound)
        recording.pieces += 1
        recording.size_bytes += len(sound)
        recording.peaks += peaks(sound)

    def _put(self, recording: LiveRecording, sound: bytes) -> None:
        generation = recording.records.generation
        recordings.store_piece(recording.name, recording.pieces, sound, generation=generation)

    def _may_store(self, recording: LiveRecording, sound: bytes | bytearray) -> bool:
        """Whether `sound` is stored next. Its row is one piece behind what is stored at most."""
        behind = recording.size_bytes + len(sound) - recording.noted_bytes
        if behind > recordings.piece_bytes(recording.name) and not recording.has_failed:
            self._note_size(recording)
            self._is_lost(recording)  # while the row is written it may have become another's
        return not (recording.has_failed or recording.is_lost)

    def _store_resumed(self, recording: LiveRecording, rest: bytearray) -> None:
        """Store the whole pieces of `rest`, and what is left of it as one that the next overwrites:
        otherwise a killed process would lose it. Both are asked for, and noted, as one.
        """
        if recording.has_failed or self._is_lost(recording):
            return
        try:
            for sound in whole_pieces(rest, recordings.piece_bytes(recording.name)):
                if self._may_store(recording, sound):
                    self._store_piece(recording, sound)
            if rest and self._may_store(recording, rest):
                self._put(recording, bytes(rest))
        except Exception as error:  # boundary: storages raise what their makers like
            self._fail(recording, trouble_of(error))
        if not recording.has_failed:
            self._note_size(recording, bytes(rest))

    def _note_stored(self, recording: LiveRecording) -> None:
        """Note whole pieces that no row says yet: of a lost process, or before one that failed."""
        if recording.size_bytes > recording.noted_bytes:
            self._note_size(recording)

    def _note_size(self, recording: LiveRecording, rest: bytes = b"") -> None:
        recording.noted_bytes = recording.size_bytes + len(rest)
        recording.records.submit_owned(
            recordings.grow,
            recording.call_id,
            size_bytes=recording.noted_bytes,
            peaks=recording.peaks + peaks(rest) if rest else recording.peaks,
            name=recording.name,
        )

    def _fail(self, recording: LiveRecording, error: str) -> None:
        recording.has_failed = True
        metrics.RECORDINGS_FAILED.inc()
        log.error("recording_failed", call_id=recording.call_id, error=error)
        self._note_stored(recording)
        submit = recording.records.submit_owned
        recording.is_failure_noted = submit(recordings.fail, recording.call_id, error)

    def _close(self, recording: LiveRecording) -> None:
        recording.is_ended = True
        is_settled = recording.waiting is None or recording.waiting.is_over
        if recording.held is not None or not is_settled:
            return  # closed when it is
        if recording.rest:  # also where nothing came behind a gap of more than a piece
            self._store_resumed(recording, recording.rest)
            recording.rest.clear()
        if not recording.is_failure_noted:
            close = recordings.fail if recording.has_failed else recordings.finish
            recording.records.submit_owned(close, recording.call_id)
