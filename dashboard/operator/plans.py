"""The platform's plans. A change applies to every organization that has the plan."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.audit.platform_log import history_of
from dashboard.merging import MergingForm, tell_of_changes
from dashboard.operator.money import DollarField
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from usage.models import Plan
from usage.quota.plans import save_plan


class PlanForm(MergingForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The form of a plan; the fee is in dollars."""

    monthly_fee_micros = DollarField(
        label=gettext_lazy("Monthly fee"), help_text=gettext_lazy("In dollars, e.g. 49.90.")
    )

    class Meta:
        model = Plan
        fields = ("name", "concurrent_calls", "minutes_a_month", "monthly_fee_micros")
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "concurrent_calls": gettext_lazy("Concurrent calls"),
            "minutes_a_month": gettext_lazy("Minutes per month"),
        }
        error_messages: ClassVar = {
            "name": {"unique": gettext_lazy("A plan with this name already exists.")}
        }


@require_safe
@operator_required
def plans(request: OperatorRequest) -> HttpResponse:
    """Every plan, and how many organizations have it."""
    found = Plan.objects.annotate(organizations=Count("quotas"))
    return render_page(request, "plans.html", {"plans": found})


@operator_required
def new_plan(request: OperatorRequest) -> HttpResponse:
    """Make a plan."""
    return _edit(request, Plan())


@operator_required
def change_plan(request: OperatorRequest, plan_id: int) -> HttpResponse:
    """Change a plan, for every organization that has it."""
    return _edit(request, get_object_or_404(Plan, pk=plan_id))


def _edit(request: OperatorRequest, plan: Plan) -> HttpResponse:
    is_new, name = plan.pk is None, plan.name  # as stored: the form writes into `plan`
    form = PlanForm(request.POST or None, instance=plan)
    if request.method == "POST" and form.is_valid():
        save_plan(plan, actor=request.user, terms=_terms(form), now=timezone.now())
        messages.success(request, _("Plan %s saved.") % plan)
        tell_of_changes(request, form)
        return redirect("operator:plans")
    context: dict[str, Any] = {
        "form": form,
        "is_new": is_new,
        "name": name,
        "organizations": 0 if is_new else plan.quotas.count(),
        "history": [] if is_new else history_of(plan),
    }
    status = 422 if request.method == "POST" else 200
    return render_page(request, "plan.html", context, status=status)


def _terms(form: PlanForm) -> str:
    """The old and new terms, as the history shows them."""
    return ", ".join(
        f"{form.fields[name].label}: {form[name].data or '–'}" for name in form.changed_data
    )
