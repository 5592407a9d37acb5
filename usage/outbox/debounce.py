"""Debounces hints to workers that work is due: the first is sent at once, further ones are merged.

A worker that takes a hint does whatever is due of its kind, not just what it names. So after
a hint those of the next moment can share one more: what a broker and a worker spend on each
message is several times what the settlement of a call costs.
"""

from collections.abc import Callable
from threading import Lock, Timer
from time import monotonic
from typing import Final

SPACING_SECONDS: Final = 0.05  # a ledger line may be that late


class Debouncer:
    """Passes on the first hint at once, and of hints shortly after it the last one, delayed.

    Safe on any thread. A delayed hint is lost if the process dies; the sweeper finds its outbox
    row.
    """

    def __init__(
        self,
        send: Callable[[int], object],
        *,
        clock: Callable[[], float] = monotonic,
        call_later: Callable[[float, Callable[[], None]], None] | None = None,
    ) -> None:
        self._send = send
        self._clock = clock
        self._call_later = call_later or _start_timer
        self._lock = Lock()
        self._sent_at = float("-inf")
        self._held: int | None = None

    def send(self, subject_id: int) -> None:
        """Send a hint that the work of the subject with this primary key is due."""
        with self._lock:
            if self._held is not None:
                self._held = subject_id
                return
            wait = self._sent_at + SPACING_SECONDS - self._clock()
            if wait > 0:
                self._held = subject_id
                self._call_later(wait, self._pass_on)
                return
            self._sent_at = self._clock()
        self._send(subject_id)

    def _pass_on(self) -> None:
        with self._lock:
            subject_id, self._held = self._held, None
            self._sent_at = self._clock()
        if subject_id is not None:
            self._send(subject_id)


def _start_timer(seconds: float, function: Callable[[], None]) -> None:
    timer = Timer(seconds, function)
    timer.daemon = True  # a process that ends need not send it
    timer.start()
