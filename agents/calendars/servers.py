"""The protocol of a calendar's server, and its failures in words for the model.

A server is asked over connections of one run; every answer is bounded before it is parsed.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Protocol

import structlog

from agents.tools.base import ToolFailed
from voicex import fence
from voicex.bounds import bounded_json
from voicex.bounds.retry_after import seconds_in_header
from voicex.errors import EndpointRefused

log = structlog.get_logger(__name__)

ANSWER_BYTES: Final = 512 * 1024  # two weeks of free times, or a hundred bookings with all fields
# Brackets and commas in it: a hundred bookings have 20,000.
MOST_VALUES: Final = 50_000
READ_AT_ONCE: Final = 20 * 1024  # of an answer on the event loop, as of other tools
REQUEST_SECONDS: Final = 4.0
BOUNDS: Final = fence.Bounds(
    answer_bytes=ANSWER_BYTES, stream_bytes=ANSWER_BYTES, seconds=REQUEST_SECONDS
)
PAUSE_SECONDS: Final = 0.5  # before a request that came too soon is sent once more
LONGEST_PAUSE_SECONDS: Final = 1.0
YEARS: Final = range(2000, 2200)  # of bookings; others leave the calendar in some time zone
QUOTED: Final = 200  # characters of what a server says
_LIMITS: Final = re.compile(rb"(?:[rR]ate|daily)Limit\w{0,40}Exceeded|quotaExceeded")

TOO_SLOW: Final = "The calendar did not answer in time."
UNREACHABLE: Final = "The calendar cannot be reached."
NOT_ALLOWED: Final = "The calendar's address may not be called. Nothing was sent."
KEY_REFUSED: Final = "The calendar does not accept the key. Offer to take a message instead."
KEY_FORBIDDEN: Final = (
    "The calendar's key is not allowed to do this. Nothing is changed. Offer to take a message "
    "instead."
)
NOT_KNOWN: Final = "The calendar does not know this. Offer to take a message instead."
BUSY: Final = "The calendar takes no more requests at this moment. Try again in a minute."
UNREADABLE: Final = "The calendar's answer cannot be read."
NOT_ALL_SEEN: Final = (
    "The calendar has too many bookings to look through all of them: the caller's may be among the "
    "later ones. Offer to take a message."
)
NOT_SEEN_FREE: Final = "The calendar has too many events at that time to see whether it is free."
UNSURE: Final = (
    " It may or may not have been done: call this again with the same values, which does nothing "
    "twice, or look up the caller's booking."
)


class Fault(StrEnum):
    """What is wrong between us and a calendar's server; what its owner can do depends on it."""

    KEY = "key"  # it is none, or is not accepted
    CLOCK = "clock"  # ours is wrong: what a service account signs has a time
    READ_ONLY = "read_only"  # the key opens the calendar, for reading alone
    SCOPE = "scope"  # the account has not consented to calendars
    API_OFF = "api_off"  # the key's project does not use the API
    UNKNOWN = "unknown"  # no such calendar or event type, or not for this key
    BUSY = "busy"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    ADDRESS = "address"  # may not be asked
    SERVER = "server"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    NONE_FREE = "none_free"  # it works, and has no free time


class CalendarFailed(ToolFailed):
    """A calendar's tool has failed; the message is for the model, `fault` for the owner."""

    def __init__(self, said: str, fault: Fault) -> None:
        super().__init__(said)
        self.fault = fault


class Warned(StrEnum):
    """What will go wrong in calls, though free times can be looked up."""

    READ_ONLY = "read_only"
    ZONE = "zone"  # the calendar's own time zone is another one
    LENGTH = "length"  # bookings of the event type are longer or shorter
    EMAIL = "email"  # the event type wants one, and there is none for callers who give none
    FIELDS = "fields"  # the event type wants answers that agents do not ask for


@dataclass(frozen=True, slots=True)
class CalendarWarning:
    """One of them. there: what the calendar has: a zone, minutes, names of fields."""

    kind: Warned
    there: str = ""


class Taken(Exception):
    """The time is not free any more, or never was."""


def always(_begin: datetime, _end: datetime) -> bool:
    """No day is closed."""
    return True


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a tool runs. number: that calls, "" where it is unknown. call: of the carrier.

    language: of the times in results. is_open: whether the agent's days with other hours and
    holidays leave the time from one moment to the other open for bookings.
    """

    number: str = ""
    call: str = ""
    language: str = "en"
    is_open: Callable[[datetime, datetime], bool] = always


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking to be made. key: the same for one that is made again."""

    start: datetime
    end: datetime
    name: str
    caller: Caller
    key: str
    email: str = ""
    phone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking that the calendar has. id: the server's. is_pending: people may still reject it.

    seat: of a booking that several people share, the caller's part of it.
    """

    id: str
    start: datetime
    end: datetime
    is_pending: bool = False
    seat: str = ""


class Server(Protocol):
    """A calendar's server. Each raises ToolFailed, for the model, when it does not work."""

    async def free(self, begin: datetime, end: datetime) -> list[datetime]:
        """When a booking could begin between the two, by all that the server knows; local time."""

    async def find(self, caller: Caller, *, now: datetime) -> list[Booked]:
        """The bookings to come that this agent's calls have made for the caller, in order."""

    async def book(self, booking: Booking) -> Booked:
        """The booking, made; the same once more, when it was made already. Raises Taken."""

    async def move(self, booked: Booked, start: datetime, end: datetime) -> Booked:
        """The booking, moved. Raises Taken."""

    async def cancel(self, booked: Booked) -> None:
        """Cancel the booking; nothing happens when it is canceled already."""

    async def warnings(self, *, now: datetime) -> list[CalendarWarning]:
        """What differs from the settings or is not allowed; for a page, never in a call."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: its status, and its document, None for none."""

    status: int
    document: Any = None

    @property
    def is_good(self) -> bool:
        """Whether the request was carried out."""
        return 200 <= self.status < 300


