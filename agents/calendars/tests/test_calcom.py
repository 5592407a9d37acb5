"""What Cal.com alone does: pages, bookings to be confirmed, attendees that it refuses."""

from dataclasses import replace

import pytest

from agents.calendars import calcom, running, servers
from agents.calendars.servers import CalendarWarning, Caller, Warned
from agents.calendars.settings import Action, Provider
from testing.calendars import calcom_server
from testing.calendars.moods import Mood
from testing.calendars.office import ANN, BEN, HALF, NINE, TEN, moment, office

pytestmark = pytest.mark.usefixtures("within_reason")


def last_of(its):
    """The booking that was made last."""
    return list(its.server.bookings.values())[-1]


async def test_bookings_of_calcom_are_looked_through_page_by_page(monkeypatch):
    monkeypatch.setattr(calcom, "MOST_BOOKINGS", 1)
    async with office(Provider.CALCOM) as its:
        its.takes(NINE)
        await its.books(HALF)
        assert f"[{HALF}]" in await its.does(Action.FIND)
        monkeypatch.setattr(calcom, "MOST_PAGES", 1)
        assert servers.NOT_ALL_SEEN in await its.does(Action.CANCEL)
        assert its.started == [NINE, HALF]


async def test_a_booking_that_its_owner_still_has_to_confirm_is_not_told_as_booked():
    async with office(Provider.CALCOM) as its:
        its.server.needs_confirmation = True
        told = await its.books(NINE)
        assert told == f"Requested for Ann: Monday, May 4 at 10 AM. {running.PENDING}"
        assert told == await its.books(NINE)
        assert len(its.server.bookings) == 1
        assert f"not confirmed yet:\nMonday, May 4: 10 AM [{NINE}]" in await its.does(Action.FIND)
        moved = await its.does(Action.MOVE, new_start=TEN)
        assert moved.startswith("Requested instead of Monday, May 4 at 10 AM: Monday, May 4 at 11")
        assert running.PENDING in moved
        again = await its.does(Action.MOVE, new_start=TEN)
        assert again == f"The booking is at Monday, May 4 at 11 AM already. {running.PENDING}"
        assert "Canceled" in await its.does(Action.CANCEL)


@pytest.mark.parametrize("number", ["sip:100@pbx.example.com", "client:anna", "+4912"])
async def test_who_calls_from_what_cannot_be_dialed_is_booked_by_an_email_address(number):
    caller = Caller(number, "CA3")
    async with office(Provider.CALCOM) as its:
        assert calcom.NO_CONTACT in await its.books(NINE, caller)
        assert its.server.requests == []
        assert "Booked" in await its.books(NINE, caller, email="ann@example.com")
        assert "Booked" in await its.books(HALF, caller, phone="+49 171 1234567")
        assert last_of(its)["attendees"][0]["phoneNumber"] == "+491711234567"
        assert f"[{NINE}]" in await its.does(Action.FIND, replace(caller, call="CA4"))
    sent = its.server.requests[0].json
    assert sent["bookingFieldsResponses"] == {"notes": f"Tel. {number}"}


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("de", "de"), ("de-AT", "de"), ("pt-BR", "pt-BR"), ("pt-PT", "pt"), ("nb-NO", "no"),
        ("zh", "zh-CN"), ("EN-us", "en"), ("sw", None), ("", None),
    ],
)  # fmt: skip
async def test_cal_com_writes_in_the_callers_language_where_it_has_it(spoken, written):
    async with office(Provider.CALCOM) as its:
        assert "failed" not in await its.books(NINE, replace(ANN, language=spoken))
        assert last_of(its)["attendees"][0].get("language") == written


def test_no_language_is_sent_that_cal_com_refuses():
    assert set(calcom_server.LANGUAGES) >= calcom.LANGUAGES


