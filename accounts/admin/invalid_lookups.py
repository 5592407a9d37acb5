"""Handles invalid query values on which Django's admin would fail.

Django takes filters, keys and initial values of a form from the address unchecked, and some invalid
ones fail only when the query runs or the page is rendered.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest, FieldError, ValidationError
from django.db import DataError, NotSupportedError, ProgrammingError
from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

UNREADABLE = (FieldError, LookupError, TypeError, ValueError, OverflowError)
UNREADABLE_BY_DATABASE = (DataError, NotSupportedError, ProgrammingError)
_HIGHEST_KEY = 2**63 - 1


def is_key(field: Any, text: str) -> bool:
    """Whether `text` could be a value of `field`, the key of a table."""
    try:
        value = field.to_python(text)
    except ValidationError:
        return False
    return not isinstance(value, int) or abs(value) <= _HIGHEST_KEY


class SearchedSelect(AutocompleteSelect):
    """A choice by search; an invalid key counts as no choice when the form is shown again."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        """The chosen rows."""
        key = self.field.target_field
        return super().optgroups(name, [each for each in value if is_key(key, str(each))], attr)


class HandlesInvalidLookups(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Answers such values like Django other invalid ones: with the unfiltered list, 404 or 400."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, which has run its query. Raises IncorrectLookupParameters."""
        try:
            return super().get_changelist_instance(request)
        except (*UNREADABLE, *UNREADABLE_BY_DATABASE) as error:
            raise IncorrectLookupParameters(str(error)) from error

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """The row; None when there is none."""
        found: Model | None = super().get_object(request, object_id, from_field or None)
        return found

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """The form of a row; for an invalid key Django's redirect for a missing row."""
        if object_id is not None and not is_key(self.model._meta.pk, unquote(object_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def get_changeform_initial_data(self, _request: HttpRequest) -> dict[str, Any]:
        """A new row begins empty: no page leads to a form that is filled in."""
        return {}

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        """Act on the selected rows. Raises BadRequest for an invalid key."""
        key = self.model._meta.pk
        if not all(is_key(key, text) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("A selected row is named by no key")
        return super().response_action(request, queryset)

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Django's field, with `SearchedSelect` for a choice by search."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SearchedSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
