"""Free times: hours, what is taken, buffer, notice, and days on which the clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.calendars.settings import Calendar, Provider
from agents.calendars.slots import (
    MOST_STARTS,
    free_times,
    is_within_hours,
    nearest,
    offered,
    window,
)
from agents.calendars.words import in_words, listed

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = Calendar(
    Provider.GOOGLE, "office", "key", "Europe/Berlin", hours="Mon-Fri 9:00-11:00, 14:00-15:00"
)
MONDAY = datetime(2026, 5, 4, tzinfo=BERLIN)


def at(hour, minute=0, *, day=4):
    return datetime(2026, 5, day, hour, minute, tzinfo=BERLIN)


def told(found):
    return [f"{each:%H:%M}" for each in found]


def of_monday(calendar=CALENDAR, taken=()):
    return told(free_times(calendar, taken, (MONDAY, MONDAY + timedelta(days=1))))


def test_the_hours_are_cut_into_bookings():
    assert of_monday() == ["09:00", "09:30", "10:00", "10:30", "14:00", "14:30"]
    assert of_monday(replace(CALENDAR, minutes=50)) == ["09:00", "09:50", "14:00"]


def test_what_is_taken_is_not_free_and_the_buffer_stays_free_around_it():
    taken = [(at(9, 30), at(10)), (at(14, 45).astimezone(UTC), at(15).astimezone(UTC))]
    assert of_monday(taken=taken) == ["09:00", "10:00", "10:30", "14:00"]
    assert of_monday(replace(CALENDAR, buffer_minutes=10), taken) == ["10:30", "14:00"]


def test_there_is_none_on_a_weekend_or_outside_of_the_span():
    assert free_times(CALENDAR, [], (at(0, day=9), at(23, day=10))) == []
    assert told(free_times(CALENDAR, [], (at(9, 40), at(14, 30)))) == ["10:00", "10:30", "14:00"]


@pytest.mark.parametrize(
    ("day", "times"),
    [
        (29, ["01:00", "01:30", "03:00"]),  # 2:00 and 2:30 are left out
        (22, ["01:00", "01:30", "02:00", "02:30", "03:00"]),
    ],
)
def test_times_that_the_clocks_leave_out_are_not_offered(day, times):
    begin = datetime(2026, 3, day, tzinfo=BERLIN)
    calendar = replace(CALENDAR, hours="Sun 1:00-3:30")
    assert told(free_times(calendar, [], (begin, begin + timedelta(days=1)))) == times


def test_the_span_begins_after_the_notice_and_ends_with_the_days():
    now = at(8).astimezone(UTC)
    assert window(CALENDAR, None, now=now)[0] == at(10)
    assert window(CALENDAR, date(2026, 5, 6), now=now)[0] == at(0, day=6)
    begin, end = window(CALENDAR, date(2027, 1, 1), now=now)
    assert begin == end
    assert window(CALENDAR, date(2020, 1, 1), now=now)[0] == at(10)


def test_a_booking_must_end_within_the_hours():
    assert is_within_hours(CALENDAR, at(10, 30))
    assert not is_within_hours(CALENDAR, at(10, 40))
    assert is_within_hours(replace(CALENDAR, hours=""), at(3))


def test_few_are_offered_of_few_days_spread_over_each():
    free = [at(8 + step // 4, step % 4 * 15, day=day) for day in range(4, 9) for step in range(36)]
    found = offered(free)
    assert {each.day for each in found} == {4, 5, 6}
    of_day = [each for each in found if each.day == 4]
    assert len(of_day) == 6
    assert (of_day[0], of_day[-1]) == (at(8), at(16, 45))
    assert all(each.hour < 12 for each in offered(free, "morning"))
    assert nearest(free, at(12, 1))[0] >= at(11)


def test_times_are_told_as_people_say_them():
    assert in_words(at(9), "en") == "Monday, May 4 at 9 AM"
    assert in_words(at(14, 30), "en-GB") == "Monday, 4 May at 2:30 PM"
    assert in_words(at(14, 30), "de") == "Montag, 4. Mai um 14:30 Uhr"
    assert in_words(at(14, 30), "fr") == "lundi, 4 mai, 14:30"
    assert in_words(at(0), "fr") == "lundi, 4 mai, 00:00"
    assert in_words(at(0), "xx") == "Monday, May 4 at 12 AM"
    assert listed([at(9), at(9, 30), at(9, day=5)], "en") == (
        "Monday, May 4: 9 AM [2026-05-04T09:00], 9:30 AM [2026-05-04T09:30]\n"
        "Tuesday, May 5: 9 AM [2026-05-05T09:00]"
    )


def test_hours_that_overlap_give_each_time_once():
    hours = "\n".join(["Mon-Sun 9:00-11:00, 9:00-11:00, 9:30-11:00"] * 5)
    assert of_monday(replace(CALENDAR, hours=hours)) == ["09:00", "09:30", "10:00", "10:30"]


def test_hours_that_overlap_each_minute_are_looked_at_so_far_and_no_further():
    """Calls wait meanwhile: all of two weeks took a sixth of a second."""
    ranges = ", ".join(f"0:0{minute}-23:59" for minute in range(4))
    calendar = replace(CALENDAR, minutes=5, hours=f"Mon-Sun {ranges}\nMon-Sun 0:04-23:59")
    found = free_times(calendar, [], (MONDAY, MONDAY + timedelta(days=14)))
    assert len(found) == MOST_STARTS


def test_a_great_many_busy_spans_are_looked_at_once_each():
    seen = 0

    class Counted(datetime):
        def __le__(self, other):
            nonlocal seen
            seen += 1
            return super().__le__(other)

        def __lt__(self, other):
            nonlocal seen
            seen += 1
            return super().__lt__(other)

    def moment(minutes):
        found = datetime(2026, 5, 5, tzinfo=UTC) + timedelta(minutes=minutes)
        return Counted(*found.timetuple()[:6], tzinfo=UTC)

    taken = [(moment(2 * number), moment(2 * number + 1)) for number in range(5_000)]
    within = (MONDAY, MONDAY + timedelta(days=14))
    every_minute = replace(CALENDAR, minutes=5, hours="Mon-Sun 0:00-24:00")
    assert free_times(every_minute, taken, within)
    assert seen < 200_000  # and not 4,000 times 5,000


@given(
    st.lists(
        st.tuples(st.integers(-300, 1_800), st.integers(0, 400)).map(
            lambda span: (
                MONDAY + timedelta(minutes=span[0]),
                MONDAY + timedelta(minutes=span[0] + span[1]),
            )
        ),
        max_size=12,
    ),
    st.integers(0, 60),
)
def test_free_is_what_no_busy_span_touches(taken, buffer):
    calendar = replace(CALENDAR, buffer_minutes=buffer)
    around, length = timedelta(minutes=buffer), timedelta(minutes=calendar.minutes)
    within = (MONDAY, MONDAY + timedelta(days=1))
    everything = free_times(calendar, [], within)
    assert free_times(calendar, taken, within) == [
        start
        for start in everything
        if all(start + length + around <= begin or end <= start - around for begin, end in taken)
    ]
