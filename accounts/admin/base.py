"""Base classes of all admin pages, and of the read-only ones."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from accounts.admin.invalid_lookups import HandlesInvalidLookups
from accounts.models import User

# A drop-down of every organization would not fit a page; this one searches.
BY_ORG = ("org", AutocompleteSelectFilter)


def operator(request: HttpRequest) -> User:
    """The signed-in operator; the admin admits no anonymous user."""
    return cast(User, request.user)


class Page(HandlesInvalidLookups):
    """Base of all admin pages of one model.

    There is no "delete selected": rows are deleted one by one, through the service that writes to
    the audit log, or not at all.
    """

    list_per_page = 50
    list_filter_submit = True
    # Counting a whole ledger to say "12 of 4,301,220" is not worth a table scan.
    show_full_result_count = False
    warn_unsaved_form = True

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; a refusal by a service is shown as an error and changes nothing."""
        return _or_refusal(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The confirmation page of a deletion; refusals are shown as errors."""
        return _or_refusal(super().delete_view, request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list with its actions; refusals are shown as errors."""
        return _or_refusal(super().changelist_view, request, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions of the list, without the bulk deletion."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


def _or_refusal(view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return cast(HttpResponse, view(request, *args, **kwargs))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return HttpResponseRedirect(request.get_full_path())


class Shows:
    """Forbids adding, changing and deleting, for a page or for inline rows."""

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
    """Read-only rows inside another model's page."""

    extra = 0
    can_delete = False
    tab = True

    def get_readonly_fields(self, _request: HttpRequest, _obj: Model | None = None) -> Any:
        """All shown fields, so that the form has no input for any."""
        return self.fields
