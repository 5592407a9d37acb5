"""The period that a query string requests, in the organization's days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.bounded_fields import DayField
from usage.analytics.figures import LONGEST_DAYS, Days

# By their name in the address, with the days they have; 0: the month so far.
PERIODS: Final[Mapping[str, tuple[int, str | Promise]]] = {
    "7": (7, _("7 days")),
    "30": (30, _("30 days")),
    "90": (90, _("90 days")),
    "month": (0, _("This month")),
}
DEFAULT: Final = "30"
CHOSEN: Final = ""  # the name of days that were typed


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a page. name: one of `PERIODS`, or CHOSEN."""

    name: str
    days: Days

    @property
    def query(self) -> str:
        """As it stands in an address."""
        if self.name:
            return urlencode({"period": self.name})
        return urlencode({"first": self.days.first.isoformat(), "last": self.days.last.isoformat()})


class PeriodForm(forms.Form):
    """Days from and to, both included."""

    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)

    def __init__(self, data: QueryDict | None, *, initial: dict[str, Any], today: date) -> None:
        super().__init__(data, initial=initial)
        self.today = today
        for name in ("first", "last"):
            self.fields[name].widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def clean(self) -> dict[str, Any]:
        """Fill in what was left out, and refuse what is no period."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        last = cleaned.get("last") or self.today
        first = cleaned.get("first") or last - timedelta(days=29)
        if last < first:
            self.add_error("last", _("The end date is before the start date."))
        elif (last - first).days >= LONGEST_DAYS:
            self.add_error("first", _("Choose at most %(days)d days.") % {"days": LONGEST_DAYS})
        return {"first": first, "last": last}


def period_in(query: QueryDict, *, today: date) -> tuple[Period, PeriodForm]:
    """The period that a query requests, and the form that shows it.

    If the days are invalid the form has the errors, and the period is the default.
    """
    name = query.get("period", "")
    if "first" in query or "last" in query:
        form = PeriodForm(query, initial={}, today=today)
        if form.is_valid():
            days = Days(form.cleaned_data["first"], form.cleaned_data["last"])
            return Period(CHOSEN, days), form
        return _named(DEFAULT, today), form
    period = _named(name if name in PERIODS else DEFAULT, today)
    initial = {"first": period.days.first, "last": period.days.last}
    return period, PeriodForm(None, initial=initial, today=today)


def _named(name: str, today: date) -> Period:
    count, _label = PERIODS[name]
    first = today - timedelta(days=count - 1) if count else today.replace(day=1)
    return Period(name, Days(first, today))
