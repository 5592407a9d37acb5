"""Pauses grow from seconds to hours, and end after three days."""

from datetime import UTC, datetime, timedelta

import pytest

from usage.hooks.backoff import GIVEN_UP_AFTER, patience_of, pause_after, rest_after

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_a_delivery_is_tried_some_dozen_times_in_three_days():
    at, attempts = timedelta(), 0
    while at < GIVEN_UP_AFTER:
        attempts += 1
        at += pause_after(attempts)
    assert 12 <= attempts <= 20
    assert pause_after(1) == timedelta(seconds=5)
    assert pause_after(1_000) == timedelta(hours=8)


def test_an_endpoint_that_is_down_is_looked_at_each_five_minutes():
    assert rest_after(1) < rest_after(2) < rest_after(6) == rest_after(10_000)
    assert rest_after(6) == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Sun, 29 Nov 2026 12:01:40 GMT", 100),
        ("Sun, 29 Nov 2026 12:01:40 -0000", 100),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0),
        ("9" * 8, 86_400),
        ("9" * 400, 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("²", 0),
        ("1.5", 1.5),
        ("Sun, 99 Nov 2026 12:01:40 GMT", 0),
        (str(int(NOW.timestamp()) + 7), 7),
        (str(int(NOW.timestamp()) - 7), 0),
    ],
)
def test_what_a_receiver_asks_for_is_taken_within_a_day(header, seconds):
    assert patience_of(header, now=NOW) == timedelta(seconds=seconds)
