"""Cal.com's API, version 2. Its event type says how long bookings are, when, and with what buffer.

See https://cal.com/docs/api-reference/v2. Each route has a version of its own in a header.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from agents.calendars.phones import is_in_a_plan
from agents.calendars.servers import (
    NOT_ALL_SEEN,
    UNREADABLE,
    UNSURE,
    Answer,
    Booked,
    Booking,
    Caller,
    Requests,
    Taken,
    message_of,
    moment_of,
    refusal,
)
from agents.calendars.settings import Calendar
from agents.calendars.slots import within_hours
from agents.tools.base import ToolFailed

SLOTS_VERSION: Final = "2024-09-04"
BOOKINGS_VERSION: Final = "2024-08-13"
MOST_BOOKINGS: Final = 100  # of a page
MOST_PAGES: Final = 5  # within the time of a run
NO_CONTACT: Final = (
    "The calendar wants a telephone number or an e-mail address. Ask for one of them, and write a "
    "number with + and the country code. Nothing is booked."
)
REASON: Final = "Requested by telephone"
# What bookings of ours carry, so that they are found again.
CALL, NUMBER, KEY = "voicex_call", "voicex_number", "voicex_key"
MOST_SLOTS: Final = 5_000  # two weeks of bookings of five minutes
# In which it writes to those who book; it refuses a booking in any other.
LANGUAGES: Final = frozenset(
    (
        "ar", "az", "bg", "ca", "cs", "da", "de", "el", "en", "es", "es-419", "et", "eu", "fi",
        "fr", "he", "hr", "hu", "id", "it", "ja", "km", "ko", "lv", "nl", "no", "pl", "pt", "pt-BR",
        "ro", "ru", "sk", "sr", "sv", "ta", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
    )
)  # fmt: skip
_OTHERWISE_NAMED: Final = {"nb": "no", "nn": "no", "zh": "zh-CN"}
# Around a booking: the event type may make it longer than the calendar's settings say.
_NEAR: Final = timedelta(hours=12)
# "User either already has booking at this time or is not available", "One of the hosts ..."
_TAKEN: Final = re.compile(r"already has booking|not available|no available users", re.IGNORECASE)
_GONE: Final = re.compile(r"already (been )?cancell?ed|is cancell?ed", re.IGNORECASE)


class CalCom:
    """An event type of Cal.com, or of a server of one's own."""

    def __init__(self, calendar: Calendar, url: str, key: str, requests: Requests) -> None:
        self._calendar = calendar
        self._url = url.rstrip("/")
        self._key = key
        self._requests = requests

    async def free(self, begin: datetime, end: datetime) -> list[datetime]:
        """As `servers.Server.free`."""
        asked = {
            "eventTypeId": self._calendar.calendar,
            "start": _utc(begin),
            "end": _utc(end),
            "timeZone": self._calendar.time_zone,
        }
        answer = await self._send("GET", f"/v2/slots?{urlencode(asked)}", version=SLOTS_VERSION)
        if not answer.is_good:
            raise refusal(answer)
        days = _data_of(answer)
        if not isinstance(days, dict):
            raise ToolFailed(UNREADABLE)
        slots = [slot for found in days.values() if isinstance(found, list) for slot in found]
        if len(slots) > MOST_SLOTS:
            raise ToolFailed(UNREADABLE)
        starts = {
            moment_of(slot.get("start") if isinstance(slot, dict) else None) for slot in slots
        }
        return within_hours(self._calendar, (each for each in starts if begin <= each <= end))

    async def find(self, caller: Caller, *, now: datetime) -> list[Booked]:
        """As `servers.Server.find`."""
        found: dict[str, Booked] = {}  # by id: pages shift while others book
        for page in range(MOST_PAGES):
            seen = await self._upcoming(skip=str(page * MOST_BOOKINGS))
            booked = (_booked(each) for each in seen if _is_of(each, caller))
            found |= {each.id: each for each in booked if each.start > now}
            if len(seen) < MOST_BOOKINGS:
                break
        else:
            if not found:
                raise ToolFailed(NOT_ALL_SEEN)
        return sorted(found.values(), key=lambda each: each.start)

    async def book(self, booking: Booking) -> Booked:
        """As `servers.Server.book`."""
        phone = booking.phone or booking.caller.number
        is_callable = is_in_a_plan(phone)
        attendee = {
            "name": booking.name,
            "timeZone": self._calendar.time_zone,
            "email": booking.email or self._calendar.email,
            "phoneNumber": phone if is_callable else "",
            "language": _language_of(booking.caller),
        }
        if not attendee["email"] and not attendee["phoneNumber"]:
            raise ToolFailed(NO_CONTACT)
        marks = {CALL: booking.caller.call, NUMBER: booking.caller.number, KEY: booking.key}
        document: dict[str, Any] = {
            "eventTypeId": int(self._calendar.calendar),
            "start": _utc(booking.start),
            "attendee": {name: value for name, value in attendee.items() if value},
            "metadata": {name: value for name, value in marks.items() if value},
        }
        told = [booking.note, f"Tel. {phone}" if phone and not is_callable else ""]
        if notes := "\n".join(filter(None, told)):
            document["bookingFieldsResponses"] = {"notes": notes}
        answer = await self._send("POST", "/v2/bookings", document)
        if answer.is_good:
            return _made(answer)
        if not _is_taken(answer):
            raise refusal(answer)
        # The answer to a first request may have been lost: then it is ours that is in the way.
        near = {"afterStart": _utc(booking.start - _NEAR), "beforeEnd": _utc(booking.end + _NEAR)}
        for each in await self._upcoming(**near):
            if _metadata_of(each).get(KEY) == booking.key:
                booked = _booked(each)
                if booked.start == booking.start:  # it was not moved since
                    return booked
        raise Taken

    async def move(self, booked: Booked, start: datetime, end: datetime) -> Booked:
        """As `servers.Server.move`."""
        document = {"start": _utc(start), "reschedulingReason": REASON}
        path = f"/v2/bookings/{quote(booked.id, safe='')}/reschedule"
        answer = await self._send("POST", path, document)
        if answer.is_good:
            return _made(answer)
        if _is_taken(answer):
            raise Taken
        raise refusal(answer)

    async def cancel(self, booked: Booked) -> None:
        """As `servers.Server.cancel`."""
        path = f"/v2/bookings/{quote(booked.id, safe='')}/cancel"
        answer = await self._send("POST", path, {"cancellationReason": REASON})
        if not answer.is_good and not _GONE.search(message_of(answer)):
            raise refusal(answer)

    async def _upcoming(self, **narrowed: str) -> list[dict[str, Any]]:
        asked: dict[str, object] = {
            "status": "upcoming",
            "eventTypeId": self._calendar.calendar,
            "sortStart": "asc",
            "take": MOST_BOOKINGS,
            **narrowed,
        }
        answer = await self._send("GET", f"/v2/bookings?{urlencode(asked)}")
        if not answer.is_good:
            raise refusal(answer)
        found = _data_of(answer)
        # No more than were asked for: what is done with each holds up the calls of this process.
        if not isinstance(found, list) or len(found) > MOST_BOOKINGS:
            raise ToolFailed(UNREADABLE)
        return [each for each in found if isinstance(each, dict)]

    async def _send(
        self, method: str, path: str, document: Any = None, *, version: str = BOOKINGS_VERSION
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Accept": "application/json",
            "cal-api-version": version,
        }
        return await self._requests.send(
            method, self._url + path, headers=headers, document=document
        )


