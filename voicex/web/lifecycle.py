"""The state of this process: warming up, ready, draining."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Lifecycle:
    """The state that `/readyz` reports to the load balancer. One a process."""

    is_warm: bool = True
    is_draining: bool = False
    # Ends the calls of this process with a goodbye; set by the code that carries them, as the
    # server is there before Django is.
    end_gracefully: Callable[[], None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether new calls are welcome."""
        return self.is_warm and not self.is_draining


lifecycle = Lifecycle()
