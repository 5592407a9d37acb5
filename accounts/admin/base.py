"""What all admin pages have in common, and the pages that only show."""

from typing import Any, cast

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.models import User

# A drop-down of every organization would not fit a page; this one searches.
BY_ORG = ("org", AutocompleteSelectFilter)


def operator(request: HttpRequest) -> User:
    """Who is at work; the admin lets nobody in who has not logged in."""
    return cast(User, request.user)


class Page(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """The pages of one model.

    There is no "delete selected": rows go one by one, through the service that leaves a
    trace, or not at all.
    """

    list_per_page = 50
    list_filter_submit = True
    # Counting a whole ledger to say "12 of 4,301,220" is not worth a table scan.
    show_full_result_count = False
    warn_unsaved_form = True

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions of the list, without the bulk deletion."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class Shows:
    """Nothing is added, changed or deleted here; for a page or for rows inside one."""

    def has_add_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Never."""
        return False


class ReadOnlyPage(Shows, Page):
    """The pages of a model whose rows only the service writes."""


class ReadOnlyRows(Shows, TabularInline):  # type: ignore[misc]  # unfold ships no types
    """Rows inside another model's page, to be read."""

    extra = 0
    can_delete = False
    tab = True

    def get_readonly_fields(self, _request: HttpRequest, _obj: Model | None = None) -> Any:
        """Every one that is shown, so that no form field is made of any."""
        return self.fields
