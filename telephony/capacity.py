"""How many calls this process carries, and whether it has room for another."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(slots=True)
class LiveCalls:
    """The sessions of this process. The media consumer counts, the webhook asks.

    `enter` and `leave` belong to the event loop's thread; reading `count` from another
    thread is safe, and one call too many in a race is harmless.
    """

    count: int = 0

    def enter(self) -> None:
        """A session begins."""
        self.count += 1

    def leave(self) -> None:
        """A session has ended."""
        self.count -= 1

    @property
    def is_full(self) -> bool:
        """Whether MAX_CALLS_PER_PROCESS sessions are running here."""
        return self.count >= settings.MAX_CALLS_PER_PROCESS


live_calls = LiveCalls()
