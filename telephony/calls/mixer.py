"""Aligns both sides of a call as they sound on the line, sample by sample. Pure.

The caller's audio is the clock. Each of its frames is paired with what the carrier was playing at
that moment: audio that was sent and not cleared, in order, or silence. So both sides have the same
length, and audio discarded by a `Clear` is never recorded.

All audio is mu-law at 8 kHz: one byte a sample.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

BYTES_PER_MS: Final = 8
PEAK_SAMPLES: Final = 800  # 100 ms
PAST_MS: Final = 1_200  # samples of played audio that are kept for echo detection
COMING_MS: Final = 2_500
_PAST: Final = PAST_MS * BYTES_PER_MS
_SILENCE: Final = bytes([mulaw.SILENCE])

OnFull = Callable[[bytes, bytes], None]


class Track:
    """Collects both sides in pieces of a fixed length, and passes on each full piece."""

    def __init__(self, samples: int, on_full: OnFull) -> None:
        """samples: of each side in a piece; on_full: called with the caller's and the agent's
        samples.
        """
        self._samples = samples
        self._on_full = on_full
        self._caller = bytearray()
        self._agent = bytearray()

    def add(self, caller: bytes, agent: bytes) -> None:
        """Append samples of both sides, the same number of each."""
        self._caller += caller
        self._agent += agent
        while len(self._caller) >= self._samples:
            self._hand_over(self._samples)

    def finish(self) -> None:
        """Pass on the last, incomplete piece, if any."""
        if self._caller:
            self._hand_over(len(self._caller))

    def _hand_over(self, samples: int) -> None:
        caller, agent = bytes(self._caller[:samples]), bytes(self._agent[:samples])
        del self._caller[:samples], self._agent[:samples]
        self._on_full(caller, agent)


class Mixer:
    """Aligns the two sides of one call. Frames are only needed while `is_running`."""

    def __init__(self) -> None:
        self.is_running = False
        self._tracks: list[Track] = []
        self._sent = bytearray()  # sent to the carrier, and not played yet
        self._position = 0  # the caller's samples up to which it was played
        self._past = bytearray(_SILENCE * _PAST)  # the latest played audio, up to that point

    def start(self, track: Track) -> None:
        """Start to fill `track`, from the next frame on."""
        self._tracks.append(track)
        self.is_running = True

    def stop(self, track: Track) -> None:
        """Stop filling `track`."""
        self._tracks.remove(track)
        self.is_running = bool(self._tracks)

    def play(self, payload: bytes, media_ms: int) -> None:
        """`payload` was sent to the carrier when the media clock stood at `media_ms`."""
        self._skip_to(media_ms * BYTES_PER_MS)
        self._sent += payload

    def forget_played(self, media_ms: int) -> None:
        """Discard audio played before `media_ms` of the media clock. Not while recording."""
        self._skip_to(media_ms * BYTES_PER_MS)

    def around(self, media_ms: int) -> tuple[bytes, int]:
        """The audio played around `media_ms` of the media clock, and where on that clock
        it begins.
        """
        self._skip_to(media_ms * BYTES_PER_MS)
        past, coming = self._past[-_PAST:], self._sent[: COMING_MS * BYTES_PER_MS]
        return bytes(past + coming), self._position // BYTES_PER_MS - PAST_MS

    def clear(self) -> None:
        """The carrier's buffer was emptied."""
        self._sent.clear()

    def frame(self, caller: bytes, media_ms: int) -> None:
        """Process a frame of the caller, after which the media clock stands at `media_ms`."""
        size = len(caller)
        self._skip_to(media_ms * BYTES_PER_MS - size)
        agent = self._play_on(size)
        for track in self._tracks:
            track.add(caller, agent)

    def _skip_to(self, position: int) -> None:
        """Advance the playback while nothing is recorded."""
        if position > self._position:
            self._play_on(position - self._position)

    def _play_on(self, size: int) -> bytes:
        """Advance the playback by `size` samples, and return them."""
        agent = bytes(self._sent[:size]).ljust(size, _SILENCE)
        del self._sent[:size]
        self._position += size
        self._past += agent
        if len(self._past) > 2 * _PAST:  # trimmed rarely, as this runs for 50 frames a second
            del self._past[:-_PAST]
        return agent


def interleave(caller: bytes, agent: bytes) -> bytes:
    """Stereo: caller left, agent right."""
    both = np.empty((len(caller), 2), np.uint8)
    both[:, 0] = np.frombuffer(caller, np.uint8)
    both[:, 1] = np.frombuffer(agent, np.uint8)
    return both.tobytes()


def whole_pieces(sound: bytearray, size: int) -> Iterator[bytes]:
    """Take the whole pieces of `size` bytes at the beginning of `sound` out of it."""
    while len(sound) >= size:
        piece = bytes(sound[:size])
        del sound[:size]
        yield piece


def mixed(caller: bytes, agent: bytes) -> bytes:
    """Both sides mixed into one channel."""
    both = mulaw.decode(caller).astype(np.int32) + mulaw.decode(agent)
    return mulaw.encode(both.clip(-32_768, 32_767).astype(np.int16))


def peaks(stereo: bytes) -> bytes:
    """The peak of each 100 ms, 0 to 255, alternately of caller and agent.

    stereo: as returned by `interleave`; a shorter rest gets peaks of its own.
    """
    samples = np.frombuffer(stereo, np.uint8).reshape(-1, 2)
    missing = -len(samples) % PEAK_SAMPLES
    padded = np.concatenate([samples, np.full((missing, 2), mulaw.SILENCE, np.uint8)])
    loudness: NDArray[np.uint8] = _LOUDNESS[padded.reshape(-1, PEAK_SAMPLES, 2)].max(axis=1)
    return loudness.tobytes()


def _loudness_table() -> NDArray[np.uint8]:
    magnitude = np.abs(mulaw.decode(bytes(range(256))).astype(np.int32))
    loudness: NDArray[np.int32] = magnitude * 255 // magnitude.max()
    return loudness.astype(np.uint8)


_LOUDNESS: Final = _loudness_table()
