"""The state of this process: warming up, ready, draining."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class How(Enum):
    """How a process that stops leaves its calls to others.

    TO_OTHERS that are known, each between two sentences or in a pause. OR_IN_WORDS: likewise, and
    where no other is known, agents say goodbye. AT_ONCE: to those known, whatever is being said.
    TO_WHOEVER_COMES: at once, and whether another is known or not.
    """

    TO_OTHERS = auto()
    OR_IN_WORDS = auto()
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
