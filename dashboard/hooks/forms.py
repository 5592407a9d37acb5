"""The form of an outgoing webhook."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.names import LONGEST, validate_name
from dashboard.merging import MergingForm
from usage.hooks.endpoints import MAX_URL, clean_url
from usage.models import HookDelivery, HookEndpoint

Event = HookDelivery.Event
# When each event is sent.
WHEN: Final[dict[Event, Any]] = {
    Event.CALL_STARTED: gettext_lazy("An agent is on a call."),
    Event.CALL_ENDED: gettext_lazy("A call is over."),
    Event.CALL_ANALYSED: gettext_lazy("A call’s outcome and summary are known."),
    Event.CALL_MISSED: gettext_lazy("A caller wasn’t answered, or the call failed."),
    Event.MESSAGE_TAKEN: gettext_lazy("A caller left a message."),
    Event.USAGE_THRESHOLD: gettext_lazy("50, 80 or 100 percent of this month’s minutes are used."),
}


class HookForm(MergingForm, forms.Form):
    """A webhook's events and address. The address of an existing one may be left empty."""

    # Called a key because what is typed into such a field is not kept in a session when the log-in
    # interrupts (`accounts.form_recovery`): Slack's address is a secret.
    url_key = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=MAX_URL,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    label = forms.CharField(
        label=gettext_lazy("Label"),
        required=False,
        max_length=LONGEST,
        validators=[validate_name],
        help_text=gettext_lazy("Optional. Shown instead of the address."),
    )
    takes_tests = forms.BooleanField(
        label=gettext_lazy("Include test calls"),
        required=False,
        help_text=gettext_lazy("They are marked with “test”: true."),
    )

    def __init__(self, *args: Any, endpoint: HookEndpoint | None = None, **kwargs: Any) -> None:
        chosen = Event.values if endpoint is None else endpoint.events
        if endpoint is not None:
            kwargs["initial"] = {"label": endpoint.label, "takes_tests": endpoint.takes_tests}
        super().__init__(*args, **kwargs)
        if endpoint is not None:
            self.marks = {"url_key": endpoint.shown_url}
        for event, text in WHEN.items():
            self.fields[_name(event)] = forms.BooleanField(
                label=event.label, help_text=text, required=False, initial=event in chosen
            )
        address = self.fields["url_key"]
        if endpoint is None:
            address.help_text = _("Begins with https://. Redirects aren’t followed.")
        else:
            address.required = False
            address.help_text = _("Leave blank to keep %(address)s.") % {
                "address": endpoint.shown_url
            }

    def clean_url_key(self) -> str:
        """The address as it is stored."""
        text = self.cleaned_data["url_key"]
        return clean_url(text) if text else ""

    def clean(self) -> dict[str, Any]:
        """The data. Raises ValidationError without an event."""
        if not self.chosen_events():
            raise ValidationError(_("Select at least one event."))
        return self.cleaned_data

    def chosen_events(self) -> list[str]:
        """The names of the checked events."""
        return [event.value for event in Event if self.cleaned_data.get(_name(event))]

    def event_fields(self) -> Iterator[forms.BoundField]:
        """The fields of the events, for the page."""
        return (self[_name(event)] for event in Event)


class NewHookForm(HookForm):
    """The form of a new webhook, with the kind of its target."""

    target = forms.ChoiceField(choices=HookEndpoint.Target.choices)


def _name(event: str) -> str:
    return f"event_{event.replace('.', '_')}"
