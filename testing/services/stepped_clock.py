"""Processes whose clock a test sets forward and back while they run (libfaketime).

Only the time of day is stepped. Clocks that count from a start (`time.monotonic`) stay, as they do
when an administrator, or NTP, sets a machine's clock.
"""

from pathlib import Path
from typing import Final

_LIBRARY: Final = "lib/*/faketime/libfaketimeMT.so.1"


def library() -> Path | None:
    """Where Debian's package `faketime` has its library; None where it is not installed."""
    return next(iter(sorted(Path("/usr").glob(_LIBRARY))), None)


class SteppedClock:
    """A clock in a file. Processes with `environment` see each step within a second."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "clock"
        self.step(0)

    def step(self, seconds: float) -> None:
        """Show the time that is so many seconds from the real one."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds:+.1f}\n")
        draft.replace(self._file)

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with. Raises LookupError without the library."""
        found = library()
        if found is None:
            raise LookupError("libfaketime is not installed (Debian's package faketime)")
        return {
            "LD_PRELOAD": str(found),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
