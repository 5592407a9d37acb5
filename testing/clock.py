"""A clock that only a test moves."""


class Clock:
    """Called, it returns `now`: seconds since the epoch of the clock that it replaces."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
