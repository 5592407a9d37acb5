"""The state of this process: warming up, ready, draining."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class How(Enum):
    """How a stopping process hands its calls over to other processes.

    UNNOTICED: if another process is running, each call at a moment that its caller does not notice.
    TO_OTHERS: likewise, but in any pause. OR_IN_WORDS: in any pause, but if there is no other
    process, agents say goodbye. AT_ONCE: if there is another process, even in mid-sentence.
    TO_WHOEVER_COMES: at once, also if no other process is known.
    """

    UNNOTICED = auto()
    TO_OTHERS = auto()
    OR_IN_WORDS = auto()
    AT_ONCE = auto()
    TO_WHOEVER_COMES = auto()


@dataclass(slots=True)
class Lifecycle:
    """The state that `/readyz` reports to the load balancer. One for each process."""

    is_warm: bool = True
    is_draining: bool = False
    # A callback that hands over the calls of this process or ends them with a goodbye; runs on the
    # event loop's thread. It is set by the code that carries calls, as the server starts before
    # Django.
    leave_calls: Callable[[How], None] | None = None
    # Whether the database is unreachable; set only by the code that monitors it.
    database_is_away: Callable[[], bool] = bool

    @property
    def is_ready(self) -> bool:
        """Whether new calls are accepted."""
        return self.is_warm and not self.is_draining and not self.database_is_away()


lifecycle = Lifecycle()
