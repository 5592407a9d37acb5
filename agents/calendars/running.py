"""Runs one tool of a calendar, and returns the answer for the model.

A booking is changed only for the number that calls, or within the call that made it: names and
numbers that a caller says open nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from agents.calendars import slots
from agents.calendars.calcom import CalCom
from agents.calendars.google import GoogleCalendar
from agents.calendars.phones import e164
from agents.calendars.servers import (
    BOUNDS,
    TOO_SLOW,
    UNSURE,
    YEARS,
    Booked,
    Booking,
    CalendarFailed,
    CalendarWarning,
    Caller,
    Fault,
    Requests,
    Server,
    Taken,
)
from agents.calendars.settings import WRITING, Action, Calendar, Provider
from agents.calendars.words import in_words, listed
from agents.http_tools.arguments import Values
from agents.http_tools.definition import Definition
from agents.http_tools.limits import CALENDAR_SECONDS
from agents.tools.base import ToolFailed
from voicex import fence

LONGEST_IN_KEY: Final = 100  # characters of a name; Cal.com keeps 500 of the whole key
NO_KEY: Final = "The calendar is not set up: its key is missing. Nothing was sent."
NONE_FREE: Final = "Nothing is free in that time. Ask for another day, or offer to take a message."
NO_SUCH_BOOKING: Final = (
    "The caller has no booking at that time: it may be moved or canceled already. Nothing is "
    "changed. There are:"
)
NO_NUMBER: Final = (
    "Write the phone number with + and the country code, as in +491711234567, or leave it out. "
    "Nothing is booked."
)
PENDING: Final = (
    "It is not confirmed yet: the people there may still decline it. Tell the caller so, and do "
    "not call it booked."
)
NO_BOOKING: Final = (
    "There is no booking for the number that calls. Others are not shown or changed here: offer to "
    "take a message."
)


async def run(
    definition: Definition,
    values: Values,
    secrets: Mapping[str, str],
    *,
    caller: Caller,
    now: datetime,
    allow_private: bool,
) -> str:
    """What the tool found or did, for the model. Raises ToolFailed, in words for the model too.

    definition: one action of a calendar. secrets: those for its host, by name.
    """
    calendar = definition.calendar
    if calendar is None:
        raise CalendarFailed(NO_KEY, Fault.KEY)
    try:
        async with _served(definition, secrets, allow_private=allow_private) as server:
            return await _Run(calendar, server, values, caller, now).act()
    except TimeoutError as error:
        unsure = UNSURE if calendar.action in WRITING else ""
        raise CalendarFailed(TOO_SLOW + unsure, Fault.SLOW) from error


async def warnings_of(
    definition: Definition, secrets: Mapping[str, str], *, now: datetime, allow_private: bool
) -> list[CalendarWarning]:
    """What will go wrong in calls though the calendar answers; for a page. Arguments: as of `run`.

    Empty where that cannot be found out.
    """
    try:
        async with _served(definition, secrets, allow_private=allow_private) as server:
            return await server.warnings(now=now)
    except (ToolFailed, TimeoutError):
        return []


@asynccontextmanager
async def _served(
    definition: Definition, secrets: Mapping[str, str], *, allow_private: bool
) -> AsyncIterator[Server]:
    """The calendar's server for one run. Raises ToolFailed without its key, and TimeoutError when
    the run takes too long.
    """
    calendar = definition.calendar
    if calendar is None or calendar.secret not in secrets:
        raise CalendarFailed(NO_KEY, Fault.KEY)
    async with (
        asyncio.timeout(CALENDAR_SECONDS),
        fence.asking(bounds=BOUNDS, allow_private=allow_private) as asker,
    ):
        yield _server(calendar, definition.url, secrets[calendar.secret], Requests(asker))


def _server(calendar: Calendar, url: str, key: str, requests: Requests) -> Server:
    match calendar.provider:
        case Provider.CALCOM:
            return CalCom(calendar, url, key, requests)
        case Provider.GOOGLE:
            return GoogleCalendar(calendar, url, key, requests)


class _Run:
    def __init__(
        self, calendar: Calendar, server: Server, values: Values, caller: Caller, now: datetime
    ) -> None:
        self._calendar = calendar
        self._server = server
        self._values = values
        self._caller = caller
        self._now = now
        self._zone = ZoneInfo(calendar.time_zone)

    async def act(self) -> str:
        match self._calendar.action:
            case Action.FREE:
                return await self._free_times()
            case Action.FIND:
                return self._told("Bookings of the caller:", await self._bookings())
            case Action.BOOK:
                return await self._book()
            case Action.MOVE:
                return await self._move()
            case Action.CANCEL:
                return await self._cancel()
        raise ToolFailed("A calendar by itself does nothing.")

    async def _free_times(self) -> str:
        first = _day(self._text("day"))
        begin, end = slots.window(self._calendar, first, now=self._now)
        free = await self._free(begin, end)
        offered = slots.offered(free, self._text("part_of_day"))
        if not offered:
            raise CalendarFailed(NONE_FREE, Fault.NONE_FREE)
        today = in_words(self._now.astimezone(self._zone), self._caller.language)
        return (
            f"It is now {today}. Free times; offer the caller two or three, in these words, and "
            "give back what is in brackets for the one that is chosen:\n"
            f"{listed(offered, self._caller.language)}"
        )

    async def _book(self) -> str:
        start = self._moment("start")
        self._ensure_possible(start)
        name = " ".join(self._text("caller_name").split())
        if not name:
            raise ToolFailed("Ask for the caller's name first. Nothing is booked.")
        phone = e164(self._text("phone"))
        if self._text("phone") and not phone:
            raise ToolFailed(NO_NUMBER)
        booking = Booking(
            start=start,
            end=start + self._length,
            name=name,
            caller=self._caller,
            # One caller may book for two people at one time: those are two bookings.
            key=f"{self._caller.call or self._now.isoformat()} {start.isoformat()} "
            f"{name.casefold()[:LONGEST_IN_KEY]}",
            email=self._text("email"),
            phone=phone,
            note=self._text("note"),
        )
        try:
            booked = await self._server.book(booking)
        except Taken:
            raise await self._taken(start, "Nothing is booked.") from None
        if booked.is_pending:
            return f"Requested for {name}: {self._said(booked.start)}. {PENDING}"
        return f"Booked for {name}: {self._said(booked.start)}. Tell the caller."

    async def _move(self) -> str:
        start = self._moment("new_start")
        self._ensure_possible(start)
        booked = await self._booking(moved_to=start)
        if booked.start == start:
            end = PENDING if booked.is_pending else "Tell the caller."
            return f"The booking is at {self._said(start)} already. {end}"
        try:
            moved = await self._server.move(booked, start, start + self._length)
        except Taken:
            still = f"The booking stays at {self._said(booked.start)}."
            raise await self._taken(start, still) from None
        before, after = self._said(booked.start), self._said(moved.start)
        if moved.is_pending:
            return f"Requested instead of {before}: {after}. {PENDING}"
        return f"Moved from {before} to {after}. Tell the caller."

    async def _cancel(self) -> str:
        booked = await self._booking()
        await self._server.cancel(booked)
        return f"Canceled: {self._said(booked.start)}. Tell the caller."

    async def _bookings(self) -> list[Booked]:
        found = await self._server.find(self._caller, now=self._now)
        if not found:
            raise ToolFailed(NO_BOOKING)
        return found

    async def _booking(self, *, moved_to: datetime | None = None) -> Booked:
        """The one booking that is meant; one that begins at `moved_to` is moved already.

        A time that is named and matches none is never another booking's: that a caller wanted to
        cancel one, once more, says nothing about the next.
        """
        found = await self._bookings()
        if self._text("booked_start"):
            wanted = self._moment("booked_start")
            meant = [each for each in found if each.start == wanted]
            meant = meant or [each for each in found if each.start == moved_to]
            if not meant:
                raise ToolFailed(self._told(NO_SUCH_BOOKING, found))
            found = meant
        if len(found) > 1:
            raise ToolFailed(self._told("The caller has several bookings. Ask which:", found))
        return found[0]

    async def _taken(self, start: datetime, what: str) -> ToolFailed:
        """The time is not free: with those next to it, if they can be had."""
        said = f"{self._said(start)} is not free. {what}"
        day = start.astimezone(self._zone).date() - timedelta(days=1)
        begin, end = slots.window(self._calendar, day, now=self._now)
        try:
            free = await self._free(begin, end)
        except ToolFailed:
            free = []
        near = slots.nearest([each for each in free if each != start], start)
        if near:
            said += f" Offer one of these instead:\n{listed(near, self._caller.language)}"
        return ToolFailed(said)

    async def _free(self, begin: datetime, end: datetime) -> list[datetime]:
        """When a booking could begin between the two, without the agent's holidays."""
        free = await self._server.free(begin, end) if begin < end else []
        return [each for each in free if self._is_open(each)]

    def _is_open(self, start: datetime) -> bool:
        return self._caller.is_open(start, start + self._length)

    def _ensure_possible(self, start: datetime) -> None:
        last = self._now + timedelta(days=self._calendar.days)
        first = self._now + timedelta(hours=self._calendar.notice_hours)
        is_within = first <= start <= last and slots.is_within_hours(self._calendar, start)
        if not is_within or not self._is_open(start):
            raise ToolFailed(
                f"{self._said(start)} cannot be booked here. Look up the free times, and offer "
                "those. Nothing is changed."
            )

    @property
    def _length(self) -> timedelta:
        return timedelta(minutes=self._calendar.minutes)

    def _said(self, moment: datetime) -> str:
        return in_words(moment.astimezone(self._zone), self._caller.language)

    def _told(self, head: str, bookings: Sequence[Booked]) -> str:
        told = f"{head}\n{self._listed(bookings)}"
        if pending := [each for each in bookings if each.is_pending]:
            told += f"\nOf these not confirmed yet:\n{self._listed(pending)}"
        return told

    def _listed(self, bookings: Sequence[Booked]) -> str:
        starts = (each.start.astimezone(self._zone) for each in bookings)
        return listed(starts, self._caller.language)

    def _text(self, name: str) -> str:
        return str(self._values.get(name, "")).strip()

    def _moment(self, name: str) -> datetime:
        """A time as the model wrote it: by the calendar's clocks, where it names no others."""
        try:
            found = _in_our_time(datetime.fromisoformat(self._text(name)))
        except ValueError as error:
            said = f"Write {name} as in 2026-05-04T09:00. Nothing is changed."
            raise ToolFailed(said) from error
        return found.replace(tzinfo=self._zone) if found.tzinfo is None else found


def _in_our_time(moment: datetime) -> datetime:
    """The moment itself. Raises ValueError for one of another age."""
    if moment.year not in YEARS:
        raise ValueError("another age")
    return moment


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return _in_our_time(datetime.fromisoformat(text)).date()
    except ValueError as error:
        raise ToolFailed("Write the day as in 2026-05-04.") from error