async def test_of_a_class_a_caller_cancels_and_moves_their_own_seat_alone():
    """Without its name the whole class would be canceled, or moved, for everybody."""
    async with office(Provider.CALCOM, email="office@example.com") as its:
        its.server.seats = 3
        assert "Booked" in await its.books(NINE, email="ann@example.com")
        assert "Booked" in await its.books(NINE, BEN, email="ben@example.com")
        assert f"[{NINE}]" in await its.does(Action.FIND, BEN)
        assert "Canceled" in await its.does(Action.CANCEL, BEN)
        assert its.started == [NINE]
        assert [each["name"] for each in last_of(its)["attendees"]] == ["Ann"]
        assert running.NO_BOOKING in await its.does(Action.CANCEL, BEN)
        assert "Moved" in await its.does(Action.MOVE, new_start=TEN)
        assert f"[{TEN}]" in await its.does(Action.FIND)


async def test_a_seat_whose_answer_was_lost_is_not_taken_twice():
    async with office(Provider.CALCOM) as its:
        its.server.seats = 3
        its.moods.will(Mood.LOST, method="POST")
        assert servers.UNSURE in await its.books(NINE, email="ann@example.com")
        assert "Booked for Ann" in await its.books(NINE, email="ann@example.com")
        assert len(last_of(its)["attendees"]) == 1


async def test_of_a_full_class_the_caller_is_offered_another_time():
    async with office(Provider.CALCOM) as its:
        its.server.seats = 1
        await its.books(NINE, email="ann@example.com")
        assert "is not free. Nothing is booked." in await its.books(
            NINE, BEN, email="b@example.com"
        )


async def test_a_second_seat_of_one_address_is_no_time_that_is_taken():
    async with office(Provider.CALCOM, email="office@example.com") as its:
        its.server.seats = 3
        await its.books(NINE)
        told = await its.books(NINE, BEN)
        assert "refused it (409)" in told
        assert "is not free" not in told


async def test_a_time_that_the_event_type_does_not_take_is_offered_no_more():
    async with office(Provider.CALCOM) as its:
        its.server.first = moment(TEN)
        assert "is not free. Nothing is booked. Offer one of these" in await its.books(NINE)


async def test_a_bill_that_cannot_be_made_is_no_time_that_is_taken():
    async with office(Provider.CALCOM) as its:
        its.moods.will(Mood.PAYMENT, method="POST")
        told = await its.books(NINE)
        assert "payment_not_created_error" in told
        assert "is not free" not in told


async def test_of_a_booking_that_its_owner_deleted_meanwhile_nothing_is_left_to_cancel(monkeypatch):
    async with office(Provider.CALCOM) as its:
        await its.books(NINE)
        [uid] = its.server.bookings
        shown = dict(its.server.bookings)
        del its.server.bookings[uid]
        monkeypatch.setattr(its.server, "_listed", lambda _asked: list(shown.values()))
        assert "Canceled" in await its.does(Action.CANCEL)
        assert calcom.GONE in await its.does(Action.MOVE, new_start=TEN)
        its.server.bookings[uid] = shown[uid] | {"status": "cancelled"}
        assert calcom.GONE in await its.does(Action.MOVE, new_start=TEN)


async def test_the_address_of_a_server_may_end_with_the_version():
    async with office(Provider.CALCOM) as its:
        its.serves_at("/v2")
        assert f"[{NINE}]" in await its.does(Action.FREE)


@pytest.mark.parametrize(
    ("changed", "warned"),
    [
        ({}, []),
        ({"minutes": 45}, [CalendarWarning(Warned.LENGTH, "30")]),
        ({"calendar": "4712"}, []),
    ],
)
async def test_what_differs_from_the_event_type_is_warned_about(changed, warned):
    async with office(Provider.CALCOM, **changed) as its:
        assert await its.warnings() == warned


@pytest.mark.parametrize(
    ("own", "asked", "warned"),
    [
        ({}, ["email"], [CalendarWarning(Warned.EMAIL)]),
        ({"email": "office@example.com"}, ["email"], []),
        ({}, ["firm", "team-size"], [CalendarWarning(Warned.FIELDS, "firm, team-size")]),
        ({}, ["smsReminderNumber"], []),
    ],
)
async def test_questions_that_agents_do_not_answer_are_warned_about(own, asked, warned):
    async with office(Provider.CALCOM, **own) as its:
        its.server.fields = [{"slug": slug, "required": True} for slug in asked]
        its.server.fields += [{"slug": "rescheduleReason"}, {"slug": "a", "required": False}]
        its.server.fields.append({"slug": "b", "required": True, "hidden": True})
        assert await its.warnings() == warned
