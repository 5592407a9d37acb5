"""The forms of an organization's page in the operator's area; the services check again.

They share one page, so each form's field ids have their own prefix.
"""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.members.impersonation import ROLES
from accounts.models import Membership
from dashboard.merging import MergingForm
from usage.models import Quota


class QuotaForm(MergingForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An organization's plan, and its deviations from it."""

    class Meta:
        model = Quota
        fields = ("plan", "concurrent_calls", "minutes_a_month")
        labels: ClassVar = {
            "plan": _("Plan"),
            "concurrent_calls": _("Concurrent calls"),
            "minutes_a_month": _("Minutes per month"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "quota_%s"} | kwargs)


class StripeForm(MergingForm, forms.Form):
    """The organization's customer id in the operator's Stripe account."""

    customer_id = forms.CharField(
        label=_("Customer ID"),
        max_length=64,
        required=False,
        help_text=_("Such as cus_NffrFeUfNV2Hib. Leave blank to report nothing."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "stripe_%s"} | kwargs)


class SuspensionForm(forms.Form):
    """Why an organization's calls are no longer answered."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("A full sentence. Callers hear it before the call ends, and members see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "suspension_%s"} | kwargs)


class ImpersonationForm(forms.Form):
    """The role in which an operator works in an organization, and why."""

    role = forms.ChoiceField(label=_("Role"), initial=Membership.Role.VIEWER)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("The organization sees it in its audit log."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "impersonation_%s"} | kwargs)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101 - for the type checker
        role.choices = [(each.value, each.label.capitalize()) for each in ROLES]
