"""Forms of what several people may change: only what the reader of a page changed is stored.

A page may be hours old. What a colleague, or another tab, has saved since is not undone by the
fields that its reader left alone: the page also carries, hidden, what it showed.
"""

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _


class CarriedField(forms.BoundField):
    """A field that the page also has as it showed it, as `initial-<name>`."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        # What a script sends without it is compared with what is stored.
        is_carried = not form.is_bound or self.html_initial_name in form.data
        field.show_hidden_initial = is_carried

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """As always, but a hidden field is described by nothing."""
        built = super().build_widget_attrs(attrs, widget)
        if widget is not None and widget.is_hidden:
            built.pop("aria-describedby", None)
        return built

    @property
    def stored(self) -> str:
        """What is stored now, as a page carries it. The form's `initial` has it."""
        value = self.field.prepare_value(self.initial)
        return self.field.hidden_widget().format_value(value) or ""


class MergingForm(forms.BaseForm):
    """A form that takes what is stored now (`initial`) for each field that was left as shown.

    Shown again with an error, it shows that as well. changed_meanwhile: the labels of fields that
    the page showed otherwise than they are stored now, once the form was checked.
    """

    bound_field_class = CarriedField

    def full_clean(self) -> None:
        """Check the fields that the reader changed, with all others as they are stored now."""
        self.changed_meanwhile: list[str] = []
        if self.is_bound:
            self._take_over()
        super().full_clean()

    def _take_over(self) -> None:
        touched = set(self.changed_data)
        data: Any = copy(self.data)  # of a request: one that can be changed
        for bound in self:
            assert isinstance(bound, CarriedField)  # noqa: S101 - for the type checker
            if not bound.field.show_hidden_initial:
                continue
            name, carried = bound.html_name, bound.html_initial_name
            if bound.name not in touched:
                # A browser sends line breaks of its own.
                if data[carried].splitlines() != bound.stored.splitlines():
                    self.changed_meanwhile.append(str(bound.label))
                if not isinstance(bound.field.widget, forms.CheckboxInput):
                    data[name] = bound.stored
                elif bound.initial:
                    data[name] = "on"
                else:
                    data.pop(name, None)
            data[carried] = bound.stored
        self.data = data
        self.__dict__.pop("changed_data")  # against what is stored now


def tell_of_changes(request: HttpRequest, form: MergingForm) -> None:
    """Say which fields of `form` kept a value that was stored meanwhile."""
    if form.changed_meanwhile:
        said = _("Changed meanwhile by someone else or in another tab, and kept: %(fields)s.")
        messages.info(request, said % {"fields": ", ".join(form.changed_meanwhile)})
