"""Values in words, and the geometry of the plots."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils.translation import override

from agents.engines.events import Stage
from dashboard import labels
from dashboard.calls.filters import CallFilterForm
from dashboard.plots import HEIGHT, STAGE_NAMES, WIDTH, columns, waterfall
from voicex.reasons.attempts import Outcome
from voicex.reasons.ends import EndReason

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("micros", "shown"),
    [
        (0, "$0.00"),
        (1, "<$0.01"),
        (4_999, "<$0.01"),
        (5_000, "$0.01"),
        (8_971, "$0.01"),
        (1_284_999, "$1.28"),
        (1_285_000, "$1.29"),
        (12_345_678_000, "$12,345.68"),
        (-8_971, "-$0.01"),
    ],
)
def test_money_is_read_in_cents(micros, shown):
    assert labels.money(micros) == shown


@pytest.mark.parametrize(("language", "shown"), [("en", "1,234,567"), ("de", "1.234.567")])
def test_the_thousands_of_a_count_are_apart_as_readers_write_them(language, shown):
    with override(language):
        assert labels.grouped(1_234_567) == shown


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "$0.00"),
        (8_500, "$0.0085"),
        (1_000_000, "$1.00"),
        (1, "$0.000001"),
        (-8_500, "-$0.0085"),
        (1_234_567_890_000, "$1,234,567.89"),
    ],
)
def test_money_shows_the_cents_and_loses_no_digit(micros, text):
    assert labels.dollars(micros) == text


def test_money_and_days_are_written_as_the_reader_writes_them():
    with override("de"):
        assert labels.dollars(-1_234_500_000) == "-1.234,50\N{NO-BREAK SPACE}$"
        assert labels.calls_on(date(2026, 5, 4), 2) == "Mo 4. Mai: 2 Anrufe"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (44, "just now"),
        (45, "1 minute ago"),
        (119, "1 minute ago"),
        (120, "2 minutes ago"),
        (3_600, "1 hour ago"),
        (172_800, "2 days ago"),
        (29 * 86_400, "29 days ago"),
        (31 * 86_400, "1 month ago"),
        (-70 * 86_400, "in 2 months"),
        (800 * 86_400, "2 years ago"),
        (-10, "in a moment"),
        (-90_000, "in 1 day"),
    ],
)
def test_a_moment_is_said_in_one_unit(seconds, text):
    assert labels.relative(NOW - timedelta(seconds=seconds), now=NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3720, "1 h 02 min")],
)
def test_a_duration_is_said_in_two_units_at_most(seconds, text):
    assert labels.duration(seconds) == text


def test_columns_fill_the_plot_and_the_highest_is_as_high_as_it():
    drawn = columns([0, 5, 10], ["none", "half", "all"])
    assert [column.height for column in drawn] == [0, HEIGHT / 2, HEIGHT]
    assert all(column.y + column.height == HEIGHT for column in drawn)
    assert drawn[-1].x + drawn[-1].width <= WIDTH
    assert [column.title for column in drawn] == ["none", "half", "all"]


def test_columns_of_nothing_are_flat_not_an_error():
    assert columns([], []) == []
    assert [column.height for column in columns([0, 0], ["", ""])] == [0, 0]


def test_a_stage_that_was_hidden_behind_an_earlier_one_adds_nothing():
    bars = waterfall({"endpoint": 200, "stt": 150, "llm": 400}, scale_ms=400)
    assert [(bar.stage, bar.own_ms, bar.reached_ms) for bar in bars] == [
        (Stage.ENDPOINT, 200, 200),
        (Stage.STT, 0, 150),
        (Stage.LLM, 200, 400),
    ]
    assert bars[-1].x + bars[-1].width == WIDTH


def test_every_stage_has_a_name():
    assert set(STAGE_NAMES) == set(Stage)


def test_every_reason_for_an_end_can_be_filtered_by_in_the_readers_language(cast):
    with override("de"):
        form = CallFilterForm(QueryDict(""), org=cast.acorn)
        found = {}
        for value, label in form.fields["end"].choices[1:]:
            asked = CallFilterForm(QueryDict(f"end={value}"), org=cast.acorn)
            assert asked.is_valid()
            found[str(label)] = asked.wanted().end_reasons
    assert "Anrufer hat aufgelegt" in found
    assert sorted(name for names in found.values() for name in names) == sorted(EndReason)


@pytest.mark.parametrize(
    ("reasons", "name", "label"),
    [
        (EndReason, "stop", "Anrufer hat aufgelegt"),
        (Outcome, "declined", "Abgelehnt"),
        (EndReason, "", ""),
        (EndReason, "moon_phase", "Moon phase"),
    ],
)
def test_a_stored_reason_is_shown_in_the_readers_language(reasons, name, label):
    with override("de"):
        assert labels.label_of(reasons, name) == label


def test_what_one_of_many_cost_is_in_cents_and_a_dash_for_none():
    assert labels.money_per(1_000_000, 3) == "$0.33"
    assert labels.money_per(1_000_000, 0) == "\u2013"
    assert [labels.signed_percent(each) for each in (12, -3, 0)] == ["+12%", "\u22123%", "\u00b10%"]
    assert labels.percent(12) == "12%"


@pytest.mark.parametrize(
    ("code", "english", "german"),
    [("de", "German", "Deutsch"), ("en-US", "English (United States)", "Englisch (Vereinigte"),
     ("xx", "xx", "xx"), ("<b>", "<b>", "<b>"), ("", "", "")],
)  # fmt: skip
def test_a_language_is_called_by_its_name(code, english, german):
    with override("en"):
        assert labels.language(code) == english
    with override("de"):
        assert labels.language(code).startswith(german)