def _is_of(booking: dict[str, Any], caller: Caller) -> bool:
    """Whether a booking is the caller's, by their number or as one of this call."""
    marks = _metadata_of(booking)
    if caller.call and marks.get(CALL) == caller.call:
        return True
    attendees = booking.get("attendees")
    numbers = [
        each.get("phoneNumber")
        for each in (attendees if isinstance(attendees, list) else ())
        if isinstance(each, dict)
    ]
    return bool(caller.number) and caller.number in (marks.get(NUMBER), *numbers)


def _language_of(caller: Caller) -> str:
    """Cal.com's name of the caller's language; "" for one that it does not have."""
    base, _dash, place = caller.language.partition("-")
    tag = f"{base.lower()}-{place.upper()}"
    if tag in LANGUAGES:
        return tag
    code = _OTHERWISE_NAMED.get(base.lower(), base.lower())
    return code if code in LANGUAGES else ""


def _metadata_of(booking: dict[str, Any]) -> dict[str, Any]:
    found = booking.get("metadata")
    return found if isinstance(found, dict) else {}


def _is_taken(answer: Answer) -> bool:
    return answer.status == 409 or (
        answer.status == 400 and bool(_TAKEN.search(message_of(answer)))
    )


def _data_of(answer: Answer) -> Any:
    return answer.document.get("data") if isinstance(answer.document, dict) else None


def _made(answer: Answer) -> Booked:
    """The booking that a request has made or moved."""
    try:
        return _booked(_data_of(answer))
    except ToolFailed as error:
        raise ToolFailed(UNREADABLE + UNSURE) from error


def _booked(data: object) -> Booked:
    """The booking that a server describes; the first, where it is one that repeats itself."""
    found = data[0] if isinstance(data, list) and data else data
    if not isinstance(found, dict) or not isinstance(found.get("uid"), str):
        raise ToolFailed(UNREADABLE)
    return Booked(
        found["uid"],
        moment_of(found.get("start")),
        moment_of(found.get("end")),
        # Of an event type whose owner confirms each booking, or whose callers pay first.
        is_pending=found.get("status") == "pending",
    )


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