class Requests:
    """Requests to one server, one after the other, within one run."""

    def __init__(self, asker: fence.Asker) -> None:
        self._asker = asker

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        document: Any = None,
        form: bytes = b"",
        is_read: bool = False,
    ) -> Answer:
        """The answer; of a refusal too. A request that came too soon is sent once more.

        document: sent as JSON; form: sent as it is. is_read: it changes nothing, as no GET does.
        Raises ToolFailed when there is no answer that
        can be read.
        """
        sent = {name: value.encode() for name, value in headers.items()}
        body = form
        if document is not None:
            sent["Content-Type"] = b"application/json"
            body = json.dumps(document).encode()
        elif form:
            sent["Content-Type"] = b"application/x-www-form-urlencoded"
        is_read = is_read or method == "GET"
        answer = await self._ask(method, url, sent, body, is_read=is_read)
        if _came_too_soon(answer):
            pause = _pause_of(answer, datetime.now(UTC))
            if pause <= LONGEST_PAUSE_SECONDS:
                await asyncio.sleep(pause)
                answer = await self._ask(method, url, sent, body, is_read=is_read)
        if _came_too_soon(answer):
            raise CalendarFailed(BUSY, Fault.BUSY)
        if len(answer.body) <= READ_AT_ONCE:
            return Answer(answer.status, _document_of(answer, is_read=is_read))
        document = await asyncio.to_thread(_document_of, answer, is_read=is_read)
        return Answer(answer.status, document)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, bytes], body: bytes, *, is_read: bool
    ) -> fence.Response:
        try:
            return await self._asker.ask(method, url, headers=headers, body=body)
        except EndpointRefused as error:
            log.warning("calendar_failed", reason=error.reason)
            raise _failure(error, is_read=is_read) from error


def refusal(answer: Answer, *, is_read: bool) -> CalendarFailed:
    """The failure that a refusal of a server is reported as.

    is_read: the request changes nothing. A server that has a fault may have carried out the others:
    Cal.com's has answered 500 and 504 to bookings that it had made.
    """
    log.warning("calendar_failed", reason=answer.status)
    if answer.status == 401:
        return CalendarFailed(KEY_REFUSED, Fault.KEY)
    if answer.status == 403:
        return CalendarFailed(KEY_FORBIDDEN, Fault.KEY)
    if answer.status == 404:
        return CalendarFailed(NOT_KNOWN, Fault.UNKNOWN)
    if answer.status >= 500:
        said = f"The calendar's server has a fault ({answer.status})."
        return CalendarFailed(said if is_read else said + UNSURE, Fault.SERVER)
    reason = message_of(answer)
    said = f"The calendar refused it ({answer.status})." + (f" {reason}" if reason else "")
    return CalendarFailed(said, Fault.REFUSED)


def message_of(answer: Answer) -> str:
    """What the server says of a refusal, short; both providers have it at the same place."""
    error = answer.document.get("error") if isinstance(answer.document, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    return " ".join(said.split())[:QUOTED] if isinstance(said, str) else ""


def moment_of(text: object) -> datetime:
    """A moment that a server wrote. Raises ToolFailed for anything else."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year not in YEARS:
        raise CalendarFailed(UNREADABLE, Fault.UNREADABLE)
    return found


def _came_too_soon(answer: fence.Response) -> bool:
    """Google says so with a 403 as well, and names it in its words."""
    is_limit = answer.status == 403 and bool(_LIMITS.search(answer.body))
    return answer.status == 429 or is_limit


def _pause_of(answer: fence.Response, now: datetime) -> float:
    asked = seconds_in_header(answer.headers.get("retry-after", ""), now=now)
    return PAUSE_SECONDS if asked is None else asked


def _document_of(answer: fence.Response, *, is_read: bool) -> Any:
    if not answer.body.strip():
        return None
    try:
        if sum(map(answer.body.count, (b"{", b"[", b","))) > MOST_VALUES:
            raise bounded_json.UnusableJson("It has too many values")
        return bounded_json.loads(answer.body, max_bytes=ANSWER_BYTES)
    except bounded_json.UnusableJson as error:
        if answer.status >= 400:  # a fault's page; what matters is its status
            return None
        log.warning("calendar_failed", reason="unreadable")
        said = UNREADABLE if is_read else UNREADABLE + UNSURE
        raise CalendarFailed(said, Fault.UNREADABLE) from error


def _failure(error: EndpointRefused, *, is_read: bool) -> CalendarFailed:
    match error.reason:
        case "too_slow":
            said, fault = TOO_SLOW, Fault.SLOW
        case "unreachable":
            said, fault = UNREACHABLE, Fault.UNREACHABLE
        case "too_large" | "encoded":
            said, fault = UNREADABLE, Fault.UNREADABLE
        case _:
            return CalendarFailed(NOT_ALLOWED, Fault.ADDRESS)
    return CalendarFailed(said if is_read else said + UNSURE, fault)
