"""The recording of a call while it is made: its state at the storage, and its track."""

from functools import partial
from typing import Final

from telephony.calls.mixer import BYTES_PER_MS, Track
from telephony.calls.private.muting import Waiting
from telephony.calls.resuming.owners_recorder import OwnersRecorder
from usage.records import recordings

PIECE_SAMPLES: Final = recordings.PIECE_SECONDS * 1000 * BYTES_PER_MS  # of each side


class LiveRecording:
    """The state of one call's recording. Changed on the storing thread only.

    waiting: what is not stored before it is settled; None where all is stored as it comes.
    """

    def __init__(
        self, call_id: int, org_id: str, name: str, waiting: Waiting | None, records: OwnersRecorder
    ) -> None:
        """records: of the stream that the sound is of. Once another stream has taken its place,
        nothing more of this one is stored: the sound is the other one's.
        """
        self.call_id = call_id
        self.records = records
        self.org_id = org_id
        self.name = name
        self.waiting = waiting
        self.is_ended = False
        self.has_failed = False
        self.is_failure_noted = False  # else the writer had no room: the row still says RUNNING
        self.is_lost = False  # to another process, which continues it
        # What waits to be part of a whole piece, where pieces do not come whole: as `interleave`
        # makes it. None: they do.
        self.rest: bytearray | None = None
        # What is not stored yet because its beginning is not written: if another process takes
        # over the call, no row points to this audio. None once it is.
        self.held: list[bytes] | None = None
        self.pieces = 0
        self.size_bytes = 0
        self.noted_bytes = 0  # as its row has it, or soon will
        self.peaks = b""


class RecordingTrack(Track):
    """The track of a recording, which knows whose it is."""

    def __init__(self, recording: LiveRecording, on_full: "partial[None]") -> None:
        super().__init__(PIECE_SAMPLES, on_full)
        self.recording = recording
