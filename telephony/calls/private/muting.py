"""Delays the audio of a recording until it is known which parts have to be muted. Pure.

Audio is stored only once it is settled, so nothing ever has to be removed from a storage, its
copies and its backups. Audio that waits too long is stored, with the parts muted of which it is not
known what was said.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agents.speech.audio import mulaw
from telephony.calls.mixer import BYTES_PER_MS
from telephony.calls.private.stretches import Stretch

_SIDES: Final = 2
_SILENCE: Final = bytes([mulaw.SILENCE])
MOST_HELD: Final = 24  # pieces, of 5 s: 2 MB


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known about a call's audio. Times: milliseconds of the media clock.

    settled_ms: before it nothing more will be muted. known_ms: before it all words are known.
    silent: spans to mute, on both sides. is_over: whether the call is over.
    """

    settled_ms: int
    known_ms: int
    silent: tuple[Stretch, ...]
    is_over: bool = False


NOTHING_KNOWN: Final = Settled(0, 0, ())


class Waiting:
    """The audio of one recording that is not stored yet. For one thread."""

    def __init__(self, started_ms: int) -> None:
        """started_ms: the position of the first sample on the media clock."""
        self._next_ms = started_ms  # where the oldest piece begins
        self._pieces: deque[bytes] = deque()
        self._settled = NOTHING_KNOWN

    def add(self, sound: bytes) -> Iterator[bytes]:
        """Append a piece, as made by `mixer.interleave`; returns the pieces that can be
        stored now.
        """
        self._pieces.append(sound)
        yield from self._ready()

    def settle(self, settled: Settled) -> Iterator[bytes]:
        """Update what is known; returns the pieces that can be stored now."""
        self._settled = settled
        yield from self._ready()

    @property
    def is_over(self) -> bool:
        """Whether the call is over and all of its audio settled."""
        return self._settled.is_over

    def _ready(self) -> Iterator[bytes]:
        while self._pieces:
            length_ms = len(self._pieces[0]) // (_SIDES * BYTES_PER_MS)
            is_settled = self._next_ms + length_ms <= self._settled.settled_ms
            if not is_settled and len(self._pieces) <= MOST_HELD:
                return
            sound = bytearray(self._pieces.popleft())
            for stretch in self._settled.silent:
                self._silence(sound, stretch.begin_ms, stretch.end_ms)
            if not is_settled:
                self._silence(sound, self._settled.known_ms, self._next_ms + length_ms + 1)
            self._next_ms += length_ms
            yield bytes(sound)

    def _silence(self, sound: bytearray, begin_ms: int, end_ms: int) -> None:
        per_ms = _SIDES * BYTES_PER_MS
        begin = min(max(0, (begin_ms - self._next_ms) * per_ms), len(sound))
        end = min(max(begin, (end_ms - self._next_ms) * per_ms), len(sound))
        sound[begin:end] = _SILENCE * (end - begin)
