"""Both sides of a call as they sound on the line, sample beside sample. Pure.

The caller's audio is the clock. Beside each of its frames lies what the carrier was playing at
that moment: the audio that was sent and not cleared, in order, silence where there is none.
So both sides have the same length, and nothing that a `Clear` took back is ever recorded.

All audio is mu-law at 8 kHz: one byte a sample.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

BYTES_PER_MS: Final = 8
PEAK_SAMPLES: Final = 800  # 100 ms
PAST_MS: Final = 1_200  # of what was played that is remembered, for finding echoes of it
COMING_MS: Final = 2_500
_PAST: Final = PAST_MS * BYTES_PER_MS
_SILENCE: Final = bytes([mulaw.SILENCE])

OnFull = Callable[[bytes, bytes], None]


class Track:
    """Collects both sides in pieces of one length, and hands each over when it is full."""

    def __init__(self, samples: int, on_full: OnFull) -> None:
        """samples: of each side in a piece; on_full: gets the caller's and the agent's."""
        self._samples = samples
        self._on_full = on_full
        self._caller = bytearray()
        self._agent = bytearray()

    def add(self, caller: bytes, agent: bytes) -> None:
        """The next samples of both sides, equally many."""
        self._caller += caller
        self._agent += agent
        while len(self._caller) >= self._samples:
            self._hand_over(self._samples)

    def finish(self) -> None:
        """Hand over what is left, if anything is."""
        if self._caller:
            self._hand_over(len(self._caller))

    def _hand_over(self, samples: int) -> None:
        caller, agent = bytes(self._caller[:samples]), bytes(self._agent[:samples])
        del self._caller[:samples], self._agent[:samples]
        self._on_full(caller, agent)


class Mixer:
    """Lays the two sides of one call side by side. Frames need only be given while `is_running`."""

    def __init__(self) -> None:
        self.is_running = False
        self._tracks: list[Track] = []
        self._sent = bytearray()  # to the carrier, and not played yet
        self._position = 0  # in samples of the caller, up to which it was played
        self._past = bytearray(_SILENCE * _PAST)  # played last, until there

    def start(self, track: Track) -> None:
        """Fill `track` too, from the next frame on."""
        self._tracks.append(track)
        self.is_running = True

    def stop(self, track: Track) -> None:
        """Fill it no longer."""
        self._tracks.remove(track)
        self.is_running = bool(self._tracks)

    def play(self, payload: bytes, media_ms: int) -> None:
        """`payload` was sent to the carrier when the media clock stood at `media_ms`."""
        self._skip_to(media_ms * BYTES_PER_MS)
        self._sent += payload

    def forget_played(self, media_ms: int) -> None:
        """Forget what was played by `media_ms` on the media clock; nothing may be recording."""
        self._skip_to(media_ms * BYTES_PER_MS)

    def around(self, media_ms: int) -> tuple[bytes, int]:
        """What is played around `media_ms` on the media clock, and where on it that begins."""
        self._skip_to(media_ms * BYTES_PER_MS)
        past, coming = self._past[-_PAST:], self._sent[: COMING_MS * BYTES_PER_MS]
        return bytes(past + coming), self._position // BYTES_PER_MS - PAST_MS

    def clear(self) -> None:
        """The carrier's buffer was emptied."""
        self._sent.clear()

    def frame(self, caller: bytes, media_ms: int) -> None:
        """A frame of the caller came; with it the media clock stands at `media_ms`."""
        size = len(caller)
        self._skip_to(media_ms * BYTES_PER_MS - size)
        agent = self._play_on(size)
        for track in self._tracks:
            track.add(caller, agent)

    def _skip_to(self, position: int) -> None:
        """Let the carrier play while nothing is recorded."""
        if position > self._position:
            self._play_on(position - self._position)

    def _play_on(self, size: int) -> bytes:
        """Play the next `size` samples, which it returns."""
        agent = bytes(self._sent[:size]).ljust(size, _SILENCE)
        del self._sent[:size]
        self._position += size
        self._past += agent
        if len(self._past) > 2 * _PAST:  # seldom, for 50 frames a second come here
            del self._past[:-_PAST]
        return agent


def interleave(caller: bytes, agent: bytes) -> bytes:
    """Stereo: caller left, agent right."""
    both = np.empty((len(caller), 2), np.uint8)
    both[:, 0] = np.frombuffer(caller, np.uint8)
    both[:, 1] = np.frombuffer(agent, np.uint8)
    return both.tobytes()


def mixed(caller: bytes, agent: bytes) -> bytes:
    """Both sides in one, as the two would hear each other on one line."""
    both = mulaw.decode(caller).astype(np.int32) + mulaw.decode(agent)
    return mulaw.encode(both.clip(-32_768, 32_767).astype(np.int16))


def peaks(stereo: bytes) -> bytes:
    """The loudest sample of each 100 ms, 0 to 255, of caller and agent in turn.

    stereo: as made by `interleave`; a rest shorter than 100 ms has peaks of its own.
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
