"""The carrier's playback buffer. Pure.

Audio is queued behind what waits already and plays at real time, 8 bytes a millisecond.
A mark comes back when everything queued before it has played, or at once when `clear`
throws it away. Times are milliseconds on the call's clock and are always arguments.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from telephony.simulator.codes import CarrierError
from telephony.simulator.sound.loudness import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, loud_frames

MAX_BUFFERED_MS: Final = 10 * 60 * 1000


@dataclass(slots=True)
class Stretch:
    """One unbroken run of agent audio; ends when the buffer runs dry or is cleared.

    audio: mu-law, 8 kHz; after `clear` only what was heard of it.
    """

    begins_ms: float
    audio: bytearray = field(default_factory=bytearray)
    is_cut: bool = False
    _loud: bytearray = field(default_factory=bytearray)

    @property
    def ends_ms(self) -> float:
        """When its last byte has played (or would, when more than that is queued)."""
        return self.begins_ms + len(self.audio) / BYTES_PER_MS

    def add(self, payload: bytes) -> None:
        """Queue `payload` behind the rest of the stretch."""
        self.audio += payload
        self._loud += loud_frames(self.audio[len(self._loud) * FRAME_BYTES :])

    def cut(self, now_ms: float) -> None:
        """Forget what has not been played by `now_ms`."""
        if self.ends_ms > now_ms:
            del self.audio[max(0, int((now_ms - self.begins_ms) * BYTES_PER_MS)) :]
            del self._loud[len(self.audio) // FRAME_BYTES :]
        self.is_cut = True

    def first_loud_ms(self, *, since_ms: float, until_ms: float) -> float | None:
        """When its first audible frame began to play in [since_ms, until_ms), if one did."""
        found = self._loud.find(1, self._frames_begun(since_ms), self._frames_begun(until_ms))
        return None if found < 0 else self.begins_ms + found * FRAME_MS

    def last_loud_ms(self, *, until_ms: float) -> float | None:
        """When the last audible frame that began before `until_ms` ended, if one did."""
        found = self._loud.rfind(1, 0, self._frames_begun(until_ms))
        return None if found < 0 else self.begins_ms + (found + 1) * FRAME_MS

    def _frames_begun(self, before_ms: float) -> int:
        """How many frames begin before `before_ms`."""
        return max(0, -int((self.begins_ms - before_ms) // FRAME_MS))


@dataclass(frozen=True, slots=True)
class Heard:
    """Agent speech the caller heard: its first and its latest audible moment, in ms."""

    first_ms: float
    last_ms: float


class Playout:
    """The buffer of one stream. `stretches` and `clears_ms` are its whole history.

    cleared_ms: how much each of the clears threw away.
    """

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self.clears_ms: list[float] = []
        self.cleared_ms: list[float] = []
        self._marks: deque[tuple[float, str]] = deque()

    def media(self, payload: bytes, *, now_ms: float) -> None:
        """Queue `payload` (mu-law). Raises CarrierError 31931 when too much waits already."""
        if self._waiting_until(now_ms) - now_ms + len(payload) / BYTES_PER_MS > MAX_BUFFERED_MS:
            raise CarrierError(31931, "more than ten minutes of audio were waiting to be played")
        if not self.is_playing(now_ms):
            self.stretches.append(Stretch(begins_ms=now_ms))
        self.stretches[-1].add(payload)

    def mark(self, name: str, *, now_ms: float) -> None:
        """Queue a mark behind what waits now."""
        self._marks.append((self._waiting_until(now_ms), name))

    def clear(self, *, now_ms: float) -> list[str]:
        """Throw away what waits; returns the names of the marks flushed by it, in order."""
        self.clears_ms.append(now_ms)
        self.cleared_ms.append(self._waiting_until(now_ms) - now_ms)
        if self.stretches:
            self.stretches[-1].cut(now_ms)
        flushed = [name for _, name in self._marks]
        self._marks.clear()
        return flushed

    def reached(self, *, now_ms: float) -> list[str]:
        """Names of the marks that playback has reached by `now_ms`, each given once."""
        names = []
        while self._marks and self._marks[0][0] <= now_ms:
            names.append(self._marks.popleft()[1])
        return names

    def is_playing(self, now_ms: float) -> bool:
        """Whether audio is being played at `now_ms`."""
        if not self.stretches:
            return False
        latest = self.stretches[-1]
        return not latest.is_cut and latest.ends_ms > now_ms

    def heard(self, *, since_ms: float, now_ms: float) -> Heard | None:
        """What the caller heard between the two times; None when it was silent."""
        heard: Heard | None = None
        for stretch in reversed(self.stretches):
            if stretch.ends_ms <= since_ms:
                break
            first = stretch.first_loud_ms(since_ms=since_ms, until_ms=now_ms)
            last = stretch.last_loud_ms(until_ms=now_ms)
            if first is not None and last is not None:
                heard = Heard(first_ms=first, last_ms=heard.last_ms if heard else last)
        return heard

    def stop(self, *, now_ms: float) -> float:
        """The stream is over: what waits is never heard. Returns how much that is, in ms."""
        unheard_ms = self._waiting_until(now_ms) - now_ms
        if self.stretches:
            self.stretches[-1].cut(now_ms)
        self._marks.clear()
        return unheard_ms

    def _waiting_until(self, now_ms: float) -> float:
        return self.stretches[-1].ends_ms if self.is_playing(now_ms) else now_ms
