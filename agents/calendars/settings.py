"""The definition of a calendar, as values and as stored JSON. Pure.

Read in the compiler's process too, which has nothing but the standard library.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Provider(StrEnum):
    """Whose protocol the calendar's server speaks."""

    CALCOM = "calcom"
    GOOGLE = "google"


class Action(StrEnum):
    """What a tool of a calendar does; the value ends the tool's name."""

    ALL = ""  # the calendar itself, as it is stored: a tool for each of the others is made of it
    FREE = "free_times"
    FIND = "find_booking"
    BOOK = "book"
    MOVE = "move_booking"
    CANCEL = "cancel_booking"


WRITING: Final = frozenset({Action.BOOK, Action.MOVE, Action.CANCEL})
ADDRESSES: Final[Mapping[Provider, str]] = {
    Provider.CALCOM: "https://api.cal.com",
    Provider.GOOGLE: "https://www.googleapis.com/calendar/v3",
}
GOOGLES_TOKENS: Final = "https://oauth2.googleapis.com/token"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar, or one action of it.

    calendar: the id of Cal.com's event type, or of Google's calendar. secret: the name of the
    secret that opens it. minutes: how long a booking is; buffer_minutes: what stays free before and
    after it. notice_hours: how soon the first booking may be; days: how far ahead the last. hours:
    of a week, in which bookings are, as `agents.transfers.hours` reads them, "" for those of the
    provider. email: for callers who give none. is_changeable: callers may move and cancel.
    """

    provider: Provider
    calendar: str
    secret: str
    time_zone: str = "UTC"
    minutes: int = 30
    buffer_minutes: int = 0
    notice_hours: int = 2
    days: int = 30
    hours: str = ""
    email: str = ""
    is_changeable: bool = True
    action: Action = Action.ALL


def calendar_of_json(stored: Mapping[str, Any] | None) -> Calendar | None:
    """The calendar that `dataclasses.asdict` gave; None for none.

    A newer field that is missing has its default. Raises KeyError, TypeError or ValueError for what
    was none.
    """
    if stored is None:
        return None
    known = {name: stored[name] for name in _PLAIN if name in stored}
    return Calendar(
        provider=Provider(stored["provider"]), action=Action(stored.get("action", "")), **known
    )


def token_address(url: str) -> str:
    """Where access tokens for Google's API at `url` are had: at Google, or below another server."""
    is_googles = url.rstrip("/") == ADDRESSES[Provider.GOOGLE]
    return GOOGLES_TOKENS if is_googles else f"{url.rstrip('/')}/token"


_PLAIN: Final = (
    "calendar", "secret", "time_zone", "minutes", "buffer_minutes", "notice_hours", "days", "hours",
    "email", "is_changeable",
)  # fmt: skip
