"""The clock of one simulated call."""

import time


class Clock:
    """Milliseconds since the call began; never goes back."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now_ms(self) -> float:
        """The present moment of this call."""
        return (time.monotonic() - self._began) * 1000.0
