"""Passes the audio of a live call to its recording and to members who listen."""

import asyncio
from functools import partial
from typing import Final

from telephony.calls.live_hub import LISTEN_SECONDS, LiveHub
from telephony.calls.mixer import BYTES_PER_MS, Mixer, Track
from telephony.calls.private.muting import Settled
from telephony.calls.resuming.owners_recorder import OwnersRecorder
from telephony.process.recordings.audio_upload import RecordingUploader
from telephony.process.recordings.live_recording import RecordingTrack
from usage.records.recordings import SoFar

LISTEN_SAMPLES: Final = 200 * BYTES_PER_MS  # samples of each side in a piece for listeners


class CallAudio:
    """Passes a call's audio to its recording and listeners. For the event loop's thread.

    now: of the monotonic clock, in seconds. media_ms: of the media clock.
    """

    def __init__(
        self,
        call_id: int,
        org_id: str,
        *,
        uploader: RecordingUploader,
        live: LiveHub,
        is_private: bool = False,
        records: OwnersRecorder | None = None,
        so_far: SoFar | None = None,
    ) -> None:
        """records: of the call's stream, as of `RecordingUploader.begin`. is_private: only what is
        settled is recorded, and there are no listeners. so_far: what former streams have stored.
        """
        self.mixer = Mixer()
        self._call_id = call_id
        self._org_id = org_id
        self._uploader = uploader
        self._live = live
        self._is_private = is_private
        self._records = records
        self._so_far = so_far
        self._recording: RecordingTrack | None = None
        self._listening: Track | None = None
        self._listened_at = 0.0

    def record(self, consent: str, media_ms: int, *, began_ms: int = 0) -> None:
        """Record from now on, where the stream's media clock stands at `media_ms`. Once a call.

        began_ms: when the stream began, on the call's clock. Another process may have begun the
        recording on an earlier one, and was lost before its call knew that it may.
        """
        now_ms = began_ms + media_ms
        self.resume_recording(now_ms)
        if self._recording is not None:
            return
        self._recording = self._uploader.begin(
            self._call_id,
            org_id=self._org_id,
            consent=consent,
            # What is taken out is placed by the stream's own clock.
            started_ms=media_ms if self._is_private else now_ms,
            is_private=self._is_private,
            records=self._records,
        )
        self.mixer.start(self._recording)

    def resume_recording(self, now_ms: int) -> None:
        """Continue the recording of a call that another process has lost, if there is one.

        now_ms: on the call's clock. Of a private call the part that was not stored yet is lost.
        """
        if self._so_far is not None and not self._is_private:
            self._recording = self._uploader.resume(
                self._call_id,
                org_id=self._org_id,
                so_far=self._so_far,
                now_ms=now_ms,
                records=self._records,
            )
            self.mixer.start(self._recording)

    async def leave(self, *, seconds: float) -> None:
        """Another process continues the recording: wait until all audio so far is stored."""
        if self._recording and not self._is_private:
            stored = asyncio.wrap_future(self._uploader.leave(self._recording))
            await asyncio.wait({stored}, timeout=seconds)

    def listen(self, now: float) -> None:
        """Publish the sound to listeners, until 2 * LISTEN_SECONDS after the latest call."""
        if self._is_private:  # redaction is only possible after the fact
            return
        self._listened_at = now
        if self._listening is None:
            publish = partial(self._live.publish_audio, self._call_id)
            self._listening = Track(LISTEN_SAMPLES, publish)
            self.mixer.start(self._listening)

    def poll(self, now: float, media_ms: int) -> None:
        """Stop publishing when no listener is left, and discard old audio."""
        self.mixer.forget_played(media_ms)
        if self._listening and now > self._listened_at + 2 * LISTEN_SECONDS:
            self.mixer.stop(self._listening)
            self._listening = None

    def settle(self, settled: Settled) -> None:
        """Record the settled part of a private call's audio. Safe on any thread."""
        if (recording := self._recording) is not None:
            self._uploader.settle(recording, settled)

    def finish(self) -> None:
        """The call is over: close its recording."""
        if self._recording:
            self._uploader.finish(self._recording)
