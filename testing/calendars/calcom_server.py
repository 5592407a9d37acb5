"""The part of Cal.com's API, version 2, that a receptionist needs: one event type, half hours."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import phonenumbers

from testing.calendars.moods import Moods
from testing.providers.http_server import Answer, HttpServer, Request

EVENT_TYPE: Final = 4711
KEY: Final = "cal_live_0123456789abcdef"
TAKEN: Final = "User either already has booking at this time or is not available"
LENGTH: Final = timedelta(minutes=30)
VERSIONS: Final = {
    "slots": "2024-09-04",
    "bookings": "2024-08-13",
    "event-types": "2024-06-14",
}
TOO_SOON: Final = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too "
    "soon (violating the minimum booking notice) or too far in the future (outside the event's "
    "scheduling window)."
)
LANGUAGES: Final = (
    "ar", "ca", "de", "es", "eu", "he", "id", "ja", "lv", "pl", "ro", "sr", "th", "vi", "az", "cs",
    "el", "es-419", "fi", "hr", "it", "km", "nl", "pt", "ru", "sv", "tr", "zh-CN", "bg", "da", "en",
    "et", "fr", "hu", "iw", "ko", "no", "pt-BR", "sk", "ta", "uk", "zh-TW",
)  # fmt: skip
_GONE: Final = ("cancelled", "rejected")
_BOOKING: Final = re.compile(r"/v2/bookings/([^/]+)/(reschedule|cancel)")


class CalComServer(HttpServer):
    """free: when bookings can begin. bookings: the existing ones, by uid.

    needs_confirmation: of the event type; its bookings are pending, and leave their time free.
    seats: of a time, 0 where it is one person's; who comes later takes a seat of the same booking.
    fields: the event type's questions. first: the earliest start by its own notice.
    """

    def __init__(self, free: list[datetime]) -> None:
        super().__init__(self._serve_request)
        self.free = [each.astimezone(UTC) for each in free]
        self.bookings: dict[str, dict[str, Any]] = {}
        self.needs_confirmation = False
        self.seats = 0
        self.fields: list[dict[str, Any]] = [
            {"isDefault": True, "type": "name", "slug": "name", "required": True},
            {"isDefault": True, "type": "email", "slug": "email", "required": False},
            {"isDefault": True, "type": "phone", "slug": "attendeePhoneNumber", "required": True},
        ]
        self.first = datetime(2000, 1, 1, tzinfo=UTC)
        self.moods = Moods()

    def book(self, start: datetime, **more: Any) -> str:
        """Add a booking of another person; returns its uid."""
        uid = f"uid{len(self.bookings) + 1:04}"
        if more.get("status") != "pending":
            self.free.remove(start.astimezone(UTC))
        self.bookings[uid] = {
            "uid": uid,
            "status": "accepted",
            "start": _written(start),
            "end": _written(start + LENGTH),
            "eventTypeId": EVENT_TYPE,
            "attendees": [],
            "metadata": {},
            **more,
        }
        return uid

    def started(self) -> list[str]:
        """The beginnings of the bookings that are sure."""
        standing = (each for each in self.bookings.values() if each["status"] == "accepted")
        return sorted(each["start"] for each in standing)

    async def _serve_request(self, request: Request, answer: Answer) -> None:
        done: list[tuple[int, Any]] = []

        def does() -> None:
            done.append(self._done(request))

        if await self.moods.take(request, answer, does):
            return
        does()
        [(status, document)] = done
        await answer.send_json(document, status)

    def _done(self, request: Request) -> tuple[int, Any]:
        path = urlsplit(request.path).path
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _refused(401, "Invalid API key")
        kind = path.split("/")[2]
        if request.headers.get("cal-api-version") != VERSIONS[kind]:
            return _refused(404, "Cannot find this version")
        asked = {name: each[0] for name, each in parse_qs(urlsplit(request.path).query).items()}
        if asked.get("eventTypeId", str(EVENT_TYPE)) != str(EVENT_TYPE):
            return _refused(404, "Event type not found")
        if path == "/v2/slots":
            return self._slots(asked)
        if kind == "event-types":
            return self._event_type(path)
        if found := _BOOKING.fullmatch(path):
            return self._change(found[1], found[2], request.json)
        if request.method == "POST":
            return self._post(request.json)
        return 200, {"status": "success", "data": self._listed(asked)}

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        after, before = asked.get("afterStart", ""), asked.get("beforeEnd", "9999")
        found = [
            each
            for each in sorted(self.bookings.values(), key=lambda each: str(each["start"]))
            if each["status"] not in _GONE and after <= each["start"] and each["end"] <= before
        ]
        skip = int(asked.get("skip", "0"))
        return found[skip : skip + int(asked["take"])]

    def _event_type(self, path: str) -> tuple[int, Any]:
        if path != f"/v2/event-types/{EVENT_TYPE}":
            return _refused(404, "Event type not found")
        minutes = int(LENGTH.total_seconds() / 60)
        described = {"id": EVENT_TYPE, "lengthInMinutes": minutes, "bookingFields": self.fields}
        return 200, {"status": "success", "data": described}

    def _slots(self, asked: dict[str, str]) -> tuple[int, Any]:
        zone = ZoneInfo(asked["timeZone"])
        begin, end = (datetime.fromisoformat(asked[name]) for name in ("start", "end"))
        days: dict[str, list[dict[str, str]]] = {}
        for each in sorted(self.free):
            if begin <= each <= end:
                local = each.astimezone(zone)
                start = local.isoformat(timespec="milliseconds")
                days.setdefault(f"{local:%Y-%m-%d}", []).append({"start": start})
        return 200, {"status": "success", "data": days}

    def _post(self, document: dict[str, Any]) -> tuple[int, Any]:
        start = datetime.fromisoformat(document["start"])
        if not document["attendee"].get("name") or document["eventTypeId"] != EVENT_TYPE:
            return _refused(400, "attendee.name should not be empty")
        attendee = document["attendee"]
        if not {"email", "phoneNumber"} & attendee.keys():
            return _refused(400, "attendee must have an email or a phone number")
        if not _is_dialed(attendee.get("phoneNumber")):
            return _refused(400, "Invalid phone number format. Please use international format.")
        if attendee.get("language", "en") not in LANGUAGES:
            return _refused(400, "attendee.language must be one of the following values")
        same = ("pending", _written(start), [attendee])
        for each in self.bookings.values():
            if (each["status"], each["start"], each["attendees"]) == same:
                return 201, {"status": "success", "data": each}
        if start < self.first:
            return _refused(400, TOO_SOON)
        marks = json.loads(json.dumps(document.get("metadata", {})))
        if self.seats:
            return self._seated(start, attendee, marks)
        if start not in self.free:
            return _refused(400, TAKEN)
        return self._added(start, attendees=[attendee], metadata=marks)

    def _seated(
        self, start: datetime, attendee: dict[str, Any], marks: dict[str, Any]
    ) -> tuple[int, Any]:
        """A seat, of a booking that is there or of a new one."""
        seat = {**attendee, "metadata": marks}
        for each in self.bookings.values():
            if each["status"] != "accepted" or each["start"] != _written(start):
                continue
            people = each["attendees"]
            if attendee.get("email", "") in [person.get("email") for person in people]:
                return _refused(409, "already_signed_up_for_this_booking_error")
            if len(people) >= self.seats:
                return _refused(409, "booking_seats_full_error")
            people.append({**seat, "seatUid": f"seat{each['uid']}{len(people) + 1}"})
            return 201, {"status": "success", "data": each}
        status, answer = self._added(start, attendees=[seat])
        answer["data"]["attendees"][0]["seatUid"] = f"seat{answer['data']['uid']}1"
        return status, answer

    def _added(self, start: datetime, **more: Any) -> tuple[int, Any]:
        status = "pending" if self.needs_confirmation else "accepted"
        uid = self.book(start, status=status, **more)
        return 201, {"status": "success", "data": self.bookings[uid]}

    def _change(self, uid: str, what: str, document: dict[str, Any]) -> tuple[int, Any]:
        booking = self.bookings.get(uid)
        if booking is None:
            return _refused(404, "Booking not found")
        if booking["status"] == "cancelled":
            if what == "reschedule":
                return _refused(
                    400, f"Can't reschedule booking with uid={uid} because it has been cancelled."
                )
            return _refused(400, "The booking is already cancelled")
        if "seatUid" in document:
            return self._change_seat(booking, what, document)
        before = [datetime.fromisoformat(booking["start"])]
        if booking["status"] == "pending":
            before.clear()  # its time was free
        if what == "cancel":
            booking["status"] = "cancelled"
            self.free += before
            return 200, {"status": "success", "data": booking}
        start = datetime.fromisoformat(document["start"])
        if start not in self.free:
            return _refused(409, TAKEN)
        booking["status"] = "cancelled"
        self.free += before
        # That needs confirmation once more, unless `rescheduledBy` names the owner.
        return self._added(start, **{name: booking[name] for name in ("attendees", "metadata")})

    def _change_seat(
        self, booking: dict[str, Any], what: str, document: dict[str, Any]
    ) -> tuple[int, Any]:
        """One person of a booking leaves it, and takes a seat elsewhere where they move."""
        people = booking["attendees"]
        seat = next((each for each in people if each["seatUid"] == document["seatUid"]), None)
        if seat is None:
            return _refused(400, "Invalid seatUid: this seat does not exist.")
        people.remove(seat)
        if what == "cancel":
            return 200, {"status": "success", "data": booking}
        attendee = {name: seat[name] for name in seat if name not in ("seatUid", "metadata")}
        return self._seated(datetime.fromisoformat(document["start"]), attendee, seat["metadata"])


def _is_dialed(number: str | None) -> bool:
    try:
        return number is None or phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def _refused(status: int, message: str) -> tuple[int, Any]:
    return status, {"status": "error", "error": {"code": "Exception", "message": message}}


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
