"""How long a server asks us to wait, in whatever form it says so."""

from datetime import UTC, datetime

import pytest

from voicex.bounds import retry_after
from voicex.bounds.retry_after import (
    LOADING_SECONDS,
    LONGEST_SECONDS,
    seconds_in_header,
    seconds_to_wait,
)

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)


def wait(headers=None, body=None, said=""):
    return seconds_to_wait(headers or {}, body, said, now=NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("1", 1),
        (" 1.5 ", 1.5),
        ("0", 0),
        ("-1", 0),
        ('"3"', 3),
        ("1, 1", 1),
        ("1s", 1),
        ("1 second", 1),
        ("20ms", 0.02),
        ("2m30s", 150),
        ("1h", 3_600),
        ("Mon, 30 Nov 2026 12:00:07 GMT", 7),
        ("Monday, 30-Nov-26 12:00:07 GMT", 7),
        ("Mon, 30 Nov 2026 11:59:00 GMT", 0),
        ("2026-11-30T12:00:09Z", 9),
        ("2026-11-30T13:00:09+01:00", 9),
        ("1796040005", 5),
        ("1796040005000", 5),
        ("604800", LONGEST_SECONDS),
        ("", None),
        ("soon", None),
        ("NaN", None),
        ("inf", None),
        ("9" * 300, None),
    ],
)
def test_a_header_has_seconds_a_duration_a_moment_or_a_date(value, seconds):
    assert wait({"retry-after": value}) == seconds
    assert seconds_in_header(value, now=NOW) == seconds


def test_of_limits_the_one_counts_of_which_nothing_remains():
    headers = {
        "x-ratelimit-remaining-requests": "9",
        "x-ratelimit-reset-requests": "6m0s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1.5s",
    }
    assert wait(headers) == 1.5
    assert wait({**headers, "x-ratelimit-remaining-tokens": "5"}) is None
    assert wait({**headers, "retry-after-ms": "250"}) == 0.25


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"error": {"details": [{"@type": "x.RetryInfo", "retryDelay": "45.837906927s"}]}}, 45.8),
        ([{"error": {"retry_after": "7"}}], 7),
        ({"error": {"metadata": {"retry_after_ms": 250}}}, 0.25),
        ({"retryAfter": None, "error": {"retryAfterSeconds": 4}}, 4),
        ({"error": "Model m is currently loading", "estimated_time": 300.0}, 5),
        ({"retry_after": True}, None),
        ({"retry_after": {"retry_after": []}}, None),
        ("a page", None),
        (None, None),
    ],
)
def test_a_body_has_it_in_a_field(body, seconds):
    assert wait(body=body) == (seconds if seconds is None else pytest.approx(seconds, abs=0.1))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Rate limit reached. Please try again in 1m3.2s. Visit our page.", 63.2),
        ("Please try again in 20ms.", 0.02),
        ("Please retry after 3 seconds.", 3),
        ("Please retry in 26.5s.", 26.5),
        ("Limit resets in 1 minute and 5 seconds", 65),
        ("Wait 20 seconds before another request", 20),
        ("Loading model", LOADING_SECONDS),
        ("Model meta-llama/Llama-2-7b is currently loading", LOADING_SECONDS),
        ("error loading model: no such file", None),
        ("Please try again later.", None),
        ("It was changed in 5 months", None),
        ("We have 3 tries", None),
    ],
)
def test_a_sentence_has_it_in_words(said, seconds):
    assert wait(said=said) == (seconds if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("padding", ["1s " * 9_000, "model " * 9_000, "9" * 50_000])
def test_a_long_answer_is_not_looked_through(padding):
    said = f"{padding} Please try again in 3 seconds."
    assert wait(said=said) is None
    assert wait(said=said[-1_000:]) == 3
    cut = said[:80]
    assert wait({"retry-after": said}) == wait({"retry-after": cut})
    assert wait(body={"retry_after": said}) == wait(body={"retry_after": cut})


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [
        ("250", 0.25),
        (" 1500.5 ", 1.5005),
        ("3600000", 3_600),
        ("150000000", LONGEST_SECONDS),
        ("-1", 0),
        (250, 0.25),
        pytest.param(10**400, None, id="endless"),
        (True, None),
        ("soon", None),
    ],
)
def test_milliseconds_are_a_thousandth_however_many_there_are(milliseconds, seconds):
    assert wait(body={"retry_after_ms": milliseconds}) == seconds
    if isinstance(milliseconds, str):
        assert wait({"retry-after-ms": milliseconds}) == seconds


def test_of_a_body_a_bounded_number_of_fields_is_looked_at(monkeypatch):
    """What a server sends is read on the loop of all calls."""
    looked_at = []
    duration = retry_after._duration

    def counted(value, now):
        looked_at.extend([value] if value is not None else [])
        return duration(value, now)

    monkeypatch.setattr(retry_after, "_duration", counted)
    many = {f"field{number}": "Mon, 30 Nov 2026 12:00:07 GMT" for number in range(100)}
    assert wait(body={**many, "error": {"retry_after": 4}}) is None  # the hundred and first
    assert wait(body={"error": {"retry_after": 4}, **many}) == 4
    assert len(looked_at) == 1
    named = [[{"retry_after": "soon"}] * 100] * 100
    assert wait(body=named) is None
    assert len(looked_at) <= 1 + retry_after.MOST_VALUES
