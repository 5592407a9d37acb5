"""The clock of one simulated call."""

from time import monotonic


class Clock:
    """Milliseconds since the call began; never goes back."""

    def __init__(self) -> None:
        self._began = monotonic()

    def now_ms(self) -> float:
        """The present moment of this call."""
        return (monotonic() - self._began) * 1000.0
