"""The form above the list of calls, which validates and shows the filters of a query string."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.names import isolated
from accounts.zones import UTC, zone_named
from dashboard.bounded_fields import DayField
from dashboard.labels import NO_NUMBER
from usage.annotations.tags import tags_of
from usage.models import Call
from usage.reads.call_search import CallFilter
from usage.records.caller_numbers import LONGEST
from voicex.reasons.ends import EndGroup, reasons_of

Text = str | Promise

CHANNELS: Final[Mapping[str, Text]] = {
    "": _("All"),
    Call.Channel.PHONE.value: _("Phone"),
    "test": _("All tests"),
    Call.Channel.BROWSER.value: _("Tests: voice"),
    Call.Channel.TYPED.value: _("Tests: text"),
    Call.Channel.UPLOAD.value: _("Tests: uploaded file"),
}
DURATIONS: Final[Mapping[str, Text]] = {
    "": _("Any"),
    "10": _("10 seconds or more"),
    "30": _("30 seconds or more"),
    "60": _("1 minute or more"),
    "300": _("5 minutes or more"),
    "900": _("15 minutes or more"),
}
OF_ORGANIZATION: Final = "org"


class CallFilterForm(forms.Form):
    """Which calls to list. Dates are days in the viewer's zone, both included."""

    words = forms.CharField(label=_("Transcript contains"), required=False, max_length=100)
    agent = forms.ChoiceField(label=_("Agent"), required=False)
    caller = forms.CharField(label=_("Caller starts with"), required=False, max_length=2 * LONGEST)
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), ("open", _("In progress")), ("ended", _("Ended"))],
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[
            ("", _("All")),
            ("answered", _("Answered")),
            ("message", _("Message taken")),
            ("transferred", _("Transferred")),
            ("not_helped", _("Not helped")),
            ("abandoned", _("Hung up early")),
        ],
    )
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    reason = forms.CharField(label=_("Reason contains"), required=False, max_length=60)
    end = forms.ChoiceField(
        label=_("End reason"),
        required=False,
        choices=[("", _("All")), *((group.value, _(group.label)) for group in EndGroup)],
    )
    door = forms.ChoiceField(label=_("Source"), required=False, choices=CHANNELS.items())
    at_least = forms.ChoiceField(label=_("Duration"), required=False, choices=DURATIONS.items())
    interrupted = forms.BooleanField(label=_("Interrupted by the caller"), required=False)
    recorded = forms.BooleanField(label=_("Has a recording"), required=False)
    # Whose clocks the days are of: the reader's, or the organization's, as analytics has them.
    days = forms.ChoiceField(
        required=False, choices=[("", ""), (OF_ORGANIZATION, "")], widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict, *, org: Organization) -> None:
        super().__init__(data)
        self._org = org
        # Archived agents have calls too.
        found = org.agents.order_by("name", "pk")
        agents = [
            (
                public_id,
                _("%(agent)s (archived)") % {"agent": isolated(name)} if archived_at else name,
            )
            for public_id, name, archived_at in found.values_list(
                "public_id", "name", "archived_at"
            )
        ]
        choice = self.fields["agent"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [("", _("All")), *agents]
        tags = self.fields["tag"]
        assert isinstance(tags, forms.ChoiceField)  # noqa: S101 - declared above
        tags.choices = [("", _("All")), *((name, name) for name in tags_of(org))]
        for name in ("first", "last"):
            self.fields[name].widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        for bound in self:
            if bound.name in self.errors:
                bound.field.widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"{bound.auto_id}_error",
                }

    def clean_caller(self) -> str:
        """The number as typed, or the word for an unknown one."""
        caller: str = self.cleaned_data["caller"].strip()
        named = {str(label).lower(): stored for stored, label in NO_NUMBER.items()}
        return named.get(caller.lower(), caller.lower() if caller.lower() in NO_NUMBER else caller)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a period that ends before it begins."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The end date is before the start date."))
        return cleaned

    def wanted(self) -> CallFilter:
        """The filters of a valid form."""
        given = self.cleaned_data
        return CallFilter(
            agent=given["agent"],
            state=given["state"],
            end_reasons=reasons_of(given["end"]),
            channel=given["door"],
            opened_from=self._midnight(given["first"]),
            opened_until=self._midnight(given["last"], days_later=1),
            caller=given["caller"],
            at_least=dt.timedelta(seconds=int(given["at_least"])) if given["at_least"] else None,
            interrupted=given["interrupted"],
            recorded=given["recorded"],
            words=given["words"],
            tag=given["tag"],
            outcome=given["outcome"],
            reason=given["reason"],
        )

    def query_for_audit(self) -> str:
        """`query` without the caller and the search words.

        The audit log is never changed, so it must not contain data of a caller.
        """
        return self.query(hidden=("caller", "words", "reason", "tag"))

    def query(self, *, hidden: Collection[str] = ()) -> str:
        """The query string of the same filters, without empty ones.

        hidden: fields whose values are replaced by the mark that they were set.
        """
        asked = QueryDict(mutable=True)
        for name in self.fields:
            if value := self.data.get(name, "").strip():
                asked[name] = "..." if name in hidden else value
        return asked.urlencode()

    @property
    def zone(self) -> str:
        """The organization's time zone, where the days are of its clocks; else ""."""
        is_of_org = self.data.get("days") == OF_ORGANIZATION
        return (self._org.time_zone or UTC) if is_of_org else ""

    def _midnight(self, day: dt.date | None, *, days_later: int = 0) -> dt.datetime | None:
        """The beginning of `day`."""
        if day is None:
            return None
        begin = dt.datetime.combine(day + dt.timedelta(days=days_later), dt.time())
        return timezone.make_aware(begin, zone_named(self.zone) if self.zone else None)
