"""Forms of what several people may change: nobody undoes unseen what somebody else has saved.

A page may be hours old. It carries, hidden, what it showed. Of a field that its reader left alone,
what is stored by now is kept. About one that was changed here and elsewhere the reader is asked:
the form is refused once, says what is stored, and is taken when it is sent again.

Every form of the dashboard that changes a row is one of these, or carries a state that its view
compares (`view`, `latest`, `seen`). `dashboard/tests/test_edit_forms.py` finds one that is neither.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

OVERTAKEN: Final = "overtaken"  # the code of the error by which a reader is asked
QUOTED: Final = 200  # characters of what is stored, in the question


class CarriedField(forms.BoundField):
    """A field that the page also has as it showed it, as `initial-<name>`."""

    def __init__(self, form: "MergingForm", field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        self.mark = form.marks.get(name)
        # What a script sends without it is compared with what is stored.
        is_carried = not form.is_bound or self.html_initial_name in form.data
        field.show_hidden_initial = form.is_of_a_row and is_carried

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """As always, but a hidden field is described by nothing."""
        built = super().build_widget_attrs(attrs, widget)
        if widget is not None and widget.is_hidden:
            built.pop("aria-describedby", None)
        return built

    def as_hidden(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> SafeString:
        """As always; the mark of a field that has one, and nothing that was typed there."""
        if self.mark is None or not kwargs.get("only_initial"):
            return super().as_hidden(attrs, **kwargs)
        shown = self.form.data.get(self.html_initial_name, self.mark)
        attrs = {"id": self.html_initial_id}
        return self.field.hidden_widget().render(self.html_initial_name, shown, attrs)

    @property
    def is_carried(self) -> bool:
        """Whether the page that was sent had it."""
        return self.html_initial_name in self.form.data

    @property
    def stored(self) -> str:
        """What is stored now, as a page carries it: the form's `initial`, or the mark."""
        return self._as_carried(self.initial) if self.mark is None else self.mark

    @property
    def is_typed(self) -> bool:
        """Whether the reader of the page has changed it."""
        if self.is_carried or self.mark is not None:
            return self._has_changed()
        # The page had no such field, or one that was added empty.
        return bool(self.data) and self.field.has_changed(self.field.initial, self.data)

    @property
    def is_overtaken(self) -> bool:
        """Whether something else is stored now than the page showed."""
        shown = self._as_carried(self.field.initial)
        if self.is_carried:
            shown = self.form.data[self.html_initial_name]
        return not _is_same(shown, self.stored)

    @property
    def is_other_than_stored(self) -> bool:
        """Whether what was sent is something else than what is stored now."""
        if self.mark is not None:
            return bool(self.data)
        is_changed = self.field.has_changed(self.initial, self.data)
        return is_changed and not _is_same(self.data, self.stored)

    def put_stored(self, data: Any) -> None:
        """Put what is stored into `data`, as a browser would send it."""
        if self.mark is not None:
            return
        if not isinstance(self.field.widget, forms.CheckboxInput):
            data[self.html_name] = self.stored
        elif self.initial:
            data[self.html_name] = "on"
        else:
            data.pop(self.html_name, None)

    def quoted(self) -> str:
        """What is stored, for a sentence; "" for nothing, and for what is never shown."""
        text = "" if self.mark is not None else " ".join(self.stored.split())
        if isinstance(self.field, forms.BooleanField):
            return _("yes") if self.initial else _("no")
        if isinstance(self.field, forms.ChoiceField) and text:
            choices: Any = self.field.choices
            labels = {str(value): str(label) for value, label in choices}
            text = labels.get(text, text)
        return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"

    def _has_changed(self) -> bool:
        if self.mark is not None:
            return bool(self.data)
        shown = self.form.data.get(self.html_initial_name)
        is_changed: bool = super()._has_changed()  # type: ignore[misc]  # not in the stubs
        return is_changed and not _is_same(self.data, shown)

    def _as_carried(self, value: Any) -> str:
        value = self.field.prepare_value(value)
        return self.field.hidden_widget().format_value(value) or ""


