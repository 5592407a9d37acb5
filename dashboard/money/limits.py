"""The settings of budgets, and of what callers hear while all lines are in use."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.members.access import member_required
from accounts.permissions import MANAGE_ORGANIZATION
from agents.budget import CHARACTERS, MICROS_PER_CENT, fault_in_amount, micros_in
from dashboard.labels import money
from dashboard.merging import MergingForm, tell_of_changes
from dashboard.pages import MemberRequest, render_page
from usage.models import CallRules
from usage.models.plans import MOST_MINUTES_OF_WAITING
from usage.quota.call_rules import change_rules, rules_of
from usage.quota.spending import Spent, spent


class AmountField(forms.CharField):
    """An amount in US dollars; micro-dollars, None for no limit."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=CHARACTERS, required=False, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        """Raises ValidationError for an invalid amount."""
        text = super().clean(value)
        if problem := fault_in_amount(text):
            raise ValidationError(_(problem[0]))
        return micros_in(text)

    def prepare_value(self, value: Any) -> Any:
        """Micro-dollars as a decimal number of dollars."""
        if not isinstance(value, int):
            return value
        dollars, cents = divmod(value // MICROS_PER_CENT, 100)
        return f"{dollars}.{cents:02}" if cents else str(dollars)


class LimitsForm(MergingForm, forms.Form):
    """An organization's `CallRules`."""

    daily_micros = AmountField(
        label=gettext_lazy("Daily budget in US dollars"),
        help_text=gettext_lazy("For all calls of a day. Leave blank for no limit."),
    )
    monthly_micros = AmountField(
        label=gettext_lazy("Monthly budget in US dollars"),
        help_text=gettext_lazy(
            "For all calls of a calendar month. Leave blank for no limit. Days and months are "
            "those of the organization’s time zone."
        ),
    )
    when_busy = forms.ChoiceField(
        label=gettext_lazy("When all lines are busy"), choices=CallRules.WhenBusy.choices
    )
    busy_sentence = forms.CharField(
        label=gettext_lazy("Your sentence"),
        help_text=gettext_lazy(
            "Said in Twilio’s voice, in the agent’s language. Then the call ends, or the caller "
            "waits in line."
        ),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    busy_number = forms.CharField(
        label=gettext_lazy("Forward to"),
        help_text=gettext_lazy(
            "With + and country code, such as +14155550100. Twilio charges you for the forwarded "
            "call. Not forwarded if it’s the number that was called. Callers in line are "
            "forwarded once they’ve waited too long."
        ),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    longest_wait_minutes = forms.IntegerField(
        label=gettext_lazy("Longest wait in line, in minutes"),
        help_text=gettext_lazy(
            "Callers hear quiet music and their place in line. Twilio charges you for the time "
            "they wait."
        ),
        min_value=1,
        max_value=MOST_MINUTES_OF_WAITING,
        required=False,
    )
    shown_number = forms.CharField(
        label=gettext_lazy("Number to show"),
        help_text=gettext_lazy(
            "One of your Twilio numbers, with + and country code. People see it when they are "
            "called for someone who has no number, such as a caller from SIP or an app. Twilio "
            "refuses to connect them without it."
        ),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )


@member_required(MANAGE_ORGANIZATION)
def limits(request: MemberRequest, org_id: str) -> HttpResponse:
    """The budgets and their use, and the setting for busy lines."""
    rules = rules_of(request.org)
    stored = {name: getattr(rules, name) for name in LimitsForm.base_fields}
    form = LimitsForm(request.POST or None, initial=stored)
    if request.method == "POST" and form.is_valid():
        try:
            change_rules(request.org, actor=request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Call limits saved."))
            tell_of_changes(request, form)
            return redirect("dashboard:limits", org_id)
    used = spent(request.org.pk, zone=request.org.time_zone, now=timezone.now())
    context = {"form": form, "figures": _figures(rules, used)}
    return render_page(request, "limits.html", context, status=422 if form.errors else 200)


def _figures(rules: CallRules, used: Spent) -> list[dict[str, str]]:
    return [
        {"label": label, "value": money(micros), "unit": _of(cap)}
        for label, micros, cap in (
            (_("Used today"), used.today, rules.daily_micros),
            (_("Used this month"), used.month, rules.monthly_micros),
        )
    ]


def _of(cap: int | None) -> str:
    return "" if cap is None else _("of %(amount)s") % {"amount": money(cap)}
