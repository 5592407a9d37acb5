"""Cal.com's and Google's calendars through the fence, with servers as bad as there are.

What holds for both is asked of both.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agents.calendars import running, servers
from agents.calendars.offering import expanded
from agents.calendars.servers import Caller
from agents.calendars.settings import Action, Calendar, Provider
from agents.hours.settings import Opening
from agents.http_tools.definition import Definition, as_json, of_json
from testing.calendars import google_server
from testing.calendars.moods import Mood
from testing.calendars.office import ANN, BEN, HALF, NINE, TEN, office
from voicex import fence

pytestmark = pytest.mark.usefixtures("within_reason")

CLOSED_MONDAY = "2026-05-04 closed\n2026-05-05 8:00-11:00"
BOTH = pytest.mark.parametrize("kind", [Provider.CALCOM, Provider.GOOGLE])


@BOTH
async def test_free_times_are_told_as_people_say_them(kind):
    async with office(kind) as its:
        its.takes(HALF)
        told = await its.does(Action.FREE)
        assert "It is now Monday, May 4 at 8 AM." in told
        assert f"Monday, May 4: 10 AM [{NINE}], 11 AM [{TEN}]\nTuesday, May 5: 10 AM" in told
        told = await its.does(Action.FREE, day="2026-05-06", part_of_day="morning")
        assert "Monday" not in told.partition("\n")[2].partition("\n")[0]
        assert "failed: Write the day" in await its.does(Action.FREE, day="tomorrow")
        assert "Nothing is free" in await its.does(Action.FREE, part_of_day="evening")


@BOTH
async def test_a_booking_is_made_found_moved_and_canceled(kind):
    async with office(kind) as its:
        assert await its.books() == "Booked for Ann: Monday, May 4 at 10 AM. Tell the caller."
        assert its.started == [NINE]
        assert f"[{NINE}]" in await its.does(Action.FIND)
        assert "Moved from" in await its.does(Action.MOVE, new_start=TEN)
        assert its.started == [TEN]
        assert "Canceled: Monday, May 4 at 11 AM" in await its.does(Action.CANCEL)
        assert its.started == []
        assert running.NO_BOOKING in await its.does(Action.CANCEL)
        assert "Booked" in await its.books()  # in the same call once more
        assert its.started == [NINE]


@BOTH
async def test_of_two_callers_the_second_is_offered_the_times_next_to_it(kind):
    async with office(kind) as its:
        its.takes(HALF)
        told = await its.books(HALF)
        assert "is not free. Nothing is booked. Offer one of these instead:" in told
        assert NINE in told
        assert HALF not in told.partition("Offer")[2]
        assert its.started == [HALF]
        await its.books(NINE)
        assert "The booking stays at Monday, May 4 at 10 AM." in await its.does(
            Action.MOVE, new_start=HALF
        )
        assert its.started == [NINE, HALF]


@BOTH
async def test_nobody_elses_booking_is_shown_or_changed(kind):
    async with office(kind) as its:
        await its.books(NINE, BEN)
        for action in (Action.FIND, Action.CANCEL):
            assert running.NO_BOOKING in await its.does(action, booked_start=NINE)
        nobody = Caller("", "CA9")
        assert running.NO_BOOKING in await its.does(Action.CANCEL, nobody)
        assert its.started == [NINE]
        assert "Canceled" in await its.does(Action.CANCEL, replace(BEN, call="CA3"))


@BOTH
async def test_a_withheld_number_may_change_what_its_own_call_has_booked(kind):
    async with office(kind) as its:
        await its.books(NINE, Caller("", "CA9"), email="ann@example.com")
        assert "Canceled" in await its.does(Action.CANCEL, Caller("", "CA9"))


@BOTH
async def test_of_several_bookings_the_caller_says_which(kind):
    async with office(kind) as its:
        await its.books(NINE)
        await its.books(TEN)
        assert "Ask which" in await its.does(Action.CANCEL)
        assert "Canceled" in await its.does(Action.CANCEL, booked_start=TEN)
        assert its.started == [NINE]


@BOTH
async def test_a_cancel_or_move_that_is_repeated_leaves_the_other_booking(kind):
    async with office(kind) as its:
        await its.books(NINE)
        await its.books(HALF)
        assert "Canceled" in await its.does(Action.CANCEL, booked_start=NINE)
        again = await its.does(Action.CANCEL, booked_start=NINE)
        assert running.NO_SUCH_BOOKING in again
        assert f"[{HALF}]" in again
        assert running.NO_SUCH_BOOKING in await its.does(
            Action.MOVE, booked_start=NINE, new_start=TEN
        )
        assert its.started == [HALF]
        assert "Moved" in await its.does(Action.MOVE, booked_start=HALF, new_start=TEN)
        moved = await its.does(Action.MOVE, booked_start=HALF, new_start=TEN)
        assert moved == "The booking is at Monday, May 4 at 11 AM already. Tell the caller."
        assert its.started == [TEN]


@BOTH
async def test_one_time_is_not_booked_for_two_names_of_one_call(kind):
    async with office(kind) as its:
        await its.books(NINE)
        told = await its.does(Action.BOOK, start=NINE, caller_name="Bob")
        assert "is not free. Nothing is booked." in told
        assert "Booked for ANN" in await its.does(Action.BOOK, start=NINE, caller_name="ANN")
        assert its.started == [NINE]


@BOTH
async def test_who_moved_a_booking_may_book_its_old_time_again(kind):
    async with office(kind) as its:
        await its.books(NINE)
        await its.does(Action.MOVE, new_start=TEN)
        assert "Booked for Ann: Monday, May 4 at 10 AM" in await its.books(NINE)
        assert its.started == [NINE, TEN]


@BOTH
@pytest.mark.parametrize(
    "start", ["2026-05-04T08:30", "2026-05-04T12:00", "2027-05-04T10:00", "2026-05-09T10:00"]
)
async def test_what_the_calendar_does_not_offer_is_not_asked_for(kind, start):
    async with office(kind) as its:
        assert "cannot be booked here" in await its.books(start)
        assert "Write start as" in await its.books("ten o'clock")
        assert "Ask for the caller's name" in await its.does(
            Action.BOOK, start=NINE, caller_name=" "
        )
        assert its.server.requests == []


@BOTH
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("0171 1234567", ""),
        ("the one I call from", ""),
        ("+49 171", ""),
        ("0049 171 1234567", "+491711234567"),
        ("+49 (0)171 1234567", "+491711234567"),
        ("+1 (415) 555-0142", "+14155550142"),
    ],
)
async def test_a_number_that_cannot_be_called_is_asked_for_again(kind, said, kept):
    async with office(kind) as its:
        told = await its.books(phone=said)
        if not kept:
            assert running.NO_NUMBER in told
            assert its.server.requests == []
            return
        assert "Booked" in told
        sent = [request.body.decode() for request in its.server.requests]
        assert any(kept in body for body in sent)


@BOTH
async def test_the_agents_holidays_are_neither_offered_nor_booked(kind):
    async with office(kind) as its:
        opening = Opening(exceptions=CLOSED_MONDAY, time_zone="Europe/Berlin")
        ann = replace(ANN, is_open=opening.leaves_free)
        told = await its.does(Action.FREE, ann)
        assert NINE not in told
        assert "[2026-05-05T10:00]" in told
        assert "[2026-05-05T11:00]" not in told  # that day is open until eleven
        assert "cannot be booked here" in await its.books(NINE, ann)
        assert "Booked" in await its.books("2026-05-05T10:00", ann)
        assert "cannot be booked here" in await its.does(Action.MOVE, ann, new_start=TEN)
        its.takes("2026-05-05T10:30")
        assert NINE not in await its.books("2026-05-05T10:30", ann)


@BOTH
async def test_a_booking_whose_answer_was_lost_is_not_made_twice(kind):
    async with office(kind) as its:
        its.moods.will(Mood.LOST, method="POST")
        assert "may or may not have been done" in await its.books()
        assert its.started == [NINE]
        assert "Booked for Ann" in await its.books()
        assert its.started == [NINE]


@BOTH
async def test_a_booking_that_was_made_with_a_fault_for_an_answer_is_not_told_as_not_made(kind):
    async with office(kind) as its:
        its.moods.will(Mood.DONE_500, method="POST")
        told = await its.books()
        assert "has a fault (500)" in told
        assert servers.UNSURE in told
        assert its.started == [NINE]
        assert "Booked for Ann" in await its.books()
        assert its.started == [NINE]


@BOTH
@pytest.mark.parametrize(
    ("mood", "said"),
    [
        (Mood.SLOW, servers.TOO_SLOW),
        (Mood.HTML, servers.UNREADABLE),
        (Mood.FAULT, "has a fault (502)"),
        (Mood.TORN, servers.UNREACHABLE),
        (Mood.JUNK, servers.UNREADABLE),
        (Mood.LONG_LIMIT, servers.BUSY),
    ],
)
async def test_what_goes_wrong_is_a_sentence_and_books_nothing(kind, mood, said, monkeypatch):
    if mood is Mood.SLOW:
        monkeypatch.setattr(running, "BOUNDS", replace(running.BOUNDS, seconds=0.2))
    async with office(kind) as its:
        its.moods.will(mood)
        told = await its.does(Action.FREE)
        assert said in told
        assert servers.UNSURE not in told
        its.moods.will(mood)
        assert said in await its.books()
        assert its.started == []


@BOTH
async def test_a_request_that_came_too_soon_is_sent_once_more(kind):
    async with office(kind) as its:
        its.moods.will(Mood.RATE_LIMIT)
        assert "Booked" in await its.books()
        its.moods.will(Mood.RATE_LIMIT, Mood.RATE_LIMIT)
        assert servers.BUSY in await its.books(TEN)
        assert its.started == [NINE]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ({"retry-after": "2"}, 2),
        ({"retry-after": "Mon, 30 Nov 2026 12:00:02 GMT"}, 2),
        ({"retry-after": "Mon, 30 Nov 2026 11:59:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_pause_is_what_the_calendar_asks_for(asked, seconds):
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    expected = servers.PAUSE_SECONDS if seconds is None else seconds
    assert servers._pause_of(fence.Response(429, "", b"", headers=asked), now) == expected


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Provider.CALCOM, "cal_live_other"),
        (Provider.GOOGLE, "AIzaSy"),
        (Provider.GOOGLE, '{"client_email":"a@example.com","private_key":"none"}'),
        (Provider.GOOGLE, google_server.AUTHORIZED_USER.replace('"refresh"', '"revoked"')),
    ],
)
async def test_a_key_that_is_none_is_told(kind, key):
    async with office(kind, key=key) as its:
        assert "key" in await its.books()
        assert its.started == []


async def test_a_calendar_is_a_tool_for_each_thing_that_it_does():
    calendar = Calendar(Provider.GOOGLE, "office", "cal_key", minutes=45)
    stored = Definition("visits", "Visits.", "https://www.googleapis.com/calendar/v3",
                        asks_first=True, calendar=calendar)  # fmt: skip
    assert of_json(as_json(stored)) == stored
    tools = expanded([of_json(as_json(stored))])
    assert [(each.name, each.writes, each.asks_first) for each in tools] == [
        ("visits_free_times", False, False),
        ("visits_find_booking", False, False),
        ("visits_book", True, True),
        ("visits_move_booking", True, True),
        ("visits_cancel_booking", True, True),
    ]
    assert expanded(tools) == tools
    assert {each.secrets_used() for each in tools} == {frozenset({"cal_key"})}
    fixed = expanded([replace(stored, calendar=replace(calendar, is_changeable=False))])
    assert [each.name for each in fixed] == ["visits_free_times", "visits_book"]


@BOTH
@pytest.mark.parametrize("what", ["values", "bookings"])
async def test_a_calendar_of_any_size_costs_calls_no_more_than_an_honest_one(
    kind, what, monkeypatch
):
    """What is made of an answer is made on the loop of all calls, for each booking in it."""
    many = [{}] * (60_000 if what == "values" else 200)
    whole = {"data": many, "items": many, "calendars": {google_server.CALENDAR: {"busy": many}}}
    calls: list[str] = []

    async def ask(_self, method, url, **_):
        calls.append(method)
        token = {"access_token": "a", "expires_in": 3600}
        body = json.dumps(token if "token" in url else whole).encode()
        return fence.Response(200, "application/json", body)

    async with office(kind) as its:
        monkeypatch.setattr(fence.Asker, "ask", ask)
        assert "cannot be read" in await its.does(Action.FIND)
        if kind is Provider.GOOGLE:
            assert "cannot be read" in await its.does(Action.FREE)
    assert calls
