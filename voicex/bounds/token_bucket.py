"""A rate limit with bursts: the token bucket algorithm. Pure."""


class TokenBucket:
    """Refills at `rate` tokens a second, up to `burst`. now: seconds on any one monotonic clock."""

    __slots__ = ("_burst", "_filled_at", "_left", "_rate")

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._filled_at = 0.0

    def takes(self, now: float, count: int = 1) -> bool:
        """Take `count` tokens at `now`, if there are as many; whether they were taken."""
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
        """Reserve one token: seconds until it may be used. None, and none is reserved, above
        `at_most`.
        """
        if self.takes(now):
            return 0.0
        seconds = (1 - self._left) / self._rate
        if seconds > at_most:
            return None
        self._left -= 1
        return seconds
