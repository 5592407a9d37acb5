"""Validates a calendar's definition; messages in the reader's language."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.secrets import host_secrets
from accounts.secrets.vault import ENDPOINT_PROBLEMS
from agents.calendars.offering import NAME
from agents.calendars.settings import Action, Calendar, Provider
from agents.http_tools import limits
from agents.http_tools.definition import Definition
from agents.transfers import hours
from voicex import fence
from voicex.errors import EndpointRefused

LONGEST_ID: Final = 200  # characters of a calendar's id at Google; Cal.com's are numbers
# The least and the most of each, in its unit.
RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "minutes": (5, 480),
    "buffer_minutes": (0, 240),
    "notice_hours": (0, 720),
    "days": (1, 365),
}

Found = Iterator[tuple[str, str]]  # the field, and what is wrong with it


def calendar_problems(
    definition: Definition, calendar: Calendar, *, secrets: Mapping[str, str]
) -> Found:
    """What is wrong. secrets: as of `agents.http_tools.checking.problems_of`."""
    if calendar.action is Action.ALL and len(definition.name) > NAME:
        yield "name", _("At most %(limit)s characters") % {"limit": NAME}
    yield from _of_address(definition)
    yield from _of_id(calendar)
    yield from _of_secret(definition, calendar, secrets)
    yield from _of_times(calendar)
    if calendar.email:
        try:
            validate_email(calendar.email)
        except ValidationError as error:
            yield "email", error.messages[0]


def _of_address(definition: Definition) -> Found:
    try:
        fence.check_address(
            definition.url, allow_private=settings.ALLOW_PRIVATE_ENDPOINTS, most=limits.URL
        )
    except EndpointRefused as error:
        yield "url", str(ENDPOINT_PROBLEMS[error.reason])


def _of_id(calendar: Calendar) -> Found:
    text = calendar.calendar
    if calendar.provider is Provider.CALCOM and not (text.isascii() and text.isdigit()):
        yield "calendar", _("Enter the number of the event type, for example 123456.")
    elif not text.strip() or len(text) > LONGEST_ID or not text.isprintable():
        yield "calendar", _("Enter the calendar’s ID, for example office@example.com.")


def _of_secret(definition: Definition, calendar: Calendar, secrets: Mapping[str, str]) -> Found:
    host = fence.host_of(definition.key_address)
    for said in host_secrets.problems_with(calendar.secret, host=host, saved=secrets):
        yield "secret", said


def _of_times(calendar: Calendar) -> Found:
    for name, (least, most) in RANGES.items():
        if not least <= getattr(calendar, name) <= most:
            yield (
                name,
                _("Enter a number from %(least)d to %(most)d.")
                % {
                    "least": least,
                    "most": most,
                },
            )
    if problem := hours.fault_in_zone(calendar.time_zone):
        yield "time_zone", str(_(problem[0])) % problem[1]
    if problem := hours.fault_in_hours(calendar.hours):
        yield "hours", str(_(problem[0])) % problem[1]
    elif len(calendar.hours) > hours.TEXT:
        yield "hours", _("At most %(limit)s characters") % {"limit": hours.TEXT}
    elif calendar.provider is Provider.GOOGLE and not hours.hours_in(calendar.hours):
        yield "hours", _("Say when bookings are possible, for example Mon-Fri 9:00-17:00.")
