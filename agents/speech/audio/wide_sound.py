"""A buffer of the caller's wide-band audio, aligned with the mu-law frames. Pure.

A position is a byte of the mu-law stream (1/8 ms): the same two positions cut the same moments
out of either.
"""

from collections.abc import Callable
from typing import Final

BYTES_PER_POSITION: Final = 4  # two samples of 16 bits at 16 kHz for one byte at 8 kHz
MOST_BYTES: Final = 62_000 * 32  # the longest utterance, and what is on its way to the core


class WideSound:
    """One caller's PCM as received: 16-bit little-endian mono at 16 kHz. Bounded.

    Used on the event loop's thread. The line pushes and one reader reads; without a reader
    nothing is kept.
    """

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._from = 0  # where in the stream of PCM its first byte lies
        self._wanted_from: Callable[[], int] | None = None

    def keep(self, wanted_from: Callable[[], int] | None) -> None:
        """Keep the audio that a reader may still need: from the position `wanted_from` returns.

        None: keep nothing from now on.
        """
        self._wanted_from = wanted_from

    def push(self, pcm: bytes) -> None:
        """Add received audio: any number of whole samples."""
        self._pcm += pcm
        surplus = len(self._pcm) - MOST_BYTES
        if self._wanted_from is None:
            surplus = len(self._pcm)
        else:
            surplus = max(surplus, self._wanted_from() * BYTES_PER_POSITION - self._from)
        if surplus > 0:
            # No more than there is: the next samples would count from a moment to come.
            surplus = min(surplus, len(self._pcm))
            del self._pcm[:surplus]
            self._from += surplus

    def between(self, begin: int, end: int) -> bytes:
        """The PCM between two positions; b"" when part of it is not in the buffer."""
        first = begin * BYTES_PER_POSITION - self._from
        behind = end * BYTES_PER_POSITION - self._from
        if not 0 <= first < behind <= len(self._pcm):
            return b""
        return bytes(self._pcm[first:behind])
