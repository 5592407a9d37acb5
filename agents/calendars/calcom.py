"""Cal.com's API, version 2. Its event type says how long bookings are, when, and with what buffer.

See https://cal.com/docs/api-reference/v2. Each route has a version of its own in a header.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from agents.calendars.phones import is_in_a_plan
from agents.calendars.servers import (
    NOT_ALL_SEEN,
    QUOTED,
    UNREADABLE,
    UNSURE,
    Answer,
    Booked,
    Booking,
    CalendarFailed,
    CalendarWarning,
    Caller,
    Fault,
    Requests,
    Taken,
    Warned,
    message_of,
    moment_of,
    refusal,
)
from agents.calendars.settings import Calendar
from agents.calendars.slots import within_hours
from agents.tools.base import ToolFailed

SLOTS_VERSION: Final = "2024-09-04"
BOOKINGS_VERSION: Final = "2024-08-13"
EVENT_TYPES_VERSION: Final = "2024-06-14"
MOST_BOOKINGS: Final = 100  # of a page
MOST_PAGES: Final = 5  # within the time of a run
NO_CONTACT: Final = (
    "The calendar wants a telephone number or an e-mail address. Ask for one of them, and write a "
    "number with + and the country code. Nothing is booked."
)
REASON: Final = "Requested by telephone"
# What bookings of ours carry, so that they are found again.
CALL, NUMBER, KEY = "voicex_call", "voicex_number", "voicex_key"
# What we fill in of an event type's questions, by Cal.com's names.
_FILLED: Final = frozenset(
    ("name", "splitName", "email", "attendeePhoneNumber", "smsReminderNumber", "rescheduleReason")
)
MOST_FIELDS: Final = 10  # of an event type's questions that are named on a page
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
# "User either already has booking at this time or is not available", "One of the hosts ...", and
# of a time that is too soon, too late or over "The event type can't be booked at the "start" time".
_TAKEN: Final = re.compile(
    r"already has booking|not available|no[ _]available[ _]users|can.t be booked at|"
    r"out_of_bounds|in the past",
    re.IGNORECASE,
)
# A conflict that is none of times: the bill, or a person who has a seat of a class already.
_NO_CONFLICT: Final = re.compile(r"payment|already[ _]signed[ _]up", re.IGNORECASE)
_GONE: Final = re.compile(r"(already|is|has been|been) cancell?ed", re.IGNORECASE)
GONE: Final = (
    "That booking is canceled or moved already; nothing is changed. Look up the caller's booking."
)


class CalCom:
    """An event type of Cal.com, or of a server of one's own."""

    def __init__(self, calendar: Calendar, url: str, key: str, requests: Requests) -> None:
        self._calendar = calendar
        self._url = url.rstrip("/").removesuffix("/v2")  # as its own pages write it
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
            raise refusal(answer, is_read=True)
        days = _data_of(answer)
        if not isinstance(days, dict):
            raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
        slots = [slot for found in days.values() if isinstance(found, list) for slot in found]
        if len(slots) > MOST_SLOTS:
            raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
        starts = {
            moment_of(slot.get("start") if isinstance(slot, dict) else None) for slot in slots
        }
        return within_hours(self._calendar, (each for each in starts if begin <= each <= end))

    async def find(self, caller: Caller, *, now: datetime) -> list[Booked]:
        """As `servers.Server.find`."""
        found: dict[tuple[str, str], Booked] = {}  # by id: pages shift while others book
        for page in range(MOST_PAGES):
            seen = await self._upcoming(skip=str(page * MOST_BOOKINGS))
            booked = (each for one in seen for each in _booked_by(one, caller))
            found |= {(each.id, each.seat): each for each in booked if each.start > now}
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
        # The answer to a first request may have been lost: then it is ours that is in the way.
        if _is_conflict(answer) and (made := await self._made_before(booking)):
            return made
        if _is_taken(answer):
            raise Taken
        raise refusal(answer, is_read=False)

    async def _made_before(self, booking: Booking) -> Booked | None:
        near = {"afterStart": _utc(booking.start - _NEAR), "beforeEnd": _utc(booking.end + _NEAR)}
        try:
            found = await self._upcoming(**near)
        except CalendarFailed as error:
            raise CalendarFailed(f"{error}{UNSURE}", error.fault) from error
        for each in found:
            if booking.key in [marks.get(KEY) for marks in _marks_of(each)]:
                booked = _booked(each)
                if booked.start == booking.start:  # it was not moved since
                    return booked
        return None

    async def move(self, booked: Booked, start: datetime, end: datetime) -> Booked:
        """As `servers.Server.move`."""
        whose = {"seatUid": booked.seat} if booked.seat else {"reschedulingReason": REASON}
        document = {"start": _utc(start), **whose}
        path = f"/v2/bookings/{quote(booked.id, safe='')}/reschedule"
        answer = await self._send("POST", path, document)
        if answer.is_good:
            return _made(answer)
        if _is_gone(answer):
            raise CalendarFailed(GONE, Fault.REFUSED)
        if _is_taken(answer):
            raise Taken
        raise refusal(answer, is_read=False)

    async def cancel(self, booked: Booked) -> None:
        """As `servers.Server.cancel`."""
        path = f"/v2/bookings/{quote(booked.id, safe='')}/cancel"
        # Without the seat all people of a class would be canceled.
        whose = {"seatUid": booked.seat} if booked.seat else {"cancellationReason": REASON}
        answer = await self._send("POST", path, whose)
        if not answer.is_good and not _is_gone(answer):
            raise refusal(answer, is_read=False)

    async def warnings(self, *, now: datetime) -> list[CalendarWarning]:
        """As `servers.Server.warnings`; none where the server does not describe its event type."""
        path = f"/v2/event-types/{self._calendar.calendar}"
        answer = await self._send("GET", path, version=EVENT_TYPES_VERSION)
        data = _data_of(answer) if answer.is_good else None
        if not isinstance(data, dict):
            return []
        found = []
        minutes = data.get("lengthInMinutes")
        if isinstance(minutes, int) and minutes != self._calendar.minutes:
            found.append(CalendarWarning(Warned.LENGTH, str(minutes)))
        asked = _required_of(data)
        if "email" in asked and not self._calendar.email:
            found.append(CalendarWarning(Warned.EMAIL))
        if others := [each for each in asked if each not in _FILLED]:
            found.append(CalendarWarning(Warned.FIELDS, ", ".join(others[:MOST_FIELDS])))
        return found

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
            raise refusal(answer, is_read=True)
        found = _data_of(answer)
        # No more than were asked for: what is done with each holds up the calls of this process.
        if not isinstance(found, list) or len(found) > MOST_BOOKINGS:
            raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
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


