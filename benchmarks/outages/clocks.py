"""The clock of all processes is set by an hour, forward and back, while calls are on the line."""

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.outages.databases import rows, served
from benchmarks.outages.processes import run_fronted
from benchmarks.outages.scene import Found, NotHere, calls_under
from testing.services import stepped_clock
from testing.services.stepped_clock import SteppedClock

HOUR: Final = 3_600.0
STEPPED_SECONDS: Final = 40.0  # the sweeper comes within 15, and calls count as stale after 45


def clock_forward(directory: Path, seconds: float = STEPPED_SECONDS) -> list[Found]:
    """An hour forward, and back after `seconds`."""
    return _stepped(directory, HOUR, seconds)


def clock_back(directory: Path, seconds: float = STEPPED_SECONDS) -> list[Found]:
    """An hour back, and forward after `seconds`."""
    return _stepped(directory, -HOUR, seconds)


def _stepped(directory: Path, by: float, seconds: float) -> list[Found]:
    if stepped_clock.compiler() is None:
        raise NotHere("there is no C compiler")
    with tempfile.TemporaryDirectory(prefix="voicex-clock-") as name:
        clock = SteppedClock(Path(name))
        with served(directory, **clock.environment) as (here, both, _postgresql, _redis):

            def begin() -> None:
                clock.step(by)

            def end() -> None:
                clock.step(0)

            met = run_fronted(both, lambda: calls_under(here, begin, end, seconds=seconds))
            way = "forward" if by > 0 else "back"
            other = "back" if by > 0 else "forward"
            fault = f"clock set an hour {way}, after {seconds:g} s {other} again"
            return rows(fault, here, met)
