"""Plans, each organization's quota, and the notices about its minutes."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import BY_ORG, Page, ReadOnlyPage, operator
from usage.models import CallRules, Plan, PlanChange, Quota, QuotaNotice, WaitingCaller
from usage.quota import plans


@admin.register(Plan)
class PlanPage(Page):
    """What the platform sells. A change applies to every organization that has the plan."""

    list_display = ("name", "concurrent_calls", "minutes_a_month", "monthly_fee_micros")
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: Plan, form: Any, change: bool) -> None:
        """Store it; the admin's own log says who."""
        plans.save_plan(obj, actor=operator(request), terms=None, now=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only while no organization has it."""
        is_in_use = isinstance(obj, Plan) and obj.quotas.exists()
        return not is_in_use and super().has_delete_permission(request, obj)


@admin.register(Quota)
class QuotaPage(Page):
    """An organization's plan, and what it was given beside it."""

    list_display = ("org", "plan", "concurrent_calls", "minutes_a_month")
    list_select_related = ("org", "plan")
    list_filter = (BY_ORG, "plan")
    search_fields = ("org__name",)
    autocomplete_fields = ("org",)

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Quota | None = None
    ) -> tuple[str, ...]:
        """A quota never moves to another organization."""
        return ("org",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Quota, form: Any, change: bool) -> None:
        """Store it and write to the audit log."""
        stored = plans.replace_quota(
            obj.org,
            plan=obj.plan,
            concurrent_calls=obj.concurrent_calls,
            minutes_a_month=obj.minutes_a_month,
            actor=operator(request),
            now=timezone.now(),
        )
        obj.pk = stored.pk

    def delete_model(self, request: HttpRequest, obj: Quota) -> None:
        """Back to the default, with an entry in the audit log."""
        plans.remove_quota(obj, actor=operator(request), now=timezone.now())


@admin.register(PlanChange)
class PlanChangePage(ReadOnlyPage):
    """Since when organizations have their plans, and at which fee."""

    list_display = ("at", "org", "plan_name", "monthly_fee_micros")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("org__name", "plan_name")
    date_hierarchy = "at"


@admin.register(QuotaNotice)
class QuotaNoticePage(ReadOnlyPage):
    """The e-mails about the month's minutes, and about budgets."""

    list_display = ("org", "month", "about", "percent", "created_at", "sent_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "percent")
    search_fields = ("org__name",)
    date_hierarchy = "created_at"


@admin.register(CallRules)
class CallRulesPage(ReadOnlyPage):
    """What an organization's calls may cost, and what it chose for busy lines: its own decision."""

    list_display = ("org", "daily_micros", "monthly_micros", "when_busy")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "when_busy")
    search_fields = ("org__name",)


@admin.register(WaitingCaller)
class WaitingCallerPage(ReadOnlyPage):
    """Callers in line, and those who were within the last hour."""

    list_display = ("org", "arrived_at", "rounds", "ended_at", "result")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "result")
    search_fields = ("org__name", "carrier_call_id")
    exclude = ("parameters",)
