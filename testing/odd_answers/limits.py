"""Refusals for a moment, in all forms in which servers say how long, by name.

Each second request is answered plainly: a client that waits as it was told hears the answer.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any

from testing.odd_answers.answer import EVENTS, JSON, Asked, OddAnswer
from testing.odd_answers.chat_bodies import error, frame
from testing.providers.http_server import Request

TOO_MANY = error("Rate limit reached", code="rate_limit_exceeded")


def _each_second() -> Callable[[Request], bool]:
    numbers = count()
    return lambda _request: next(numbers) % 2 == 0


def refused(
    body: object = TOO_MANY,
    status: int = 429,
    headers: Callable[[], dict[str, str]] = dict,
    *,
    is_for_good: bool = False,
) -> OddAnswer:
    """A refusal with headers that are made when it is given."""

    async def give(asked: Asked) -> None:
        sent = {"Content-Type": JSON, **headers()}
        await asked.answer.refuse(status, sent, json.dumps(body).encode())

    return OddAnswer(give) if is_for_good else OddAnswer(give, _each_second())


def _retry_after(value: str) -> Callable[[], dict[str, str]]:
    return lambda: {"Retry-After": value}


def _in_a_second() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


def _google(delay: str) -> list[dict[str, Any]]:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
    said = "You exceeded your current quota, please check your plan and billing details."
    return [{"error": {"code": 429, "message": said, "details": [info]}}]


async def _in_its_stream(asked: Asked) -> None:
    await asked.answer.begin(EVENTS)
    said = "Rate limit reached. Please try again in 400ms."
    await asked.answer.send(frame(error(said, code="rate_limit_exceeded")))


WAITED = {
    "retry_after_seconds": refused(headers=_retry_after("1")),
    "retry_after_twice": refused(headers=_retry_after("1, 1")),
    "retry_after_fraction": refused(headers=_retry_after("0.4")),
    "retry_after_unit": refused(headers=_retry_after("400ms")),
    "retry_after_below_zero": refused(headers=_retry_after("-1")),
    "retry_after_date": refused(
        headers=lambda: {"Retry-After": format_datetime(_in_a_second(), usegmt=True)}
    ),
    "retry_after_moment": refused(
        headers=lambda: {"Retry-After": str(int(_in_a_second().timestamp()))}
    ),
    "retry_after_ms": refused(headers=lambda: {"retry-after-ms": "400"}),
    "reset_of_requests": refused(
        headers=lambda: {
            "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "400ms",
            "x-ratelimit-remaining-tokens": "9000", "x-ratelimit-reset-tokens": "6m0s",
        }
    ),
    "retry_beside_the_error": refused({"error": "slow down", "retry_after": 1}),
    "retry_in_words": refused(error("Rate limit reached. Please try again in 0.4s. Visit ...")),
    "retry_of_azure": refused(error("Exceeded the call rate limit. Please retry after 1 second.")),
    "retry_of_google": refused(_google("0.417906927s")),
    "overloaded": refused(error("Overloaded", type="overloaded_error"), 529, _retry_after("1")),
    "unavailable": refused(error("no upstream"), 503, _retry_after("1")),
    "loading": refused(error("Loading model", code=503, type="unavailable_error"), 503),
    "loading_for_seconds": refused(
        {"error": "Model m/x is currently loading", "estimated_time": 0.7}, 503
    ),
}  # fmt: skip
STREAMED = {"limit_in_its_stream": OddAnswer(_in_its_stream, _each_second())}
# Nobody waits that long: there is no use in another request.
TOO_LONG = {
    "retry_after_an_hour": refused(headers=_retry_after("3600"), is_for_good=True),
    "retry_after_hours_in_words": refused(
        error("Rate limit reached on tokens per day (TPD). Please try again in 7m12s."),
        is_for_good=True,
    ),
    "used_up": refused(error("You exceeded your current quota."), is_for_good=True),
    "used_up_for_the_day": refused(
        error("Rate limit exceeded: free-models-per-day"), is_for_good=True
    ),
}
ANSWERS = {**WAITED, **STREAMED, **TOO_LONG}
