"""What the owner of a calendar can do about a failure or a warning, in the reader's language."""

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _

from agents.calendars.servers import CalendarWarning, Fault, Warned
from agents.calendars.settings import ADDRESSES, Calendar, Provider
from agents.http_tools.definition import Definition
from voicex import fence

Text = Callable[[Definition, Calendar], str]


def remedy_of(fault: Fault, definition: Definition) -> str:
    """What to do about the failure of a calendar, "" where nothing can be done."""
    calendar = definition.calendar
    make = _REMEDIES.get(fault)
    return make(definition, calendar) if make is not None and calendar is not None else ""


def words_of(warning: CalendarWarning, definition: Definition) -> str:
    """The warning, and what to do about it."""
    calendar = definition.calendar
    own = {
        "there": warning.there,
        "zone": calendar.time_zone if calendar else "",
        "minutes": calendar.minutes if calendar else "",
    }
    match warning.kind:
        case Warned.READ_ONLY:
            return _("Agents can’t book with this key.") + " " + _shared()
        case Warned.ZONE:
            said = _(
                "The calendar’s own time zone is %(there)s, and here it is %(zone)s. Callers hear "
                "times in the one that is set here."
            )
        case Warned.LENGTH:
            said = _(
                "Bookings of this event type take %(there)s minutes, and here %(minutes)s. Set the "
                "same length here: hours and holidays are kept by it."
            )
        case Warned.EMAIL:
            said = _(
                "The event type requires an email address. Enter one for callers who give none, or "
                "have the event type ask for a phone number instead."
            )
        case Warned.FIELDS:
            said = _(
                "The event type requires answers that agents don’t give, so bookings are refused: "
                "%(there)s. Make them optional at Cal.com."
            )
    return said % own


def _shared() -> str:
    return _(
        "In Google Calendar, under “Settings and sharing”, share the calendar with the address of "
        "the service account (client_email in its key) and the permission “Make changes to events”."
    )


def _host(definition: Definition) -> str:
    return fence.host_of(definition.url)


def _is_own(definition: Definition, calendar: Calendar) -> bool:
    return definition.url != ADDRESSES[calendar.provider]


def _of_key(_definition: Definition, calendar: Calendar) -> str:
    said = (
        _(
            "At Cal.com, create a new API key under Settings, Developer, API keys. Save it under "
            "Tools as the secret %(secret)s, in place of the former one."
        )
        if calendar.provider is Provider.CALCOM
        else _(
            "Save the key once more under Tools as the secret %(secret)s: the whole JSON of the "
            "service account’s key, or of an account’s client ID, client secret and refresh token. "
            "Google ends a refresh token when consent is withdrawn, and after 7 days while its app "
            "is in testing."
        )
    )
    return said % {"secret": calendar.secret}


def _of_clock(_definition: Definition, _calendar: Calendar) -> str:
    return _(
        "The clock of this server is wrong, so Google refuses what it signs. Tell the operator."
    )


def _of_reading(_definition: Definition, _calendar: Calendar) -> str:
    return _shared()


def _of_scope(_definition: Definition, _calendar: Calendar) -> str:
    return _(
        "The account has not agreed to calendars. Create its refresh token again with the scope "
        "https://www.googleapis.com/auth/calendar."
    )


def _of_api(_definition: Definition, _calendar: Calendar) -> str:
    return _(
        "Enable the Google Calendar API in the key’s project in the Google Cloud Console, and try "
        "again after some minutes."
    )


def _of_unknown(_definition: Definition, calendar: Calendar) -> str:
    if calendar.provider is Provider.CALCOM:
        return _(
            "Check the number of the event type: it is in its address at Cal.com, after "
            "/event-types/. The API key has to belong to the same account or team."
        )
    return _("Check the calendar’s ID: it is under “Integrate calendar”.") + " " + _shared()


def _of_requests(_definition: Definition, _calendar: Calendar) -> str:
    return _("The calendar had too many requests. Try again in a minute.")


def _of_reach(definition: Definition, calendar: Calendar) -> str:
    said = (
        _("Check the address of your own server, and that it can be reached from the internet.")
        if _is_own(definition, calendar)
        else _("Try again in some minutes. If it stays so, look at the status page of %(host)s.")
    )
    return said % {"host": _host(definition)}


def _of_address(_definition: Definition, _calendar: Calendar) -> str:
    return _("Enter a public address that begins with https://.")


def _of_answer(definition: Definition, calendar: Calendar) -> str:
    if not _is_own(definition, calendar):
        return _of_reach(definition, calendar)
    return _(
        "What answers there speaks another protocol. Check the address of your own server: the "
        "one of its API, without the paths of its pages."
    )


def _of_refusal(_definition: Definition, _calendar: Calendar) -> str:
    return _("The calendar gave this reason. Change what it names, in the calendar or here.")


def _of_none_free(_definition: Definition, calendar: Calendar) -> str:
    if calendar.provider is Provider.CALCOM:
        return _(
            "The connection works. For other free times check the availability of the event type "
            "at Cal.com, and here when bookings are possible, the earliest and the latest."
        )
    return _(
        "The connection works. For other free times check here when bookings are possible, the "
        "earliest and the latest."
    )


_REMEDIES: Final[Mapping[Fault, Text]] = {
    Fault.KEY: _of_key,
    Fault.CLOCK: _of_clock,
    Fault.READ_ONLY: _of_reading,
    Fault.SCOPE: _of_scope,
    Fault.API_OFF: _of_api,
    Fault.UNKNOWN: _of_unknown,
    Fault.BUSY: _of_requests,
    Fault.SLOW: _of_reach,
    Fault.UNREACHABLE: _of_reach,
    Fault.ADDRESS: _of_address,
    Fault.SERVER: _of_reach,
    Fault.UNREADABLE: _of_answer,
    Fault.REFUSED: _of_refusal,
    Fault.NONE_FREE: _of_none_free,
}
