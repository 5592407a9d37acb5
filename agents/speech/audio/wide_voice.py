"""A buffer of the agent's wide-band audio, kept until its mu-law is played. Pure.

The core of a call passes mu-law on, in its own time and in its own pieces; a line that can play
more takes from here what belongs to a piece.
"""

from collections import OrderedDict, deque
from typing import Final

from agents.speech.audio.both_bands import part, wide_of
from agents.speech.audio.wide_sound import BYTES_PER_POSITION

# Of one call, both forms: a minute and a half of speech. A response is made a minute ahead at most.
MOST_BYTES: Final = 90 * 8_000 * (1 + BYTES_PER_POSITION)
MOST_RESPONSES: Final = 8
# Mu-law of one piece, 0.2 s: what is left of one is copied with each frame that is taken of it.
PIECE: Final = 1_600


class WideVoice:
    """The wide-band voice of one call, by response. Bounded; lost audio is played in narrow band.

    Used on the event loop's thread. The engine pushes in the order in which it gives the mu-law to
    the core; the line takes in the order in which the core plays it.
    """

    def __init__(self) -> None:
        self._responses: OrderedDict[str, deque[bytes]] = OrderedDict()
        self._bytes = 0

    def push(self, response_id: str, audio: bytes) -> None:
        """Add the next `audio` (mu-law, perhaps in both bands) of the response."""
        if not audio:
            return
        pieces = self._responses.setdefault(response_id, deque())
        pieces.extend(part(audio, at, at + PIECE) for at in range(0, len(audio), PIECE))
        self._bytes += _size(audio)
        while self._bytes > MOST_BYTES or len(self._responses) > MOST_RESPONSES:
            self.forget(next(iter(self._responses)))

    def take(self, response_id: str, payload: bytes) -> bytes:
        """The PCM of what is played next of the response; b"" when part of it is missing.

        payload: its mu-law; each byte is requested once.
        """
        chunks = self._responses.get(response_id)
        at, wide = 0, []
        while chunks and at < len(payload):
            chunk = chunks.popleft()
            self._bytes -= _size(chunk)
            size = min(len(chunk), len(payload) - at)
            if chunk[:size] != payload[at : at + size]:
                # Not what was made, such as the tones of keys: its place is lost from here on.
                self.forget(response_id)
                return b""
            wide.append(wide_of(part(chunk, 0, size)))
            if size < len(chunk):
                rest = part(chunk, size, len(chunk))
                chunks.appendleft(rest)
                self._bytes += _size(rest)
            at += size
        return b"".join(wide) if at == len(payload) and all(wide) else b""

    def forget(self, response_id: str) -> None:
        """Drop the response, of which nothing more is played; unknown ids are ignored."""
        for chunk in self._responses.pop(response_id, ()):
            self._bytes -= _size(chunk)


def _size(chunk: bytes) -> int:
    return len(chunk) + len(wide_of(chunk))
