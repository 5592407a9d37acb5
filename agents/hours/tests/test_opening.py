"""When it is open: the week, single days, public holidays, and the clock of the place."""

from datetime import UTC, date, datetime

import pytest

from agents.hours.days import LINES, days_in, fault_in_days
from agents.hours.public import fault_in_region, holidays_of
from agents.hours.settings import Opening

WEEK = "Mon-Fri 9:00-12:30, 13:30-18:00\nSat 10:00-14:00"
BERLIN = "Europe/Berlin"


def at(text):
    """A moment of 2026, given in UTC as "12-24 09:30"."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def opening(hours=WEEK, exceptions="", holidays="", zone=BERLIN):
    return Opening(hours, exceptions, holidays, zone)


def opens(table, moment):
    found = table.opens_next(at(moment))
    return found and found.strftime("%a %d %H:%M")


def test_without_hours_it_is_always_open():
    assert not Opening().is_declared
    assert Opening().is_open(at("11-29 03:00"))
    assert Opening().opens_next(at("11-29 03:00")) is None


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("11-30 07:59", False),  # Monday, 8:59 in Berlin
        ("11-30 08:00", True),
        ("11-30 11:30", False),  # half past twelve
        ("11-30 12:30", True),
        ("12-05 12:59", True),  # Saturday
        ("12-05 13:00", False),
        ("12-06 09:00", False),  # Sunday
    ],
)
def test_the_week_decides_on_the_clock_of_the_place(moment, is_open):
    assert opening().is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("11-30 05:00", "Mon 30 09:00"),
        ("11-30 09:00", "Mon 30 13:30"),  # while it is open: the time after
        ("11-30 18:00", "Tue 01 09:00"),
        ("12-05 14:00", "Mon 07 09:00"),
    ],
)
def test_it_says_when_it_opens_next(moment, said):
    assert opens(opening(), moment) == said


def test_a_single_day_has_hours_of_its_own():
    table = opening(exceptions="2026-12-24 9:00-11:00\n27.12.2026 – 3.1.2027: geschlossen")
    assert table.is_open(at("12-24 09:59"))
    assert not table.is_open(at("12-24 10:00"))
    assert not table.is_open(at("12-29 10:00"))
    assert opens(table, "12-26 14:00") == "Mon 04 09:00"


def test_a_single_day_is_open_where_its_weekday_is_closed():
    assert opening(exceptions="2026-12-06 13:00-17:00").is_open(at("12-06 12:00"))


def test_it_is_closed_on_the_public_holidays_of_its_region():
    assert not opening(holidays="DE-BE").is_open(at("12-25 10:00"))
    assert opening().is_open(at("12-25 10:00"))
    # The day of women is a holiday in Berlin, and in few other places; it was a Sunday in 2026.
    assert date(2027, 3, 8) in holidays_of("DE-BE", 2027)
    assert holidays_of(" de-be", 2027) == holidays_of("DE-BE", 2027)
    assert date(2027, 3, 8) not in holidays_of("DE-BY", 2027)


def test_a_single_day_goes_before_a_holiday():
    table = opening(holidays="DE", exceptions="2026-12-25 10:00-12:00")
    assert table.is_open(at("12-25 10:00"))


def test_holidays_alone_close_a_place_that_never_closes():
    table = opening(hours="", holidays="DE")
    assert table.is_open(at("12-24 03:00"))
    assert not table.is_open(at("12-25 03:00"))
    assert opens(table, "12-25 03:00") == "Sun 27 00:00"  # the 26th is one as well


def test_hours_over_midnight_last_into_the_next_day_and_open_once():
    table = opening(hours="Fri 20:00-2:00", exceptions="2026-12-12 22:00-1:00")
    assert table.is_open(at("12-05 00:30"))
    assert table.is_open(at("12-12 23:30"))  # half past midnight on the 13th
    assert opens(table, "12-04 17:00") == "Fri 04 20:00"
    assert opens(table, "12-04 20:00") == "Fri 11 20:00"


@pytest.mark.parametrize("closed", ["2026-12-25 - 2026-12-26 closed", ""])
def test_a_night_belongs_to_the_day_on_which_it_begins(closed):
    table = opening(
        hours="Thu-Sat 18:00-2:00", exceptions=closed, holidays="" if closed else "DE-BE", zone=""
    )
    assert table.is_open(at("12-25 00:30"))  # Thursday's night, before the holiday
    assert not table.is_open(at("12-26 00:30"))
    assert not table.is_open(at("12-27 00:30"))  # of Saturday, which is closed
    assert opens(table, "12-25 12:00") == "Thu 31 18:00"


@pytest.mark.parametrize("hours", ["Mon-Sat 17:00-0:00", "Mon-Sat 5pm-midnight"])
def test_what_closes_at_midnight_is_closed_on_the_next_day(hours):
    table = opening(hours=hours, exceptions="2026-12-12 closed", zone="")
    assert table.is_open(at("12-11 23:59"))
    assert not table.is_open(at("12-13 00:00"))
    assert opens(table, "12-12 12:00") == "Mon 14 17:00"
    assert table.closes_next(at("12-11 20:00")) == at("12-12 00:00")
    assert table.hours_of(date(2026, 12, 13)) == ()


def test_hours_that_begin_at_24_are_of_the_next_day():
    assert opens(opening(hours="Fri 24:00-2:00", zone=""), "12-04 12:00") == "Sat 05 00:00"


def others(table):
    """The coming days with other hours: the first and the last of each run, and its hours."""
    found = table.other_days(at("11-30 08:00"))
    return [(f"{each.first:%m-%d}", f"{each.last:%m-%d}", each.hours) for each in found]


def test_other_days_are_told_in_runs_over_days_that_are_closed_anyway():
    table = opening(
        hours="Mon-Fri 9:00-17:00", holidays="DE", exceptions="2026-12-28 - 2026-12-31 closed"
    )
    assert others(table)[0] == ("12-25", "01-01", ())  # with two weekends; the 3rd is a Sunday
    table = opening(hours="Mon-Fri 9:00-17:00", exceptions="2026-12-05 9:00-17:00")
    assert others(table) == [("12-05", "12-05", ((540, 1020),))]  # not the Friday before
    table = opening(exceptions="2026-12-01 13:30-18:00, 9:00-12:30\n2026-12-06 closed")
    assert others(table) == []  # as on any Tuesday and Sunday
    assert others(opening(zone="Nowhere")) == []


@pytest.mark.parametrize(
    ("begin", "end", "is_free"),
    [
        ("12-23 14:00", "12-23 14:30", True),
        ("12-24 10:30", "12-24 11:00", True),  # until noon in Berlin
        ("12-24 10:45", "12-24 11:15", False),
        ("12-25 09:00", "12-25 09:30", False),  # a holiday
        ("12-28 09:00", "12-28 09:30", False),
        ("12-20 09:00", "12-20 09:30", True),  # a Sunday, of which the week alone says something
    ],
)
def test_single_days_and_holidays_leave_a_time_free_or_not(begin, end, is_free):
    table = opening(
        holidays="DE", exceptions="2026-12-24 9:00-12:00\n2026-12-28 - 2026-12-30 closed"
    )
    assert table.leaves_free(at(begin), at(end)) is is_free
    assert Opening().leaves_free(at(begin), at(end))


@pytest.mark.parametrize(
    ("begin", "end", "is_free"),
    [
        ("12-07 10:45", "12-07 11:15", True),  # hours that touch, at noon in Berlin
        ("12-07 15:45", "12-07 16:15", False),
        ("12-08 22:30", "12-08 23:30", True),  # over midnight, and into a day that is closed
        ("12-09 00:00", "12-09 01:00", True),
        ("12-09 01:30", "12-09 02:30", False),
        ("12-08 20:30", "12-08 21:30", False),
        ("12-24 22:30", "12-24 23:00", True),
        ("12-24 22:30", "12-24 23:30", False),  # half an hour of the holiday
    ],
)
def test_what_is_open_is_left_free_across_hours_and_midnight(begin, end, is_free):
    days = "2026-12-07 9:00-12:00, 12:00-17:00\n2026-12-08 22:00-3:00\n2026-12-09 closed"
    table = opening(hours="", holidays="DE", exceptions=days)
    assert table.leaves_free(at(begin), at(end)) is is_free


def test_the_clock_changes_with_the_season():
    assert opening().is_open(at("07-01 07:00"))  # nine in Berlin's summer
    assert not opening().is_open(at("11-30 07:00"))


def test_a_zone_that_is_gone_is_never_open():
    assert not opening(zone="Nowhere").is_open(at("11-30 10:00"))
    assert opening(zone="Nowhere").opens_next(at("11-30 10:00")) is None


@pytest.mark.parametrize(
    "line",
    [
        "2026-12-24",
        "tomorrow closed",
        "2026-02-30 closed",
        "2026-12-24 9-25",
        "24.12. 10-12",
        "2026-12-24 Mon 9-12",
        "2026-12-24 - 2026-12-23 closed",
        "2026-01-01 - 2026-12-31 closed",
    ],
)
def test_a_line_that_names_no_day_is_refused(line):
    found = fault_in_days(f"2026-12-24 closed\n{line}")
    assert found
    assert found[1] == {"line": 2}
    assert days_in(line) == ()


@pytest.mark.parametrize(
    ("line", "evened"),
    [
        ("24.12.2026 9-12 Uhr", "2026-12-24 9:00-12:00"),
        ("24.12.26 Geschlossen", "2026-12-24 closed"),
        ("24.12.26: closed", "2026-12-24 closed"),
        ("24.12.26: 9-12", "2026-12-24 9:00-12:00"),
        ("24.12.26 - 26.12.26: closed", "2026-12-24 - 2026-12-26 closed"),
        ("30.12. - 2.1.27 geschlossen", "2026-12-30 - 2027-01-02 closed"),
        ("24. Dezember 2026: 9 bis 12 und 14 bis 16 Uhr", "2026-12-24 9:00-12:00, 14:00-16:00"),
        ("Dec 24th, 2026 9am - noon", "2026-12-24 9:00-12:00"),
        ("24 December 2026 to 2 January 2027 closed", "2026-12-24 - 2027-01-02 closed"),
        ("24.12. - 2.1.2027 geschlossen", "2026-12-24 - 2027-01-02 closed"),
        ("24.-26.12.2026 geschlossen", "2026-12-24 - 2026-12-26 closed"),
        ("2026-12-24 18:00-0:00", "2026-12-24 18:00-24:00"),
    ],
)
def test_people_write_days_in_many_ways(line, evened):
    assert fault_in_days(line) is None
    assert days_in(line) == days_in(evened) != ()


def test_days_are_bounded():
    assert fault_in_days("2026-12-24 closed\n" * (LINES + 1)) is not None
    assert fault_in_days("2026-12-24 closed\n" * LINES) is None


@pytest.mark.parametrize(
    ("region", "is_known"),
    [("", True), ("US", True), ("US-CA", True), ("DE-BE", True), ("de", True), ("XX", False),
     ("DE-ZZ", False), ("../DE", False), ("DE\n", True), ("HolidayBase", False),
     ("GB", False), ("uk", False), ("GB-ENG", True), ("GB-SCT", True)],
)  # fmt: skip
def test_only_regions_that_are_known_are_taken(region, is_known):
    assert (fault_in_region(region) is None) is is_known
