"""Retry intervals of deliveries and endpoints. Pure."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

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
MOMENTS: Final = (1_500_000_000, 10_000_000_000)  # seconds since 1970, which are no duration
LONGEST_RETRY_AFTER: Final = timedelta(days=1)  # what an endpoint may ask for


def pause_after(attempts: int) -> timedelta:
    """The pause of a delivery after `attempts` attempts, at least one."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def rest_after(failures: int) -> timedelta:
    """The pause of an endpoint after `failures` consecutive failures, at least one."""
    return RESTS[min(failures, len(RESTS)) - 1]


def patience_of(retry_after: str, *, now: datetime) -> timedelta:
    """Parse the header Retry-After (seconds or a date); zero for an invalid one.

    Some send the moment in seconds since 1970.
    """
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        seconds = int(text[:11])
        if MOMENTS[0] <= seconds < MOMENTS[1]:
            seconds = max(0, seconds - int(now.timestamp()))
        return min(timedelta(seconds=seconds), LONGEST_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        asked = moment - now
    except OverflowError:
        return timedelta()
    return max(timedelta(), min(asked, LONGEST_RETRY_AFTER))
