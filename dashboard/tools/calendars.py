"""The form of a calendar; what it accepts is checked again by the services."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from agents.calendars.checking import LONGEST_ID, RANGES
from agents.calendars.offering import NAME
from agents.calendars.settings import ADDRESSES, Calendar, Provider
from agents.http_tools import limits
from agents.http_tools.definition import Definition
from agents.transfers import hours
from dashboard.agents.forms import ServiceErrors
from dashboard.merging import MergingForm

PROVIDERS: Final[tuple[tuple[str, str | Promise], ...]] = (
    (Provider.CALCOM, "Cal.com"),
    (Provider.GOOGLE, gettext_lazy("Google Calendar")),
)


def _number(name: str, initial: int, **words: Any) -> forms.Field:
    """A whole number within its range. words: label and help_text."""
    least, most = RANGES[name]
    return forms.IntegerField(min_value=least, max_value=most, initial=initial, **words)


class CalendarForm(MergingForm, ServiceErrors):
    """A calendar: where it is, when bookings are possible, and what callers may do."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME,
        help_text=gettext_lazy(
            "Lower-case letters, digits and _, for example visits. It can’t change later."
        ),
    )
    description = forms.CharField(
        label=gettext_lazy("What is booked"),
        max_length=limits.DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "The agent reads this. For example: First visits with Dr. Meyer, 30 minutes."
        ),
    )
    provider = forms.ChoiceField(label=gettext_lazy("Calendar"), choices=PROVIDERS)
    calendar = forms.CharField(
        label=gettext_lazy("Event type or calendar ID"),
        max_length=LONGEST_ID,
        help_text=gettext_lazy(
            "Cal.com: the number of the event type, from its address. Google: the ID in the "
            "calendar’s settings, for example office@example.com."
        ),
    )
    secret = forms.CharField(
        label=gettext_lazy("Name of the secret"),
        max_length=limits.NAME,
        help_text=gettext_lazy(
            "Saved under Tools. Cal.com: an API key, for the host api.cal.com. Google: the JSON "
            "key of a service account with which the calendar is shared, for the host "
            "oauth2.googleapis.com."
        ),
    )
    url = forms.CharField(
        label=gettext_lazy("Address of your own server"),
        required=False,
        max_length=limits.URL,
        help_text=gettext_lazy("Leave blank for Cal.com or Google."),
    )
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=hours.ZONE,
        help_text=gettext_lazy("For example Europe/Berlin or America/New_York."),
    )
    hours = forms.CharField(
        label=gettext_lazy("When bookings are possible"),
        required=False,
        max_length=hours.TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "One line for each part of the week, for example Mon-Fri 9:00-12:30, 13:30-18:00. "
            "Cal.com: leave blank for the hours of the event type."
        ),
    )
    minutes = _number(
        "minutes",
        30,
        label=gettext_lazy("Length in minutes"),
        help_text=gettext_lazy("Cal.com: the length of the event type."),
    )
    buffer_minutes = _number(
        "buffer_minutes",
        0,
        label=gettext_lazy("Free minutes before and after"),
        help_text=gettext_lazy("Google only. Cal.com uses the buffers of the event type."),
    )
    notice_hours = _number(
        "notice_hours",
        2,
        label=gettext_lazy("Earliest booking, in hours"),
        help_text=gettext_lazy("How many hours from now the first booking can be."),
    )
    days = _number(
        "days",
        30,
        label=gettext_lazy("Latest booking, in days"),
        help_text=gettext_lazy("How many days ahead callers can book."),
    )
    email = forms.EmailField(
        label=gettext_lazy("Email for callers who give none"),
        required=False,
        max_length=254,
        help_text=gettext_lazy(
            "Cal.com event types usually need an email address. Confirmations then go to this one."
        ),
    )
    is_changeable = forms.BooleanField(
        label=gettext_lazy("Callers can move and cancel"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Only bookings made by phone from the number that calls."),
    )
    asks_first = forms.BooleanField(
        label=gettext_lazy("Ask the caller first"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "Nothing is booked, moved or canceled until the caller has said yes or pressed 1. The "
            "service checks this, not the language model."
        ),
    )
    filler = forms.CharField(
        label=gettext_lazy("Said while it works"),
        required=False,
        max_length=limits.FILLER,
        help_text=gettext_lazy(
            "One sentence in the agent’s language, for example: One moment, I’m looking it up. "
            "Leave blank for the agent’s usual sentence."
        ),
    )

    together: ClassVar[Mapping[str | Promise, Sequence[str]]] = {
        gettext_lazy("The calendar"): ("provider", "calendar", "secret", "url")
    }
    row_count = 0  # rows of parameters, as a tool's form has them

    def __init__(
        self, data: QueryDict | None = None, *, definition: Definition | None = None, rows: int = 0
    ) -> None:
        """definition: what is stored so far. rows: as of a tool's form, passed over."""
        super().__init__(data, initial=_initial_of(definition) if definition else None)

    def definition(self) -> Definition:
        """The calendar as the form says, once it is valid."""
        said = self.cleaned_data
        provider = Provider(said["provider"])
        own = {name: said[name] for name in _OF_CALENDAR}
        return Definition(
            name=said["name"],
            description=said["description"],
            url=said["url"] or ADDRESSES[provider],
            writes=True,
            filler=said["filler"],
            asks_first=said["asks_first"],
            calendar=Calendar(provider=provider, **own),
        )


_OF_CALENDAR: Final = (
    "calendar", "secret", "time_zone", "minutes", "buffer_minutes", "notice_hours", "days", "hours",
    "email", "is_changeable",
)  # fmt: skip


def _initial_of(definition: Definition) -> dict[str, Any]:
    """What the fields show of a stored calendar."""
    calendar = definition.calendar
    found: dict[str, Any] = {
        name: getattr(definition, name) for name in ("name", "description", "asks_first", "filler")
    }
    if calendar is not None:
        found |= {name: getattr(calendar, name) for name in _OF_CALENDAR}
        found["provider"] = calendar.provider
        found["url"] = "" if definition.url == ADDRESSES[calendar.provider] else definition.url
    return found
