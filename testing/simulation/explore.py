"""Many runs of one scenario, and the report of the first that fails."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from time import process_time

from testing.simulation.choices import Choices, encoded
from testing.simulation.shrinking import shrunk

REPLAY = "VOICEX_REPLAY"  # the environment variable that has a token
# One run: carries something out and checks it. Raises what it finds wrong; gives what it came to.
Run = Callable[[Choices], str]


class ScheduleFailed(AssertionError):
    """A run found something wrong. `token` has it again."""

    def __init__(self, name: str, values: list[int], error: BaseException, runs: int) -> None:
        self.token = f"{name}:{encoded(values)}"
        self.error = error
        what = "".join(traceback.format_exception_only(error)).strip()
        super().__init__(
            f"{what}\n\n{name}, after {runs} schedules; the plainest that fails has "
            f"{sum(map(bool, values))} choices out of order. Have it again with\n"
            f"    python -m testing.simulation --replay {self.token}\n"
            f"or {REPLAY}={self.token} in a test run of testing/simulation."
        )


@dataclass
class Figures:
    """What was tried. cpu: seconds; outcomes: how many runs came to what."""

    runs: int = 0
    choices: int = 0
    cpu: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.runs + other.runs,
            self.choices + other.choices,
            self.cpu + other.cpu,
            self.outcomes + other.outcomes,
        )


def explore(name: str, run: Run, *, schedules: int, seed: int | str) -> Figures:
    """Run `schedules` times, each as the seed and its number decide. Raises ScheduleFailed."""
    return _tried(name, run, (Choices(seed=f"{seed}:{number}") for number in range(schedules)))


def sweep(name: str, run: Run, prefixes: Iterable[list[int]]) -> Figures:
    """Run once for each beginning, and in order from there on. Raises ScheduleFailed."""
    return _tried(name, run, (Choices(each) for each in prefixes))


def _tried(name: str, run: Run, many: Iterable[Choices]) -> Figures:
    figures = Figures()
    for choices in many:
        attempt(name, run, choices, figures)
    return figures


def attempt(name: str, run: Run, choices: Choices, figures: Figures) -> None:
    """One run, counted in `figures`. Raises ScheduleFailed."""
    began = process_time()
    figures.runs += 1
    try:
        outcome = run(choices)
    except Exception as error:  # what it finds wrong, of any kind: it is raised again below
        values = shrunk(choices.taken, partial(_fails_as, run, error))
        last = _failure(run, values) or error
        raise ScheduleFailed(name, values, last, figures.runs) from last
    figures.choices += len(choices.taken)
    figures.cpu += process_time() - began
    figures.outcomes[outcome] += 1


def _failure(run: Run, values: list[int]) -> Exception | None:
    try:
        run(Choices(values))
    except Exception as error:  # as above
        return error
    return None


def _fails_as(run: Run, error: Exception, values: list[int]) -> bool:
    """Whether the choices fail in the same way: with such an error, at the same place."""
    found = _failure(run, values)
    return found is not None and _place(found) == _place(error)


def _place(error: BaseException) -> tuple[type, str, int]:
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return type(error), last.filename if last else "", (last.lineno or 0) if last else 0
