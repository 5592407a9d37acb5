"""How much sound each organization may still store (`usage.records.recordings.room_of`)."""

import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Final

from usage.records import recordings
from usage.records.database import AWAY
from voicex.threads import fresh_connections

ROOM_SECONDS: Final = 60.0


class StorageLimits:
    """How many bytes each organization may still store, read once a minute. On any thread."""

    def __init__(self, room_of: Callable[[str], int]) -> None:
        self._room_of = room_of
        self._lock = threading.Lock()
        self._bytes: dict[str, tuple[float, int]] = {}  # by organization: when read, what is left

    def take(self, org_id: str, size: int) -> bool:
        """Reserve `size` bytes; False when there is no room. May read the database."""
        now = monotonic()
        with self._lock:
            read_at, left = self._bytes.get(org_id, (-inf, 0))
            if now - read_at >= ROOM_SECONDS:
                read_at, left = now, self._read(org_id, left, is_known=org_id in self._bytes)
                # Those of organizations that no longer record are dropped.
                self._bytes = {
                    each: kept for each, kept in self._bytes.items() if now - kept[0] < ROOM_SECONDS
                }
            has_room = size <= left
            self._bytes[org_id] = (read_at, left - size if has_room else left)
            return has_room

    def _read(self, org_id: str, left: int, *, is_known: bool) -> int:
        try:
            return self._room_of(org_id)
        except AWAY:
            if not is_known:
                raise
            return left  # as far as is known while the database is away


def room_of(org_id: str) -> int:
    """`usage.records.recordings.room_of` on a thread that leaves no connection behind."""
    with fresh_connections():
        return recordings.room_of(org_id)
