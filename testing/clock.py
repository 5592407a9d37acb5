"""A clock that only the test advances."""


class Clock:
    """A callable that returns `now`: seconds since the epoch of the clock that it replaces."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
