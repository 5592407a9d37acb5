"""What Google Calendar alone does: tokens, pages, bookings at one time, invitations."""

import json

import pytest

from agents.calendars import google, servers, tokens
from agents.calendars.google import GoogleCalendar
from agents.calendars.servers import CalendarWarning, Fault, Warned
from agents.calendars.settings import Action, Provider
from agents.tools.base import ToolFailed
from testing.calendars import google_server
from testing.calendars.moods import Mood
from testing.calendars.office import ANN, HALF, NINE, TEN, moment, office
from voicex import fence

pytestmark = pytest.mark.usefixtures("within_reason")


async def test_a_token_that_has_ended_is_replaced_once():
    async with office(Provider.GOOGLE) as its:
        await its.does(Action.FREE)
        await its.does(Action.FREE)
        assert its.server.tokens == ["ya29.0"]
        its.moods.will(Mood.EXPIRED)
        assert "Booked" in await its.books()
        assert its.server.tokens == ["ya29.0", "ya29.1"]
        its.moods.will(Mood.EXPIRED, Mood.EXPIRED)
        assert servers.KEY_REFUSED in await its.books(TEN)
    async with office(Provider.GOOGLE, key=google_server.AUTHORIZED_USER) as its:
        assert "Booked" in await its.books()


async def test_of_two_bookings_that_google_took_at_once_the_later_is_taken_back():
    async with office(Provider.GOOGLE) as its:
        its.server.meanwhile = [(moment(NINE), moment(HALF))]
        assert "is not free" in await its.books()
        assert len(its.started) == 1
        assert [each for each in its.server.events.values() if each["status"] == "cancelled"]


async def test_a_calendar_that_is_not_shared_is_told():
    async with office(Provider.GOOGLE, calendar="other@example.com") as its:
        assert google.NOT_SEEN in await its.does(Action.FREE)


@pytest.mark.parametrize("too_many", [0, 1])
async def test_of_a_full_calendar_a_bounded_number_of_spans_is_read(too_many, monkeypatch):
    """However many values an answer may have, and though each of its spans is a good one."""
    monkeypatch.setattr(servers, "MOST_VALUES", 10**9)
    span = {"start": "2026-05-04T08:00:00Z", "end": "2026-05-04T08:30:00Z"}
    busy = [span] * (google.MOST_BUSY + too_many)

    async def ask(_self, _method, url, **_):
        token = {"access_token": "a", "expires_in": 3600}
        free_busy = {"calendars": {google_server.CALENDAR: {"busy": busy}}}
        body = json.dumps(token if "token" in url else free_busy).encode()
        return fence.Response(200, "application/json", body)

    async with office(Provider.GOOGLE) as its:
        monkeypatch.setattr(fence.Asker, "ask", ask)
        said = await its.does(Action.FREE)
    assert ("cannot be read" in said) is bool(too_many)


async def test_a_token_that_would_fill_the_memory_is_none(monkeypatch):
    async def ask(*_, **__):
        body = json.dumps({"access_token": "a" * 400_000, "expires_in": 3600}).encode()
        return fence.Response(200, "application/json", body)

    async with office(Provider.GOOGLE) as its:
        monkeypatch.setattr(fence.Asker, "ask", ask)
        assert servers.KEY_REFUSED in await its.does(Action.FREE)
    assert not tokens._kept


async def test_events_are_read_page_by_page_and_what_was_not_seen_is_not_free():
    async with office(Provider.GOOGLE) as its:
        its.server.page = 1
        for start in (NINE, HALF, TEN):
            await its.books(start)
        found = await its.does(Action.FIND)
        assert all(f"[{start}]" in found for start in (NINE, HALF, TEN))
        its.server.is_endless = True
        assert servers.NOT_ALL_SEEN in await its.does(Action.FIND)
        assert servers.NOT_SEEN_FREE in await its.books("2026-05-05T10:00")
        assert its.started == [NINE, HALF, TEN]


async def test_a_time_whose_invitation_was_declined_is_offered_and_booked():
    async with office(Provider.GOOGLE) as its:
        declined = {"responseStatus": "declined"}
        guests = [{"email": "ben@example.com", **declined}, {"self": True, **declined}]
        its.server.put(moment(NINE), moment(HALF), attendees=guests)
        assert f"[{NINE}]" in await its.does(Action.FREE)
        assert "Booked" in await its.books(NINE)
        assert "Moved" in await its.does(Action.MOVE, new_start=TEN)
        assert "Moved" in await its.does(Action.MOVE, new_start=NINE)


