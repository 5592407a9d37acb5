"""The settings of opening hours: one group of a version. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime

from agents.hours import calendar, days, public
from agents.settings.kinds import Lines, declared
from agents.settings.kinds import translatable as _
from agents.transfers import hours as week
from agents.transfers.written_hours import Ranges


@dataclass(frozen=True, slots=True)
class Opening:
    """When it is open: always, unless something is written here."""

    hours: str = field(
        default="",
        metadata=declared(
            Lines(week.TEXT, week.fault_in_hours, "lines such as `Mon-Fri 9:00-17:00`", rows=3),
            _("Opening hours"),
            _(
                "One line for each part of the week. For example: Mon-Fri 9:00-12:30, 13:30-18:00. "
                "The agent tells callers whether you are open and when you open next."
            ),
            empty=_("none"),
        ),
    )
    exceptions: str = field(
        default="",
        metadata=declared(
            Lines(
                days.TEXT,
                days.fault_in_days,
                "at most 40 lines such as `2026-12-24 9:00-12:00` or `2026-12-27 - 2027-01-01 "
                "closed`",
                rows=3,
            ),
            _("Days with other hours"),
            _(
                "One line for each day or period, with hours or “closed”. For example: 2026-12-24 "
                "9:00-12:00. Or: 2026-12-27 - 2027-01-01 closed."
            ),
            empty=_("none"),
        ),
    )
    holidays: str = field(
        default="",
        metadata=declared(
            Lines(
                public.CHARACTERS,
                public.fault_in_region,
                "a country or a part of one, such as `US` or `DE-BE`",
                rows=1,
            ),
            _("Closed on the public holidays of"),
            _("A country or a part of one, such as US, US-CA or DE-BE. Leave blank for none."),
            empty=_("none"),
        ),
    )
    time_zone: str = field(
        default="",
        metadata=declared(
            Lines(week.ZONE, week.fault_in_zone, "a time zone such as `Europe/Berlin`", rows=1),
            _("Time zone"),
            _(
                "For example Europe/Berlin, also for the dates and times that the agent says. "
                "Leave blank for the organization’s time zone."
            ),
            beside=True,
            empty=_("the organization’s"),
        ),
    )

    @property
    def is_declared(self) -> bool:
        """Whether anything says when it is open."""
        return any(each.strip() for each in (self.hours, self.exceptions, self.holidays))

    def is_open(self, now: datetime) -> bool:
        """Whether it is open at that moment."""
        return not self.is_declared or calendar.is_open(self, now)

    def opens_next(self, now: datetime) -> datetime | None:
        """When it opens next after `now`, on its own clock; None when that is far or unknown."""
        return calendar.opens_next(self, now) if self.is_declared else None

    def closes_next(self, now: datetime) -> datetime | None:
        """Until when it is open now, on its own clock; None when closed, or open for long."""
        return calendar.closes_next(self, now) if self.is_declared else None

    def hours_of(self, day: date) -> Ranges:
        """The hours of a day, in order; none where it is closed."""
        return calendar.hours_of(self, day)

    def other_days(self, now: datetime) -> list[days.Days]:
        """The coming days whose hours are not those of their weekday, in order."""
        return calendar.other_days(self, now) if self.is_declared else []

    def leaves_free(self, begin: datetime, end: datetime) -> bool:
        """Whether neither a single day nor a public holiday closes any of that time."""
        return calendar.is_left_free(self, begin, end)

    def local(self, now: datetime) -> datetime:
        """`now` on the clock of the place; unchanged where its zone is not known any more."""
        return calendar.local(self, now) or now