class MergingForm(forms.BaseForm):
    """A form that takes what is stored now (`initial`) for each field that was left as shown, and
    asks once about each that was changed here and elsewhere.

    Shown again with an error, it shows what is stored as well. Without `initial` it makes something
    new: it carries nothing, and all of it is taken as sent. changed_meanwhile: the labels of what
    the page showed otherwise than it is stored now and was kept so, once the form was checked.

    together: names of fields that make sense only with each other, by what people call them: they
    are kept, or asked about, as one. marks: of each field that never shows what is stored, a text
    that changes with it and that the page may have; "" while nothing is stored.
    """

    bound_field_class = CarriedField
    together: ClassVar[Mapping[str | Promise, Sequence[str]]] = {}
    marks: Mapping[str, str] = {}

    @property
    def is_of_a_row(self) -> bool:
        """Whether something is stored that it changes."""
        return bool(self.initial or self.marks)

    def groups(self) -> Mapping[str | Promise, Sequence[str]]:
        """The fields that belong together; `together`, where a form has the same fields always."""
        return self.together

    def full_clean(self) -> None:
        """Check the fields that the reader changed, with all others as they are stored now."""
        self.changed_meanwhile: list[str] = []
        asked: list[tuple[str | None, str]] = []
        if self.is_bound and self.is_of_a_row:
            asked = self._merge()
        super().full_clean()
        for name, question in asked:
            self.add_error(name, ValidationError(question, code=OVERTAKEN))

    def _merge(self) -> list[tuple[str | None, str]]:
        """Take over what is stored; what to ask, and of which field, None of several."""
        data: Any = copy(self.data)  # of a request: one that can be changed
        asked: list[tuple[str | None, str]] = []
        merged: list[CarriedField] = []
        for label, fields in self._units():
            if not any(field.is_carried for field in fields):
                continue
            merged += fields
            overtaken = [field for field in fields if field.is_overtaken]
            if not any(field.is_typed for field in fields):
                for field in fields:
                    field.put_stored(data)
                if overtaken:
                    self.changed_meanwhile.append(label)
            elif overtaken and any(field.is_other_than_stored for field in fields):
                only = fields[0].name if len(fields) == 1 else None
                asked.append((only, _question(label, overtaken, is_one=only is not None)))
        for field in merged:
            data[field.html_initial_name] = field.stored
            field.field.show_hidden_initial = True
        self.data = data
        self.__dict__.pop("changed_data", None)  # against what is stored now
        return asked

    def _units(self) -> Iterator[tuple[str, list[CarriedField]]]:
        """What is merged as one, each with its label."""
        bound = {each.name: each for each in self if isinstance(each, CarriedField)}
        for label, names in self.groups().items():
            yield str(label), [bound.pop(name) for name in names if name in bound]
        for field in bound.values():
            yield str(field.label), [field]


def tell_of_changes(request: HttpRequest, form: MergingForm) -> None:
    """Say which fields of `form` kept a value that was stored meanwhile."""
    if form.changed_meanwhile:
        said = _("Changed meanwhile by someone else or in another tab, and kept: %(fields)s.")
        messages.info(request, said % {"fields": ", ".join(form.changed_meanwhile)})


def _is_same(text: Any, other: Any) -> bool:
    """Whether both are one text; a browser sends line breaks of its own."""
    is_text = isinstance(text, str) and isinstance(other, str)
    return is_text and text.splitlines() == other.splitlines()


def _question(label: str, overtaken: Sequence[CarriedField], *, is_one: bool) -> str:
    if not is_one:
        quoted = [
            f"{each.label}: {each.quoted() or '–'}" for each in overtaken if each.mark is None
        ]
        said = _(
            "%(fields)s: changed meanwhile by someone else or in another tab. Save again to "
            "replace that with yours."
        ) % {"fields": label}
        stored = _("Now stored: %(values)s.") % {"values": "; ".join(quoted)}
        return f"{said} {stored}" if quoted else said
    if quoted_one := overtaken[0].quoted():
        return _(
            "Changed meanwhile to “%(stored)s” by someone else or in another tab. Save again to "
            "replace that with yours."
        ) % {"stored": quoted_one}
    if overtaken[0].stored:
        return _(
            "Changed meanwhile by someone else or in another tab. Save again to replace that with "
            "yours."
        )
    return _(
        "Removed meanwhile by someone else or in another tab. Save again to store yours all the "
        "same."
    )
