"""Limits how far the audio of a response is produced ahead of its playback.

Speech is produced faster than it is played. Audio ahead of the playback costs money, fills the
carrier's buffer and our memory, and is lost when the caller interrupts.
"""

import asyncio
from typing import Final

BYTES_PER_MS: Final = 8  # mu-law, 8 kHz
# The limits for beginning a new sentence, and for continuing the current one.
BEGIN_MS: Final = 30_000
MOST_MS: Final = 60_000


class PlaybackLead:
    """The produced and heard audio of one response. For the event loop's thread."""

    def __init__(self) -> None:
        self._made_bytes = 0
        self._heard_ms = 0
        self._has_moved = asyncio.Event()

    def made(self, audio: bytes) -> None:
        """Count produced audio (mu-law, 8 kHz mono)."""
        self._made_bytes += len(audio)

    @property
    def made_ms(self) -> int:
        """Milliseconds produced so far."""
        return self._made_bytes // BYTES_PER_MS

    @property
    def ahead_ms(self) -> int:
        """Milliseconds produced and not known to be heard."""
        return self.made_ms - self._heard_ms

    def heard(self, ms: int) -> None:
        """The caller has heard the first `ms` of it."""
        if ms > self._heard_ms:
            self._heard_ms = ms
            self._has_moved.set()

    async def within(self, most_ms: int) -> None:
        """Wait until less than `most_ms` are ahead; usually returns at once."""
        while self._made_bytes // BYTES_PER_MS - self._heard_ms >= most_ms:
            self._has_moved.clear()
            await self._has_moved.wait()
