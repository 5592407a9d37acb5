"""How often something may be done: so many times a second, and so many at once. Pure."""


class TokenBucket:
    """Fills at `rate` a second up to `burst`. `now`: seconds on one clock."""

    __slots__ = ("_burst", "_filled_at", "_left", "_rate")

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._filled_at = 0.0

    def takes(self, now: float, count: int = 1) -> bool:
        """Whether `count` more are allowed at `now`; if so, they are counted."""
        left = self._left
        if now > self._filled_at:
            left = min(self._burst, left + (now - self._filled_at) * self._rate)
            self._filled_at = now
        if left < count:
            self._left = left
            return False
        self._left = left - count
        return True

    def wait(self, now: float, *, at_most: float) -> float | None:
        """Seconds until one more is allowed, which is counted now. None, and nothing is counted,
        when that is more than `at_most`.
        """
        if self.takes(now):
            return 0.0
        seconds = (1 - self._left) / self._rate
        if seconds > at_most:
            return None
        self._left -= 1
        return seconds
