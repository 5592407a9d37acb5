"""An office with a calendar at a fake server, and callers who want something of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agents.calendars import running
from agents.calendars.offering import action_of
from agents.calendars.servers import CalendarFailed, CalendarWarning, Caller, Fault
from agents.calendars.settings import Action, Calendar, Provider
from agents.http_tools.definition import Definition
from agents.tools.base import ToolFailed
from testing.calendars import calcom_server, google_server
from testing.calendars.calcom_server import CalComServer
from testing.calendars.google_server import GoogleServer

NOW: Final = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)  # a Monday, 8:00 in Berlin
ANN: Final = Caller("+14155550100", "CA1")
BEN: Final = Caller("+14155550199", "CA2")
NINE, HALF, TEN = "2026-05-04T10:00", "2026-05-04T10:30", "2026-05-04T11:00"  # in Berlin


def moment(text: str) -> datetime:
    """UTC, of a time in Berlin in May."""
    return datetime.fromisoformat(f"{text}+02:00").astimezone(UTC)


class Office:
    """A calendar and its server, and what callers want of it."""

    def __init__(
        self,
        kind: Provider,
        server: CalComServer | GoogleServer,
        *,
        key: str = "",
        **changed: Any,
    ) -> None:
        is_calcom = kind is Provider.CALCOM
        calendar = Calendar(
            kind,
            str(calcom_server.EVENT_TYPE) if is_calcom else google_server.CALENDAR,
            "cal_key",
            "Europe/Berlin",
            hours="Mon-Fri 10:00-11:30",
        )
        self.server = server
        self.moods = server.moods
        self._definition = Definition(
            "visits", "Visits.", server.origin, calendar=replace(calendar, **changed)
        )
        good = calcom_server.KEY if is_calcom else google_server.SERVICE_ACCOUNT
        self._secrets = {"cal_key": key or good}

    async def does(
        self, action: Action, caller: Caller = ANN, *, now: datetime = NOW, **values: Any
    ) -> str:
        """What the tool says, also where it failed."""
        tool = action_of(self._definition, action)
        try:
            return await running.run(
                tool, values, self._secrets, caller=caller, now=now, allow_private=True
            )
        except ToolFailed as error:
            return f"failed: {error}"

    async def fault_of(self, action: Action, **values: Any) -> Fault | None:
        """What is wrong with the calendar when Ann has the tool run; None for nothing."""
        tool = action_of(self._definition, action)
        try:
            await running.run(tool, values, self._secrets, caller=ANN, now=NOW, allow_private=True)
        except CalendarFailed as error:
            return error.fault
        return None

    def serves_at(self, path: str) -> None:
        """The calendar's address ends with `path`."""
        self._definition = replace(self._definition, url=self._definition.url + path)

    async def warnings(self) -> list[CalendarWarning]:
        """What the page of the calendar warns about."""
        return await running.warnings_of(
            self._definition, self._secrets, now=NOW, allow_private=True
        )

    async def books(self, start: str = NINE, caller: Caller = ANN, **values: Any) -> str:
        """The caller books, as Ann."""
        return await self.does(Action.BOOK, caller, start=start, caller_name="Ann", **values)

    @property
    def started(self) -> list[str]:
        """When the bookings that stand begin, in Berlin."""
        zone = timedelta(hours=2)
        found = [datetime.fromisoformat(each) + zone for each in self.server.started()]
        return [f"{each:%Y-%m-%dT%H:%M}" for each in found]

    def takes(self, start: str) -> None:
        """Another booking takes the time."""
        if isinstance(self.server, CalComServer):
            self.server.book(moment(start))
        else:
            self.server.put(moment(start), moment(start) + timedelta(minutes=30))


@asynccontextmanager
async def office(kind: Provider, **changed: Any) -> AsyncIterator[Office]:
    """Monday to Wednesday have three free times each."""
    days = [moment(f"2026-05-{day:02}T10:00") for day in (4, 5, 6)]
    free = [day + timedelta(minutes=30 * step) for day in days for step in range(3)]
    server = CalComServer(free) if kind is Provider.CALCOM else GoogleServer()
    async with server:
        yield Office(kind, server, **changed)
