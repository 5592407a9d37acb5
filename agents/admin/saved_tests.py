"""Saved tests of agents, their runs and results, to be read; their own pages change them."""

from django.contrib import admin

from accounts.admin.base import BY_ORG, ReadOnlyPage
from agents.saved_tests.models import SavedTest, TestResult, TestRun


@admin.register(SavedTest)
class SavedTestPage(ReadOnlyPage):
    """What is asked, and what must be in the answer."""

    list_display = ("name", "agent", "org", "is_required", "updated_at")
    list_select_related = ("org", "agent")
    list_filter = (BY_ORG, "is_required")
    search_fields = ("org__name", "name")


@admin.register(TestRun)
class TestRunPage(ReadOnlyPage):
    """Which version was asked, and whether that was completed."""

    list_display = ("id", "agent", "org", "number", "is_draft", "state", "created_at")
    list_select_related = ("org", "agent")
    list_filter = (BY_ORG, "state")
    search_fields = ("org__name",)
    date_hierarchy = "created_at"


@admin.register(TestResult)
class TestResultPage(ReadOnlyPage):
    """What came of one test."""

    list_display = ("name", "org", "run", "state")
    list_select_related = ("org", "run")
    list_filter = (BY_ORG, "state")
    search_fields = ("org__name", "name")
