"""How many requests for pages are served at once: each has a thread, beside those of calls."""

import asyncio
from collections import Counter
from typing import Any, Final

from voicex.client_address import limited_address, told_address
from voicex.tallies import Tally

WAIT_SECONDS: Final = 10.0

_full: Final = Tally("pages_full")


class RequestRoom:
    """Places for `most` requests, and `most_waiting` that wait for one. For one event loop.

    most_of_one: served or waiting, of one address. address_header: as in `guarded_http.Guard`.
    """

    def __init__(
        self, *, most: int, most_waiting: int, most_of_one: int, address_header: bytes = b""
    ) -> None:
        self._most_taken = most + most_waiting
        self._most_of_one = most_of_one
        self._address_header = address_header
        self._places = asyncio.Semaphore(most)
        self._taken = 0
        self._of: Counter[str] = Counter()

    async def enter(self, scope: Any) -> bool:
        """Wait for a place; False when too many wait, or it has taken too long."""
        address = self._address(scope)
        if self._taken >= self._most_taken or (address and self._of[address] >= self._most_of_one):
            _full.note(taken=self._taken)
            return False
        self._taken += 1
        self._of[address] += 1
        has_place = False
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
                has_place = True
        except TimeoutError:
            _full.note(taken=self._taken)
        finally:
            if not has_place:
                self._forget(address)
        return has_place

    def leave(self, scope: Any) -> None:
        """The request of `scope`, which has a place, was answered."""
        self._places.release()
        self._forget(self._address(scope))

    def _forget(self, address: str) -> None:
        self._taken -= 1
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]

    def _address(self, scope: Any) -> str:
        if self._address_header:
            return told_address(scope["headers"], self._address_header)
        client = scope.get("client")
        return limited_address(client[0]) if client else ""
