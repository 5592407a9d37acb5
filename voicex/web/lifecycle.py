"""The state of this process: warming up, ready, draining."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class How(Enum):
    """How a process that stops leaves its calls to others.

    BETWEEN_SENTENCES, or in a pause; AT_ONCE, whatever is being said; where no other is known,
    agents say goodbye. TO_WHOEVER_COMES: at once, and whether another is known or not.
    """

    BETWEEN_SENTENCES = auto()
    AT_ONCE = auto()
    TO_WHOEVER_COMES = auto()


@dataclass(slots=True)
class Lifecycle:
    """The state that `/readyz` reports to the load balancer. One a process."""

    is_warm: bool = True
    is_draining: bool = False
    # Leaves the calls of this process to another one, or ends them with a goodbye, on the event
    # loop's thread; set by the code that carries them, as the server is there before Django is.
    leave_calls: Callable[[How], None] | None = None
    # Whether the database does not answer; set by the code that watches it, and else never.
    database_is_away: Callable[[], bool] = bool

    @property
    def is_ready(self) -> bool:
        """Whether new calls are welcome."""
        return self.is_warm and not self.is_draining and not self.database_is_away()


lifecycle = Lifecycle()