def _booked_by(booking: dict[str, Any], caller: Caller) -> list[Booked]:
    """What of a booking is the caller's, by their number or as one of this call.

    All of it; of one that people share (a class) the caller's seats, and nothing of the others'.
    """
    people = _people_of(booking)
    seated = [each for each in people if isinstance(each.get("seatUid"), str)]
    if not seated:
        is_theirs = any(_is_of(each, caller) for each in (booking, *people))
        return [_booked(booking)] if is_theirs else []
    booked = _booked(booking)
    return [replace(booked, seat=each["seatUid"]) for each in seated if _is_of(each, caller)]


def _is_of(marked: dict[str, Any], caller: Caller) -> bool:
    """Whether a booking or an attendee has our marks of the caller, or the caller's number."""
    marks = _metadata_of(marked)
    if caller.call and marks.get(CALL) == caller.call:
        return True
    return bool(caller.number) and caller.number in (marks.get(NUMBER), marked.get("phoneNumber"))


def _people_of(booking: dict[str, Any]) -> list[dict[str, Any]]:
    found = booking.get("attendees")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _marks_of(booking: dict[str, Any]) -> list[dict[str, Any]]:
    """What we wrote to a booking and, where people share it, to their seats."""
    return [_metadata_of(each) for each in (booking, *_people_of(booking))]


def _required_of(event_type: dict[str, Any]) -> list[str]:
    """The names of the questions that an event type wants an answer to."""
    fields = event_type.get("bookingFields")
    return [
        str(each.get("slug"))[:QUOTED]
        for each in (fields if isinstance(fields, list) else ())
        if isinstance(each, dict) and each.get("required") is True and not each.get("hidden")
    ]


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


def _is_conflict(answer: Answer) -> bool:
    return answer.status == 409 or _is_taken(answer)


def _is_taken(answer: Answer) -> bool:
    said = message_of(answer)
    if answer.status == 409:
        return not _NO_CONFLICT.search(said)
    return answer.status == 400 and bool(_TAKEN.search(said))


def _is_gone(answer: Answer) -> bool:
    """Whether a booking that was there is not any more: its owner may have canceled it."""
    return answer.status == 404 or (answer.status == 400 and bool(_GONE.search(message_of(answer))))


def _data_of(answer: Answer) -> Any:
    return answer.document.get("data") if isinstance(answer.document, dict) else None


def _made(answer: Answer) -> Booked:
    """The booking that a request has made or moved."""
    try:
        return _booked(_data_of(answer))
    except ToolFailed as error:
        raise CalendarFailed(UNREADABLE + UNSURE, Fault.UNREADABLE) from error


def _booked(data: object) -> Booked:
    """The booking that a server describes; the first, where it is one that repeats itself."""
    found = data[0] if isinstance(data, list) and data else data
    if not isinstance(found, dict) or not isinstance(found.get("uid"), str):
        raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
    return Booked(
        found["uid"],
        moment_of(found.get("start")),
        moment_of(found.get("end")),
        # Of an event type whose owner confirms each booking, or whose callers pay first.
        is_pending=found.get("status") == "pending",
    )


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
