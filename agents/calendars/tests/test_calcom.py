"""What Cal.com alone does: pages, bookings to be confirmed, attendees that it refuses."""

from dataclasses import replace

import pytest

from agents.calendars import calcom, running, servers
from agents.calendars.servers import Caller
from agents.calendars.settings import Action, Provider
from testing.calendars import calcom_server
from testing.calendars.office import ANN, HALF, NINE, TEN, office

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
