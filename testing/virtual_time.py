"""A virtual clock for simulated calls: time passes when no task has anything left to do.

Phone and server live on one event loop. Whatever a busy machine takes for their work counts as
no time at all, and no test waits for a second to pass.
"""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

import pytest

Select = Callable[[float | None], list[tuple[selectors.SelectorKey, int]]]

# The modules of the phone that read the clock themselves.
CLOCKS = ("clock", "media_socket", "metronome")
# What is on its way, through a socket or from a thread, comes before time passes.
ARRIVAL_SECONDS = 0.001


class VirtualTime:
    """The time of the running loop, and of the phones on it, from now to the test's end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop: Any = asyncio.get_running_loop()
        self._now: float = loop.time()
        self._select: Select = loop._selector.select
        monkeypatch.setattr(loop, "time", self.now)
        monkeypatch.setattr(loop._selector, "select", self._wait)
        for name in CLOCKS:
            monkeypatch.setattr(f"telephony.simulator.{name}.monotonic", self.now)

    def now(self) -> float:
        """Seconds, as `monotonic` gives them."""
        return self._now

    def passes(self, seconds: float) -> None:
        """So much time passes at once, as when a callback blocks the loop."""
        self._now += seconds

    def _wait(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The loop's `select`: with nothing to read, the next timer is due at once."""
        if timeout is None:
            return self._select(None)
        events = self._select(min(timeout, ARRIVAL_SECONDS))
        if not events:
            self._now += timeout
        return events
