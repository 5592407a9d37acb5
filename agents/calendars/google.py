"""Google Calendar's API, version 3.

Google takes two bookings at one time without a word. So a time is looked at before it is booked and
once more after: of two that were booked at once, the later one is taken back. A booking has an id
of ours, so that one that is made again is the same.

See https://developers.google.com/workspace/calendar/api/v3/reference
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from agents.calendars.servers import (
    KEY_FORBIDDEN,
    KEY_REFUSED,
    NOT_ALL_SEEN,
    NOT_SEEN_FREE,
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
    moment_of,
    refusal,
)
from agents.calendars.settings import Calendar, token_address
from agents.calendars.slots import Span, free_times
from agents.calendars.tokens import forget, token_for
from agents.tools.base import ToolFailed
from agents.transfers.hours import zone_named

# Of an event's private properties, by which bookings of ours are found again.
CALL, NUMBER = "voicex_call", "voicex_number"
MOST_EVENTS: Final = 100  # of a page
MOST_PAGES: Final = 5  # within the time of a run
LONGEST_TOKEN: Final = 1_000  # characters of the next page's
MOST_GUESTS: Final = 200  # of an event, as many as Google takes
MOST_BUSY: Final = 5_000  # spans of two weeks that are not free
MOST_IDS: Final = 3  # of one booking: who books, moves it and books again needs two
MOST_REASONS: Final = 10  # of a refusal; Google gives one or two
# What Google calls the causes of a 403, in the older and the newer form of its errors.
_FORBIDDEN: Final[Mapping[str, Fault]] = {
    "requiredAccessLevel": Fault.READ_ONLY,
    "forbidden": Fault.READ_ONLY,
    "accessNotConfigured": Fault.API_OFF,
    "SERVICE_DISABLED": Fault.API_OFF,
    "insufficientPermissions": Fault.SCOPE,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Fault.SCOPE,
}
_READERS: Final = ("none", "freeBusyReader", "reader")
NOT_SEEN: Final = "The calendar cannot be seen with this key. Offer to take a message instead."
NEVER: Final = "9999"  # sorts behind every moment that Google writes


class GoogleCalendar:
    """One calendar of a Google account, or of a server that speaks its API."""

    def __init__(self, calendar: Calendar, url: str, key: str, requests: Requests) -> None:
        self._calendar = calendar
        self._url = url.rstrip("/")
        self._token_url = token_address(url)
        self._key = key
        self._requests = requests
        self._events = f"/calendars/{quote(calendar.calendar, safe='')}/events"

    async def free(self, begin: datetime, end: datetime) -> list[datetime]:
        """As `servers.Server.free`."""
        buffer = self._buffer
        asked = {
            "timeMin": _utc(begin - buffer),
            "timeMax": _utc(end + buffer + timedelta(minutes=self._calendar.minutes)),
            "items": [{"id": self._calendar.calendar}],
        }
        answer = await self._send("POST", "/freeBusy", asked, is_read=True)
        return free_times(self._calendar, self._busy_in(answer), (begin, end))

    async def find(self, caller: Caller, *, now: datetime) -> list[Booked]:
        """As `servers.Server.find`."""
        marks = [(NUMBER, caller.number), (CALL, caller.call)]
        found: dict[str, Booked] = {}
        for name, value in marks:
            if value:
                query = {"timeMin": _utc(now), "privateExtendedProperty": f"{name}={value}"}
                for each in await self._list(query):
                    booked = _booked(each)
                    if booked is not None and booked.start > now:
                        found[booked.id] = booked
        return sorted(found.values(), key=lambda each: each.start)

    async def book(self, booking: Booking) -> Booked:
        """As `servers.Server.book`."""
        for count in range(MOST_IDS):
            event_id = self._id_of(booking, count)
            if await self._in_the_way(booking.start, booking.end, besides=event_id):
                raise Taken
            answer = await self._put(self._event_of(booking, event_id))
            if answer is not None:
                return await self._unless_later(booking, event_id, answer)
        raise Taken

    def _id_of(self, booking: Booking, count: int) -> str:
        again = f" {count}" if count else ""
        return sha256(f"{self._calendar.calendar} {booking.key}{again}".encode()).hexdigest()

    async def _put(self, event: dict[str, Any]) -> Answer | None:
        """The event as it is now in the calendar; None when another has its id.

        It may have been booked before: then it is the same still, or was canceled, or was moved or
        renamed since and stays as it is.
        """
        path = f"{self._events}/{event['id']}"
        answer = await self._send("POST", self._events, event, is_tried=True)
        if answer.status != 409:
            if not answer.is_good:
                raise _refusal(answer, is_read=False)
            return answer
        there = await self._send("GET", path)
        known = there.document if isinstance(there.document, dict) else {}
        if known.get("status") == "cancelled":
            return await self._send("PUT", path, event)
        return there if _is_same(known, event) else None

    async def _unless_later(self, booking: Booking, event_id: str, answer: Answer) -> Booked:
        """The booking, unless another of that time was made before it. Raises Taken."""
        booked = Booked(event_id, booking.start, booking.end)
        others = await self._in_the_way_now(booking.start, booking.end, besides=event_id)
        created = _created(answer.document)
        if any((_created(each), str(each.get("id"))) < (created, event_id) for each in others):
            await self.cancel(booked)
            raise Taken
        return booked

    async def move(self, booked: Booked, start: datetime, end: datetime) -> Booked:
        """As `servers.Server.move`."""
        if await self._in_the_way(start, end, besides=booked.id):
            raise Taken
        await self._set(booked.id, start, end)
        if await self._in_the_way_now(start, end, besides=booked.id):
            await self._set(booked.id, booked.start, booked.end)
            raise Taken
        return Booked(booked.id, start, end)

    async def cancel(self, booked: Booked) -> None:
        """As `servers.Server.cancel`."""
        path = f"{self._events}/{quote(booked.id, safe='')}?sendUpdates=all"
        answer = await self._send("DELETE", path, is_tried=True)
        if not answer.is_good and answer.status not in (404, 410):
            raise _refusal(answer, is_read=False)

    async def warnings(self, *, now: datetime) -> list[CalendarWarning]:
        """As `servers.Server.warnings`: of what a list of events says beside them."""
        query = urlencode({"timeMin": _utc(now), "maxResults": "1"})
        answer = await self._send("GET", f"{self._events}?{query}", is_tried=True)
        if answer.status in (403, 404):  # who may see nothing but whether a time is free
            return [CalendarWarning(Warned.READ_ONLY)]
        document = answer.document if isinstance(answer.document, dict) else {}
        found = []
        if document.get("accessRole") in _READERS:
            found.append(CalendarWarning(Warned.READ_ONLY))
        zone = document.get("timeZone")
        if isinstance(zone, str) and not _is_same_zone(zone, self._calendar.time_zone, now):
            found.append(CalendarWarning(Warned.ZONE, zone[:QUOTED]))
        return found

    @property
    def _buffer(self) -> timedelta:
        return timedelta(minutes=self._calendar.buffer_minutes)

    def _event_of(self, booking: Booking, event_id: str) -> dict[str, Any]:
        phone = booking.phone or booking.caller.number
        told = [booking.note, f"Tel. {phone}" if phone else "", booking.email]
        marks = {CALL: booking.caller.call, NUMBER: booking.caller.number}
        return {
            "id": event_id,
            "status": "confirmed",
            "summary": booking.name,
            "description": "\n".join(filter(None, told)),
            "start": self._at(booking.start),
            "end": self._at(booking.end),
            "extendedProperties": {"private": {n: value for n, value in marks.items() if value}},
        }

    def _at(self, moment: datetime) -> dict[str, str]:
        return {"dateTime": _utc(moment), "timeZone": self._calendar.time_zone}

    async def _set(self, event_id: str, start: datetime, end: datetime) -> None:
        document = {"start": self._at(start), "end": self._at(end)}
        path = f"{self._events}/{quote(event_id, safe='')}?sendUpdates=all"
        await self._send("PATCH", path, document)

    async def _in_the_way(
        self, start: datetime, end: datetime, *, besides: str
    ) -> list[dict[str, Any]]:
        """The events of that time and its buffer, without the one that is to be there."""
        asked = {"timeMin": _utc(start - self._buffer), "timeMax": _utc(end + self._buffer)}
        return [
            each
            for each in await self._list(asked, too_many=NOT_SEEN_FREE)
            if each.get("id") != besides
            and each.get("transparency") != "transparent"
            and each.get("status") != "cancelled"
            and not _is_declined(each)
        ]

    async def _in_the_way_now(
        self, start: datetime, end: datetime, *, besides: str
    ) -> list[dict[str, Any]]:
        """As `_in_the_way`, once the booking is there: a failure does not say that it is not."""
        try:
            return await self._in_the_way(start, end, besides=besides)
        except ToolFailed as error:
            fault = error.fault if isinstance(error, CalendarFailed) else Fault.REFUSED
            said = str(error)
            raise CalendarFailed(said if UNSURE in said else said + UNSURE, fault) from error

    async def _list(
        self, asked: Mapping[str, str], *, too_many: str = NOT_ALL_SEEN
    ) -> list[dict[str, Any]]:
        """All events that are asked for: a page may have few or none of them, and a next one.
        `too_many`: the failure's words where there are more pages than are read.
        """
        found: list[dict[str, Any]] = []
        query = {
            **asked,
            "singleEvents": "true",
            "maxResults": str(MOST_EVENTS),
            "orderBy": "startTime",
        }
        for _ in range(MOST_PAGES):
            answer = await self._send("GET", f"{self._events}?{urlencode(query)}")
            document = answer.document
            page: dict[str, Any] = document if isinstance(document, dict) else {"items": None}
            events, token = page.get("items", []), page.get("nextPageToken", "")
            # No more than were asked for: what is done with each holds up calls of this process.
            if not isinstance(events, list) or len(events) > MOST_EVENTS:
                raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
            if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
                raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
            found += [each for each in events if isinstance(each, dict)]
            if not token:
                return found
            query["pageToken"] = token
        raise ToolFailed(too_many)  # what was not seen may be the caller's, or in the way

    def _busy_in(self, answer: Answer) -> list[Span]:
        document = answer.document if isinstance(answer.document, dict) else {}
        calendars = document.get("calendars")
        named = calendars if isinstance(calendars, dict) else {}
        # Of the one that was asked for, by whatever name: an account's own is "primary", too.
        only = next(iter(named.values())) if len(named) == 1 else None
        found = named.get(self._calendar.calendar, only)
        if not isinstance(found, dict):
            raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
        if errors := found.get("errors"):
            raise _not_seen(errors)
        busy = found.get("busy", [])
        if not isinstance(busy, list) or len(busy) > MOST_BUSY:
            raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
        if not all(isinstance(each, dict) for each in busy):
            raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
        return [(moment_of(each.get("start")), moment_of(each.get("end"))) for each in busy]

    async def _send(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        is_tried: bool = False,
        is_read: bool = False,
    ) -> Answer:
        """A good answer; with `is_tried` any. A token that has ended is replaced, once."""
        answer = await self._with_token(method, path, document, is_read=is_read)
        if answer.status == 401:
            forget(self._key, url=self._token_url)
            answer = await self._with_token(method, path, document, is_read=is_read)
            if answer.status == 401:
                forget(self._key, url=self._token_url)
                raise CalendarFailed(KEY_REFUSED, Fault.KEY)
        if not (answer.is_good or is_tried):
            raise _refusal(answer, is_read=is_read or method == "GET")
        return answer

    async def _with_token(self, method: str, path: str, document: Any, *, is_read: bool) -> Answer:
        token = await token_for(self._key, url=self._token_url, requests=self._requests)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return await self._requests.send(
            method, self._url + path, headers=headers, document=document, is_read=is_read
        )


def _refusal(answer: Answer, *, is_read: bool) -> CalendarFailed:
    """As `servers.refusal`, by the cause that Google names."""
    failure = refusal(answer, is_read=is_read)
    if answer.status != 403:
        return failure
    faults = (_FORBIDDEN.get(reason) for reason in _reasons_of(answer))
    return CalendarFailed(KEY_FORBIDDEN, next(filter(None, faults), Fault.KEY))


def _reasons_of(answer: Answer) -> list[str]:
    error = answer.document.get("error") if isinstance(answer.document, dict) else None
    told = error if isinstance(error, dict) else {}
    lists = [told.get(name) for name in ("errors", "details")]
    return [reason for each in lists for reason in _reasons_in(each)]


def _reasons_in(errors: object) -> list[str]:
    return [
        str(each.get("reason", ""))
        for each in (errors[:MOST_REASONS] if isinstance(errors, list) else ())
        if isinstance(each, dict)
    ]


def _not_seen(errors: object) -> CalendarFailed:
    """The failure of one calendar in an answer that is good by itself."""
    if "notFound" in _reasons_in(errors):  # no such calendar, or not shared with the account
        return CalendarFailed(NOT_SEEN, Fault.UNKNOWN)
    return CalendarFailed("The calendar's server has a fault.", Fault.SERVER)


def _booked(event: Mapping[str, Any]) -> Booked | None:
    """The booking that an event is; None for one of whole days, which is none of ours."""
    start, end = event.get("start"), event.get("end")
    if not isinstance(start, dict) or not isinstance(end, dict) or "dateTime" not in start:
        return None
    return Booked(
        str(event.get("id", "")), moment_of(start["dateTime"]), moment_of(end.get("dateTime"))
    )


def _is_declined(event: Mapping[str, Any]) -> bool:
    """Whether the calendar's person has declined: such an event stays, and the time is free."""
    people = event.get("attendees")
    return isinstance(people, list) and any(
        isinstance(each, dict)
        and each.get("self") is True
        and each.get("responseStatus") == "declined"
        for each in people[:MOST_GUESTS]
    )


def _is_same(known: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event of the calendar begins when `event` does, and has its name."""
    booked = _booked(known)
    starts = moment_of(event["start"]["dateTime"])
    name, own_name = str(known.get("summary", "")), str(event["summary"])
    return booked is not None and booked.start == starts and name.casefold() == own_name.casefold()


def _is_same_zone(name: str, own: str, now: datetime) -> bool:
    """Whether two time zones have the same clocks, in summer and in winter."""
    there = zone_named(name)
    moments = [now + timedelta(days=days) for days in (0, 182)]
    offsets = [each.astimezone(ZoneInfo(own)).utcoffset() for each in moments]
    return there is None or [each.astimezone(there).utcoffset() for each in moments] == offsets


def _created(event: object) -> str:
    """When an event was made, as Google writes it; all are of one form."""
    found = event.get("created") if isinstance(event, dict) else None
    return found if isinstance(found, str) else NEVER


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
