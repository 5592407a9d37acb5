"""The form of a calendar; what it accepts is checked again by the services."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final
from urllib.parse import unquote

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.secrets import host_secrets
from agents.calendars.checking import LONGEST_ID, RANGES
from agents.calendars.offering import NAME
from agents.calendars.settings import ADDRESSES, Calendar, Provider
from agents.http_tools import limits
from agents.http_tools.definition import Definition
from agents.transfers import hours
from dashboard.agents.forms import ServiceErrors
from dashboard.forms import ZoneField
from dashboard.merging import MergingForm

PROVIDERS: Final[tuple[tuple[str, str | Promise], ...]] = (
    (Provider.CALCOM, "Cal.com"),
    (Provider.GOOGLE, gettext_lazy("Google Calendar")),
)
# What owners paste in place of an ID: the address of an event type's page, and those that the
# settings of a Google calendar show.
_IN_ADDRESSES: Final = {
    Provider.CALCOM: re.compile(r"/event-types/([0-9]+)"),
    Provider.GOOGLE: re.compile(r"/calendar/ical/([^/]+)/|[?&]src=([^&]+)"),
}


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
            "Cal.com: the number in the address of the event type, after /event-types/. Google: "
            "the calendar’s ID under “Integrate calendar” in its settings, for example "
            "office@example.com."
        ),
    )
    secret = forms.CharField(
        label=gettext_lazy("Name of the secret"),
        required=False,
        max_length=limits.NAME,
        help_text=gettext_lazy(
            "The name under which the calendar’s key is saved under Tools, for example cal_key."
        ),
    )
    # Called a key because what is typed into such a field is not kept in a session when the
    # log-in interrupts (`accounts.form_recovery`).
    key_value = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=host_secrets.LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Leave blank if it is saved already. Cal.com: an API key. Google: the JSON key of a "
            "service account with which the calendar is shared. Encrypted and never shown again."
        ),
    )
    url = forms.CharField(
        label=gettext_lazy("Address of your own server"),
        required=False,
        max_length=limits.URL,
        help_text=gettext_lazy("Leave blank for Cal.com or Google."),
    )
    time_zone = ZoneField(
        required=True,
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Callers hear times by its clocks."),
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
        self,
        data: QueryDict | None = None,
        *,
        definition: Definition | None = None,
        zone: str = "",
        may_save_key: bool = False,
    ) -> None:
        """definition: what is stored so far. zone: of the organization; "" where it has none, and
        one has to be chosen here. may_save_key: whether this member may save secrets; others use
        those that are saved.
        """
        initial = _initial_of(definition) if definition else {}
        zone = initial.get("time_zone", zone)
        super().__init__(data, initial=initial)
        words = {name: getattr(self.fields["time_zone"], name) for name in ("label", "help_text")}
        self.fields["time_zone"] = ZoneField(stored=zone, required=True, initial=zone, **words)
        if not may_save_key:
            del self.fields["key_value"]

    def clean(self) -> dict[str, Any]:
        """Take an ID out of an address, and name a key that has no name."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        pattern = _IN_ADDRESSES.get(said.get("provider", ""))
        if pattern is not None and (found := pattern.search(said.get("calendar", ""))):
            said["calendar"] = unquote(next(filter(None, found.groups())))
        if not said.get("secret"):
            if self.key and said.get("name"):
                said["secret"] = f"{said['name']}_key"
            else:
                self.add_error("secret", _("Enter the name of the calendar’s key."))
        return said

    def add_service_errors(self, error: ValidationError) -> None:
        """As `ServiceErrors`; the field of the key has a longer name."""
        problems = error.update_error_dict({})
        if "key" in problems:
            problems["key_value"] = problems.pop("key")
        super().add_service_errors(ValidationError(problems))

    @property
    def key(self) -> str:
        """The key that was typed, "" for none."""
        return str(self.cleaned_data.get("key_value") or "")

    def forget_key(self) -> None:
        """The form is shown again: say that a key that was typed is not."""
        if self.data.get("key_value") and "key_value" in self.fields:
            self.add_error("key_value", _("Enter the key again: it isn’t shown."))

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
