"""The state of this process: warming up, ready, draining."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class LeaveCalls(Protocol):
    """is_urgent: at once, whatever is being said. On the event loop's thread."""

    def __call__(self, *, is_urgent: bool) -> None: ...


@dataclass(slots=True)
class Lifecycle:
    """The state that `/readyz` reports to the load balancer. One a process."""

    is_warm: bool = True
    is_draining: bool = False
    # Leaves the calls of this process to another one, or ends them with a goodbye; set by the code
    # that carries them, as the server is there before Django is.
    leave_calls: LeaveCalls | None = None
    # Whether the database does not answer; set by the code that watches it, and else never.
    database_is_away: Callable[[], bool] = bool

    @property
    def is_ready(self) -> bool:
        """Whether new calls are welcome."""
        return self.is_warm and not self.is_draining and not self.database_is_away()


lifecycle = Lifecycle()
