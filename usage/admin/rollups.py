"""The sums that pages of usage read; `manage.py rebuild_usage` recomputes them."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from usage.models import AttemptDay, CallDay, CallHour, UsageDay, UsageMonth, WeeklyDigest


@admin.register(UsageDay)
class UsageDayPage(ReadOnlyPage):
    """What agents used on a day."""

    list_display = (
        "day",
        "org",
        "agent",
        "channel",
        "component",
        "quantity",
        "amount_micros",
        "cost_micros",
    )
    list_select_related = ("org", "agent")
    list_filter = (BY_ORG, "channel", "component")
    search_fields = ("org__name", "agent__name")
    date_hierarchy = "day"
    ordering = ("-day", "-pk")


@admin.register(UsageMonth)
class UsageMonthPage(ReadOnlyPage):
    """What organizations used in a month."""

    list_display = ("month", "org", "calls", "minutes", "amount_micros", "cost_micros")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("org__name",)
    date_hierarchy = "month"
    ordering = ("-month", "-pk")


@admin.register(AttemptDay)
class AttemptDayPage(ReadOnlyPage):
    """How many requests at the voice webhook had which outcome."""

    list_display = ("day", "org", "outcome", "count")
    list_select_related = ("org",)
    list_filter = (BY_ORG, "outcome")
    search_fields = ("org__name",)
    date_hierarchy = "day"
    ordering = ("-day", "-pk")


@admin.register(CallHour)
class CallHourPage(ReadOnlyPage):
    """What calls came to by hour, in the organization's time zone."""

    list_display = ("day", "hour", "org", "calls", "seconds", "answered", "not_helped")
    list_select_related = ("org",)
    list_filter = (BY_ORG,)
    search_fields = ("org__name",)
    date_hierarchy = "day"
    ordering = ("-day", "-pk")


@admin.register(CallDay)
class CallDayPage(ReadOnlyPage):
    """What calls came to by day, agent and number."""

    list_display = ("day", "org", "agent", "number", "calls", "seconds", "answered", "not_helped")
    list_select_related = ("org", "agent")
    list_filter = (BY_ORG,)
    search_fields = ("org__name", "agent__name", "number")
    date_hierarchy = "day"
    ordering = ("-day", "-pk")


@admin.register(WeeklyDigest)
class WeeklyDigestPage(ReadOnlyPage):
    """Weekly reports to owners: which were sent."""

    list_display = ("week", "org", "created_at", "sent_at")
    list_select_related = ("org",)
    list_filter = (BY_ORG, ("sent_at", admin.EmptyFieldListFilter))
    search_fields = ("org__name",)
    date_hierarchy = "week"
    ordering = ("-week", "-pk")
