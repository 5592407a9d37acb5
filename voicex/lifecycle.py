"""The state of this process: warming up, ready, draining."""

from dataclasses import dataclass


@dataclass(slots=True)
class Lifecycle:
    """What `/readyz` tells the load balancer. One a process."""

    is_warm: bool = True
    is_draining: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether new calls are welcome."""
        return self.is_warm and not self.is_draining


lifecycle = Lifecycle()