async def test_an_invitation_that_others_declined_is_in_the_way():
    async with office(Provider.GOOGLE) as its:
        guests = [
            {"email": "ben@example.com", "responseStatus": "declined"},
            {"self": True, "responseStatus": "accepted"},
        ]
        its.server.put(moment(NINE), moment(HALF), attendees=guests)
        assert "is not free" in await its.books(NINE)


@pytest.mark.parametrize("action", [Action.BOOK, Action.MOVE])
async def test_a_failure_after_the_booking_does_not_say_that_it_was_not_made(action, monkeypatch):
    looked = []

    async def looks(_self, *_, **__):
        looked.append(1)
        if len(looked) % 2 == 0:
            raise ToolFailed(servers.TOO_SLOW)
        return []

    async with office(Provider.GOOGLE) as its:
        if action is Action.MOVE:
            await its.books(TEN)
        monkeypatch.setattr(GoogleCalendar, "_in_the_way", looks)
        told = await its.does(action, ANN, start=NINE, new_start=NINE, caller_name="Ann")
        assert servers.TOO_SLOW + servers.UNSURE in told
        assert its.started == [NINE]


@pytest.mark.parametrize("sick", ["internalError", "backendError"])
async def test_a_calendar_that_is_sick_is_not_told_as_one_that_is_not_shared(sick):
    async with office(Provider.GOOGLE) as its:
        its.server.sick = sick
        told = await its.does(Action.FREE)
        assert "has a fault" in told
        assert google.NOT_SEEN not in told


async def test_a_quota_that_is_used_up_is_no_bad_key():
    async with office(Provider.GOOGLE) as its:
        its.moods.will(Mood.QUOTA, Mood.QUOTA)
        assert servers.BUSY in await its.books()
        assert its.started == []


async def test_whole_days_are_in_the_way_and_are_nobodys_booking():
    async with office(Provider.GOOGLE) as its:
        mark = {"private": {google.NUMBER: ANN.number}}
        day = {"start": {"date": "2026-05-04"}, "end": {"date": "2026-05-05"}}
        whole = its.server.put(moment(NINE), moment(HALF), extendedProperties=mark)
        its.server.events[whole] |= day
        assert "Monday" not in (await its.does(Action.FREE)).partition("\n")[2]
        assert "is not free" in await its.books(NINE)
        assert "no booking" in await its.does(Action.FIND)
        its.server.events[whole]["transparency"] = "transparent"
        assert "Booked" in await its.books(NINE)


async def test_an_answer_may_name_the_only_calendar_otherwise(monkeypatch):
    """An account's own is asked for as "primary"."""
    monkeypatch.setattr(google_server, "CALENDAR", "primary")
    async with office(Provider.GOOGLE, calendar="primary") as its:
        found = its.server._free_busy

        def renamed(asked):
            status, answer = found(asked)
            [busy] = answer["calendars"].values()
            return status, {"calendars": {"office@example.com": busy}}

        monkeypatch.setattr(its.server, "_free_busy", renamed)
        assert f"[{NINE}]" in await its.does(Action.FREE)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"api_is_off": True}, Fault.API_OFF),
        ({"role": "reader"}, Fault.READ_ONLY),
        ({"is_late": True}, Fault.CLOCK),
        ({"sick": "internalError"}, Fault.SERVER),
    ],
)
async def test_what_google_refuses_says_what_its_owner_can_do(changed, fault):
    async with office(Provider.GOOGLE) as its:
        for name, value in changed.items():
            setattr(its.server, name, value)
        action = Action.BOOK if fault is Fault.READ_ONLY else Action.FREE
        assert await its.fault_of(action, start=NINE, caller_name="Ann") is fault


@pytest.mark.parametrize(
    ("changed", "warned"),
    [
        ({}, []),
        ({"role": "reader"}, [CalendarWarning(Warned.READ_ONLY)]),
        ({"role": "freeBusyReader"}, [CalendarWarning(Warned.READ_ONLY)]),
        ({"zone": "America/New_York"}, [CalendarWarning(Warned.ZONE, "America/New_York")]),
        ({"zone": "Europe/Vienna"}, []),  # the same clocks
        ({"zone": "Africa/Lagos"}, [CalendarWarning(Warned.ZONE, "Africa/Lagos")]),  # in winter
        ({"zone": "Mars/Olympus"}, []),
    ],
)
async def test_what_will_fail_in_calls_is_warned_about_on_the_page(changed, warned):
    async with office(Provider.GOOGLE) as its:
        for name, value in changed.items():
            setattr(its.server, name, value)
        assert await its.warnings() == warned
