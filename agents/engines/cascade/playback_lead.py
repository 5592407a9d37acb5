"""How far the audio of a response is ahead of what its caller has heard.

A voice is made faster than it is heard. What lies ahead was bought, fills the carrier's buffer and
our memory, and is lost when the caller interrupts: so making waits for hearing.
"""

import asyncio
from typing import Final

BYTES_PER_MS: Final = 8  # mu-law, 8 kHz
# No new sentence is begun so far ahead, and a sentence under way is made no further than this.
BEGIN_MS: Final = 30_000
MOST_MS: Final = 60_000


class PlaybackLead:
    """What was made and what was heard of one response. For the event loop's thread."""

    def __init__(self) -> None:
        self._made_bytes = 0
        self._heard_ms = 0
        self._has_moved = asyncio.Event()

    def made(self, audio: bytes) -> None:
        """More audio was made (mu-law, 8 kHz mono)."""
        self._made_bytes += len(audio)

    @property
    def made_ms(self) -> int:
        """How much was made so far."""
        return self._made_bytes // BYTES_PER_MS

    @property
    def ahead_ms(self) -> int:
        """How much was made and not heard yet, as far as that is known."""
        return self.made_ms - self._heard_ms

    def heard(self, ms: int) -> None:
        """The caller has heard the first `ms` of it."""
        if ms > self._heard_ms:
            self._heard_ms = ms
            self._has_moved.set()

    async def within(self, most_ms: int) -> None:
        """Return when less than `most_ms` are ahead; at once, as a rule."""
        while self._made_bytes // BYTES_PER_MS - self._heard_ms >= most_ms:
            self._has_moved.clear()
            await self._has_moved.wait()
