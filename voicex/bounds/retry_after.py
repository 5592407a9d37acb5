"""How long a server asks us to wait before the next request, in any form that servers use. Pure.

Headers have seconds, milliseconds, dates, moments or durations; bodies have fields or a sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from math import isfinite
from typing import Final

LONGEST_SECONDS: Final = 86_400.0  # a day: for a call it is never
LOADING_SECONDS: Final = 2.0  # between requests to a server that loads its model
MOST_ESTIMATED_SECONDS: Final = 5.0  # an estimate of loading is a guess: ask in between
READ_CHARACTERS: Final = 2_000  # of what a server says
DEPTH: Final = 5  # of fields within fields
MOST_FIELDS: Final = 100  # of one object, or list
MOST_VALUES: Final = 4 * MOST_FIELDS  # of all of them: it is read on the loop of all calls

_MS_HEADERS: Final = ("retry-after-ms", "x-ms-retry-after-ms", "x-retry-after-ms")
_HEADERS: Final = ("retry-after", "x-retry-after", "x-ratelimit-reset-after")
# Sent with each answer: they count where nothing remains.
_RESETS: Final = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)
_MS_FIELDS: Final = frozenset({"retry_after_ms", "retryafterms"})
_FIELDS: Final = frozenset({
    "retry_after", "retryafter", "retry_after_seconds", "retryafterseconds", "retry_in",
    "retrydelay", "retry_delay", "seconds_until_reset",
})  # fmt: skip
_ESTIMATES: Final = frozenset({"estimated_time", "estimatedtime"})

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_UNIT: Final = (
    r"(?:(ms|millis(?:econds?)?)|(s|secs?|seconds?)|(m|mins?|minutes?)|(h|hrs?|hours?)|(d|days?))"
)
_PIECE: Final = re.compile(rf"(\d{{1,12}}(?:\.\d{{1,12}})?)\s?{_UNIT}(?![a-z])", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[+-]?\d{1,16}(?:\.\d{1,12})?")
_TWICE: Final = re.compile(r"[\s\d.]{1,20}(?:,[\s\d.]{1,20}){1,4}")  # a header that came twice
# "Please try again in 1m3.5s", "retry after 3 seconds", "wait 20s before", "resets in 12s".
_SENTENCE: Final = re.compile(
    r"(?:(?:try|retry|retrying|again|available|resets?|reset)(?: again| your request)?"
    r"(?: in| after| within)|wait(?: for)?(?: at least| about)?)\s{1,3}"
    rf"((?:\d{{1,9}}(?:\.\d{{1,12}})?\s?{_UNIT}(?![a-z])[\s,]?(?:and\s)?){{1,4}})",
    re.IGNORECASE,
)
_LOADING: Final = re.compile(
    r"(?<!error )(?<!failed )(?<!while )(?<!when )(?<!failure )loading (?:the )?model\b"
    r"|model (?:\S{1,200} )?is (?:currently |still )?being loaded"
    r"|model (?:\S{1,200} )?is (?:still )?(?:loading|warming up|starting|not ready)"
    r"|is currently loading|warming up the model"
)
_EPOCH_MS: Final = 1e11  # a larger number counts milliseconds since 1970
_EPOCH: Final = 1e8  # a larger one is a moment, and no duration


def seconds_to_wait(
    headers: Mapping[str, str], body: object, said: str, *, now: datetime
) -> float | None:
    """Seconds until a request may succeed, 0 or more; None if the server says nothing of it.

    headers: by names in lower case, or in any case if the mapping does not mind; body: decoded
    from JSON, or text; said: the error's message; now: with a time zone.
    """
    found = (*_in_headers(headers, now), _in_body(body, now), _in_words(said))
    return next((each for each in found if each is not None), None)


def seconds_in_header(value: str, *, now: datetime) -> float | None:
    """Seconds of the header Retry-After, 0 to LONGEST_SECONDS; None for one without a time.

    now: with a time zone.
    """
    return _duration(value, now)


def _in_headers(headers: Mapping[str, str], now: datetime) -> Iterable[float | None]:
    for name in _MS_HEADERS:
        yield _milliseconds(headers.get(name))
    for name in _HEADERS:
        yield _duration(headers.get(name), now)
    for remaining, reset in _RESETS:
        if str(headers.get(remaining, "")).strip() in ("0", "-1"):
            yield _duration(headers.get(reset), now)


def _in_body(body: object, now: datetime) -> float | None:
    for name, value in _fields(body):
        waited: float | None = None
        if name in _MS_FIELDS:
            waited = _milliseconds(value)
        elif name in _FIELDS:
            waited = _duration(value, now)
        elif name in _ESTIMATES and (estimated := _duration(value, now)) is not None:
            waited = min(estimated, MOST_ESTIMATED_SECONDS)
        if waited is not None:
            return waited
    return None


def _fields(body: object) -> Iterator[tuple[str, object]]:
    """Names in lower case and values of its fields, the outer ones first; MOST_VALUES in all."""
    level, left = [body], MOST_VALUES
    for _ in range(DEPTH):
        inner: list[object] = []
        for each in level:
            most = min(MOST_FIELDS, left)
            if isinstance(each, dict):
                found = list(islice(each.items(), most))
                yield from ((str(name).lower(), value) for name, value in found)
                inner += [value for _, value in found]
            elif isinstance(each, list):
                found = each[:most]
                inner += found
            else:
                continue
            left -= len(found)
        level = inner


def _in_words(said: str) -> float | None:
    text = said[:READ_CHARACTERS]
    if match := _SENTENCE.search(text):
        return _bounded(_sum_of(match[1]))
    return LOADING_SECONDS if _LOADING.search(text.lower()) else None


def _duration(value: object, now: datetime) -> float | None:
    """Seconds from `now`: of a number, a duration, a moment or a date; None for none of these."""
    if (number := _number_of(value)) is not None:
        return _of_number(number, now)
    if not isinstance(value, str):
        return None
    text = _first_of(value)
    pieces = _PIECE.sub("", text)
    if pieces != text and not pieces.strip(" ,"):
        return _bounded(_sum_of(text))
    return _of_date(text, now)


def _milliseconds(value: object) -> float | None:
    """Seconds of a number of milliseconds; None for anything else."""
    number = _number_of(value)
    return None if number is None else _bounded(number / 1000)


def _number_of(value: object) -> float | None:
    """A number, also one that is written as text; None for anything else, and for no end."""
    if isinstance(value, str) and _NUMBER.fullmatch(text := _first_of(value)):
        return float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:  # JSON has integers of any length
        return None


def _first_of(value: str) -> str:
    """A header's value, of one that came twice the first."""
    text = value.partition(",")[0] if _TWICE.fullmatch(value[:80]) else value
    return text.strip().strip('"')[:80]


def _of_number(seconds: float, now: datetime) -> float:
    if seconds >= _EPOCH_MS:
        seconds /= 1000
    if seconds >= _EPOCH:
        seconds -= now.timestamp()
    return _bounded(seconds)


def _of_date(text: str, now: datetime) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return _bounded((moment - now).total_seconds())
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def _sum_of(text: str) -> float:
    """Seconds of a duration in pieces, as "1m3.5s"."""
    total = 0.0
    for number, *units in _PIECE.findall(text):
        unit = next(name for name, found in zip(_UNITS, units, strict=True) if found)
        total += float(number) * _UNITS[unit]
    return total


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_SECONDS)
