"""The hours in which callers are put through."""

from datetime import UTC, datetime

import pytest

from agents.hours.days import fault_in_days
from agents.settings.config import Transfers
from agents.transfers.hours import LINES, UNCLEAR, fault_in_hours, fault_in_zone, is_open

WEEK = "Mon-Fri 9:00-12:30, 13:30-18:00\nSat 10-14\nSun 22:00-2:00"


def at(text: str) -> datetime:
    """A moment of the week of 2 March 2026, a Monday, in UTC: "2 09:30"."""
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-03-0{day}T{time}:00+00:00")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2 08:59", False), ("2 09:00", True), ("6 12:29", True), ("2 12:30", False),
        ("2 13:30", True), ("2 17:59", True), ("2 18:00", False),
        ("7 10:00", True), ("7 14:00", False), ("8 12:00", False),
        ("8 22:00", True), ("9 01:59", True), ("9 02:00", False),
    ],
)  # fmt: skip
def test_a_week(moment, expected):
    assert is_open(WEEK, "UTC", now=at(moment)) is expected


def test_it_is_the_time_of_the_zone_in_summer_too():
    for month, hour in ((1, 8), (7, 7)):
        now = datetime(2026, month, 5 if month == 1 else 6, hour, 0, tzinfo=UTC)
        assert is_open("Mon 9:00-9:30", "Europe/Berlin", now=now)
        assert not is_open("Mon 9:00-9:30", "UTC", now=now)


def test_without_hours_it_is_always_open_and_in_no_zone_never():
    assert is_open("", "Nowhere", now=at("2 03:00"))
    assert not is_open(WEEK, "Nowhere", now=at("2 10:00"))
    assert Transfers().is_open(at("2 03:00"))


@pytest.mark.parametrize(
    "line",
    ["Montag-Freitag 9:00-17:00", "fr-mo 8.30-16", "Wed: 9:00–17:00", "Do 0:00-24:00"],
)
def test_how_it_may_be_written(line):
    assert fault_in_hours(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "open", "Mon", "9:00-17:00", "Mon 9", "Mon 9:00-9:00", "Mon 9:60-10:00", "Mon 9:00-25:00",
        "Mon 9:00-17:00,", "Mon,Tue 9-17", "Mon 1-2,3-4,5-6,7-8,9-10", "Xyz-Fri 9-17",
    ],
)  # fmt: skip
def test_what_it_may_not_be(line):
    found = fault_in_hours(f"Tue 9-17\n\n{line}")
    assert found is not None
    assert found[1] == {"line": 3}


def test_a_table_has_an_end():
    assert fault_in_hours("Mon 9-17\n" * LINES) is None
    assert fault_in_hours("Mon 9-17\n" * (LINES + 1)) is not None


@pytest.mark.parametrize("zone", ["", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_zones(zone):
    assert fault_in_zone(zone) is None


@pytest.mark.parametrize("zone", ["Berlin", "../etc/passwd", "/etc/passwd", "Europe", "x" * 99])
def test_what_is_no_zone(zone):
    assert fault_in_zone(zone) is not None


@pytest.mark.parametrize(
    ("written", "begin", "end"),
    [
        ("9am-5pm", 9, 17), ("9-5pm", 9, 17), ("1-5pm", 13, 17), ("9 a.m. to 5 p.m.", 9, 17),
        ("12pm-12am", 12, 0), ("11am - 2 AM", 11, 2), ("6:00-2am", 6, 2), ("22-6", 22, 6),
    ],
)  # fmt: skip
def test_hours_of_twelve(written, begin, end):
    line = f"daily {written}"
    assert fault_in_hours(line) is None
    assert is_open(line, "UTC", now=at(f"3 {begin:02}:00"))
    assert not is_open(line, "UTC", now=at(f"3 {end:02}:00"))
    assert not is_open(line, "UTC", now=at(f"3 {begin - 1:02}:59"))


@pytest.mark.parametrize("line", ["Mon-Fri 9-5", "Mon-Fri 9:00-5:00", "Sat 10-12, 11-2"])
def test_an_afternoon_is_not_taken_for_the_next_morning(line):
    problem = fault_in_hours(f"Sun 22:00-2:00\n{line}")
    assert problem is not None
    assert problem[0] == UNCLEAR
    assert problem[1] == {"line": 2}
    assert fault_in_days("2026-12-24 9-5") == (UNCLEAR, {"line": 1})


@pytest.mark.parametrize("written", ["13pm-14pm", "0am-5pm", "9xm-5pm", "9ampm-17"])
def test_no_hours_of_twelve(written):
    assert fault_in_hours(f"Mon {written}") is not None
