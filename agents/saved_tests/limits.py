"""Limits of saved tests: number, lengths, rate of runs. Pure."""

from datetime import timedelta
from typing import Final

TESTS: Final = 30  # of an agent
NAME: Final = 80  # characters, as all of these
QUESTION: Final = 300
QUESTIONS: Final = 5  # of a test, one after the other
EXPECTATION: Final = 200
EXPECTATIONS: Final = 10
JUDGE: Final = 300
ANSWERS: Final = 4_000  # kept of what the agent said
PROBLEM: Final = 300

RUNS_KEPT: Final = 50  # of an agent
STALE_AFTER: Final = timedelta(seconds=90)  # from when a run that began is not heard of any more
