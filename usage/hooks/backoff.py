"""Retry intervals of deliveries and endpoints. Pure."""

from datetime import datetime, timedelta
from typing import Final

from voicex.bounds.retry_after import seconds_in_header

# Before the second attempt at a delivery, the third and so on; the last one repeats.
PAUSES: Final = tuple(
    timedelta(seconds=each) for each in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800)
)
# How long an endpoint is left alone after so many failures in a row. Short: the first answer after
# an outage has all that waits sent, and one request each five minutes is no burden.
RESTS: Final = tuple(timedelta(seconds=each) for each in (5, 15, 30, 60, 120, 300))
# From here on an endpoint counts as down: what waits is due at once when it answers again.
DOWN_AFTER: Final = 3
GIVEN_UP_AFTER: Final = timedelta(days=3)  # a delivery; and so long an endpoint may fail


def pause_after(attempts: int) -> timedelta:
    """The pause of a delivery after `attempts` attempts, at least one."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def rest_after(failures: int) -> timedelta:
    """The pause of an endpoint after `failures` consecutive failures, at least one."""
    return RESTS[min(failures, len(RESTS)) - 1]


def patience_of(retry_after: str, *, now: datetime) -> timedelta:
    """How long the header Retry-After asks to wait, at most a day; zero for an invalid one."""
    return timedelta(seconds=seconds_in_header(retry_after, now=now) or 0)
