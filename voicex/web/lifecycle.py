"""The state of this process: warming up, ready, draining."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Lifecycle:
    """What `/readyz` tells the load balancer. One a process."""

    is_warm: bool = True
    is_draining: bool = False
    # Has the calls of this process end in words; put here by who carries them, as the server is
    # there before Django is.
    take_leave: Callable[[], None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether new calls are welcome."""
        return self.is_warm and not self.is_draining


lifecycle = Lifecycle()
