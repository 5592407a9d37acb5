"""The hours in which callers are put through."""

from datetime import UTC, datetime

import pytest

from agents.hours.days import fault_in_days
from agents.settings.config import Transfers
from agents.transfers.hours import (
    LINES,
    fault_in_hours,
    fault_in_zone,
    hours_in,
    is_open,
    week_in,
)
from agents.transfers.written_hours import EARLY, NEXT_DAY

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


def test_a_night_begins_on_one_day_and_is_on_two():
    assert week_in("Sat-Sun 18:00-2:00") == ((5, 1080, 1560), (6, 1080, 1560))
    assert hours_in("Sun 18:00-2:00") == ((6, 1080, 1440), (0, 0, 120))
    assert hours_in("Sat 18:00-0:00") == hours_in("Sat 18:00-24:00") == ((5, 1080, 1440),)
    assert hours_in("Sun 24:00-2:00") == ((0, 0, 120),)


@pytest.mark.parametrize(
    "line",
    ["Montag-Freitag 9:00-17:00", "fr-mo 8.30-16", "Wed: 9:00–17:00", "Do 0:00-24:00"],
)
def test_how_it_may_be_written(line):
    assert fault_in_hours(line) is None


@pytest.mark.parametrize(
    ("written", "evened"),
    [
        ("Mo.-Fr. 9-17 Uhr", "Mon-Fri 9:00-17:00"),
        ("Montag bis Donnerstag von 8.30 bis 17 Uhr",
         "Mon-Thu 8:30-17:00"),
        ("Mo-Do 8h30 - 17h", "Mon-Thu 8:30-17:00"),
        ("Mo-Fr 9-12 und 13-17 Uhr", "Mon-Fri 9:00-12:00, 13:00-17:00"),
        ("Mon-Fri 9-12 13-17", "Mon-Fri 9:00-12:00, 13:00-17:00"),
        ("Mon, Wed & Fri 9-17", "Mon 9-17\nWed 9-17\nFri 9-17"),
        ("Sa/So 10-14 Uhr", "Sat-Sun 10:00-14:00"),
        ("Sonnabend und Sonntag: 10-14", "Sat-Sun 10:00-14:00"),
        ("Tues, Thurs 9-17", "Tue 9-17\nThu 9-17"),
        ("M-F 8a-5p", "Mon-Fri 8:00-17:00"),
        ("Mondays through Fridays from 9 till 17", "Mon-Fri 9:00-17:00"),
        ("Weekdays - 9 a.m. - noon", "Mon-Fri 9:00-12:00"),
        ("Wochenende 0900-1700", "Sat-Sun 9:00-17:00"),
        ("every day 12 noon to midnight", "daily 12:00-24:00"),
        ("Mo-Sa 18 Uhr - Mitternacht", "Mon-Sat 18:00-0:00"),
        ("24/7", "daily 0:00-24:00"),
        ("Mon-Sun open 24 hours", "daily 0:00-24:00"),
        ("Mon-Fri 9-17; Sat 10-14", "Mon-Fri 9-17\nSat 10-14"),
        ("Mon-Fri 9am-5pm Sat 10am-2pm", "Mon-Fri 9-17\nSat 10-14"),
    ],
)  # fmt: skip
def test_people_write_days_and_hours_in_many_ways(written, evened):
    assert fault_in_hours(written) is None
    assert week_in(written) == week_in(evened) != ()


def test_a_day_that_is_called_closed_is_whatever_else_is_said():
    hours = "Daily 9-17\nSo geschlossen, Mon closed"
    assert fault_in_hours(hours) is None
    assert week_in(hours) == week_in("Tue-Sat 9-17")
    assert week_in("Daily 9-17, closed on Sundays & Mondays") == week_in("Tue-Sat 9-17")
    assert fault_in_hours("Sun closed") is not None  # and nothing says when it is open
    assert fault_in_hours("Sun closed 9-12") is not None


@pytest.mark.parametrize(
    "line",
    [
        "open", "Mon", "9:00-17:00", "Mon 9", "Mon 9:00-9:00", "Mon 9:60-10:00", "Mon 9:00-25:00",
        "Mon 9:00-17:00,", "Mon Tue 9-17", "Mon 1-2,3-4,5-6,7-8,9-10", "Xyz-Fri 9-17",
        "Mon 9-17, Tue", "daily-Fri 9-17", "Sat by appointment", "Mon 9 17", "Holidays closed",
        "We open 9am-5pm",
    ],
)  # fmt: skip
def test_what_it_may_not_be(line):
    found = fault_in_hours(f"Tue 9-17\n\n{line}")
    assert found is not None
    assert found[1] == {"line": 3}


def test_a_table_has_an_end():
    assert fault_in_hours("Mon 9-17\n" * LINES) is None
    assert fault_in_hours("Mon 9-17\n" * (LINES + 1)) is not None
    assert fault_in_hours("Mon 9-17; " * LINES + "Mon 9-17") is not None


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


@pytest.mark.parametrize(
    "line",
    ["Mon-Fri 9-5", "Mon-Fri 9:00-5:00", "Sat 10-12, 11-2", "Sat 12-5", "Sat noon-5", "Sat 1pm-5"],
)
def test_an_afternoon_is_not_taken_for_the_next_morning(line):
    problem = fault_in_hours(f"Sun 22:00-2:00\n{line}")
    assert problem is not None
    assert problem[0] == NEXT_DAY
    assert problem[1] == {"line": 2}
    assert fault_in_days("2026-12-24 9-5") == (NEXT_DAY, {"line": 1})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Sat 1-5", EARLY), ("Mon-Fri 9-12, 1-5", EARLY), ("Fri 5:30-10", EARLY),
        ("Sat 1-5pm", None), ("Sat 01:00-05:00", None), ("Sat 1am-5am", None),
        ("Sat 4-13", None), ("Sat 0:00-5:00", None), ("Sat 22:00-2:00", None),
        ("Mo-So 12:00-01:00", None), ("Mo-So 12:00-0:30", None), ("Sat 11-02", None),
        ("Sat 09:00-05:00", NEXT_DAY), ("Sat 12:00-2:00", NEXT_DAY),
    ],
)  # fmt: skip
def test_an_afternoon_is_not_taken_for_the_night(line, said):
    problem = fault_in_hours(line)
    assert (problem and problem[0]) == said


@pytest.mark.parametrize("written", ["13pm-14pm", "0am-5pm", "9xm-5pm", "9ampm-17"])
def test_no_hours_of_twelve(written):
    assert fault_in_hours(f"Mon {written}") is not None
