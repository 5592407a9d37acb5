"""The field of a form for each kind of setting of an agent."""

from collections.abc import Iterable
from typing import Any, assert_never

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _

from agents.http_tools.definition import names_in
from agents.settings.kinds import (
    Addresses,
    CallFields,
    Choice,
    EngineName,
    Key,
    Lines,
    Milliseconds,
    Pronunciations,
    Setting,
    SingleLine,
    Switch,
    Text,
    ToolNames,
    Word,
    addresses_in,
)
from agents.settings.labels import MS_PER_MINUTE, bounds, range_in_words, refused, translated
from agents.settings.validation import problem_of
from agents.versions.publishing import engine_choices
from dashboard.agents.targets import Targets


class TextField(forms.CharField):
    """A text that a browser may send back with other line breaks."""

    def clean(self, value: Any) -> Any:
        """The text with normalised line breaks."""
        return super().clean(_unix(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the text differs in more than line breaks."""
        return bool(_unix(initial or "") != _unix(data or ""))


class SingleLineField(forms.CharField):
    """A line without leading and trailing spaces."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the line differs in more than leading and trailing spaces."""
        return str(initial or "").strip() != str(data or "").strip()


class WordField(SingleLineField):
    """A line that is stored in lower case."""

    def to_python(self, value: Any) -> Any:
        """The line in lower case."""
        return (super().to_python(value) or "").lower()


class AddressesField(SingleLineField):
    """Mail addresses, stored separated by a comma and a space."""

    def __init__(self, setting: Setting, **kwargs: Any) -> None:
        self._setting = setting
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """The normalised addresses."""
        return ", ".join(addresses_in(super().to_python(value) or ""))

    def validate(self, value: Any) -> None:
        """Raises ValidationError for an invalid address and for too many."""
        super().validate(value)
        if problem := problem_of(self._setting, value):
            raise ValidationError(problem)


class ToolsField(forms.MultipleChoiceField):
    """The organization's tools as checkboxes, stored as names separated by commas."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, names: Iterable[str], *, enabled: str) -> None:
        """Offer the tools with these names, and the enabled ones that no longer exist."""
        known = list(names)
        gone = [name for name in names_in(enabled) if name not in known]
        listed = [(name, name) for name in known]
        said = _("%(name)s (deleted)")
        self.choices = [*listed, *((name, said % {"name": name}) for name in gone)]

    def prepare_value(self, value: Any) -> Any:
        """The checked names."""
        return names_in(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        """The names as they are stored."""
        return ", ".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the checked tools have changed."""
        return super().has_changed(list(self.prepare_value(initial or "")), data)


def field_of(setting: Setting) -> forms.Field:
    """The form field of `setting`, in the reader's language."""
    words: dict[str, Any] = {
        "label": translated(setting.label),
        "help_text": translated(setting.help),
    }
    match setting.kind:
        case (
            Text(characters, rows) | Pronunciations(characters, rows) | CallFields(characters, rows)
        ):
            return TextField(
                required=False,
                strip=False,  # else opening and saving would change a text that ends with a break
                max_length=characters,
                widget=forms.Textarea(attrs={"rows": rows}),
                **words,
            )
        case Lines(characters, is_list=True):
            return TextField(
                required=False, strip=False, max_length=characters, widget=Targets(), **words
            )
        case Lines(characters, rows=1):
            return SingleLineField(required=False, max_length=characters, **words)
        case Lines(characters, rows=rows):
            return TextField(
                required=False,
                strip=False,
                max_length=characters,
                widget=forms.Textarea(attrs={"rows": rows}),
                **words,
            )
        case SingleLine(characters, pattern, hint):
            rules = [RegexValidator(rf"^{pattern}\Z", translated(hint))] if pattern else []
            return SingleLineField(
                required=bool(pattern), max_length=characters, validators=rules, **words
            )
        case ToolNames():
            return ToolsField(required=False, **words)
        case Addresses() as kind:
            return AddressesField(setting, required=False, max_length=kind.characters, **words)
        case Word(characters):
            return WordField(required=False, max_length=characters, **words)
        case Key():
            return SingleLineField(required=False, **words)
        case Choice(options):
            labels = [(value, translated(label)) for value, label in options]
            return forms.ChoiceField(choices=labels, **words)
        case EngineName(part):
            return forms.ChoiceField(required=False, choices=engine_choices(part), **words)
        case Switch():
            return forms.BooleanField(required=False, **words)
        case Milliseconds() as kind:
            return _whole_number(kind, **words)
        case _:
            assert_never(setting.kind)


def shown(setting: Setting, value: Any) -> Any:
    """A stored value as its field shows it."""
    if isinstance(setting.kind, Milliseconds) and setting.kind.in_minutes:
        return -(-value // MS_PER_MINUTE)  # rounded up
    return value


def stored(setting: Setting, value: Any) -> Any:
    """The value of a field as it is stored."""
    if isinstance(setting.kind, Milliseconds) and setting.kind.in_minutes:
        return value * MS_PER_MINUTE
    return value


def _whole_number(kind: Milliseconds, *, label: str, help_text: str) -> forms.IntegerField:
    """A whole number between two bounds, inclusive; its hint and error name them."""
    lowest, highest = bounds(kind)
    hint = f"{help_text} ({range_in_words(kind)})"
    problem = refused(kind)
    return forms.IntegerField(
        label=label,
        min_value=lowest,
        max_value=highest,
        help_text=hint,
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), problem),
    )


def _unix(text: Any) -> Any:
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text
