"""Kinds of fields in the editor of an agent."""

from functools import partial
from typing import Any, Final

from django import forms
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from agents.settings import limits

Text = Any  # translated when it is shown; Django's stubs have no public name for it
_grouped: Final = lazy(partial(number_format, force_grouping=True), str)


def whole_number(
    label: Text, unit: Text, limits: tuple[int, int], help_text: Text
) -> forms.IntegerField:
    """A whole number within `limits`, both included; its hint and its error name them."""
    lowest, highest = (_grouped(limit) for limit in limits)
    in_words = format_lazy(
        _("{unit}, {lowest} to {highest}."), unit=unit, lowest=lowest, highest=highest
    )
    problem = format_lazy(_("Give a whole number of {range}"), range=in_words)
    return forms.IntegerField(
        label=label,
        min_value=limits[0],
        max_value=limits[1],
        help_text=format_lazy("{text} ({range})", text=help_text, range=in_words),
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), problem),
    )


def milliseconds(name: str, label: Text, help_text: Text) -> forms.IntegerField:
    """The time of turn-taking that is called `name`."""
    return whole_number(label, _("milliseconds"), limits.MILLISECONDS[name], help_text)


class TextField(forms.CharField):
    """A text that a browser may send with other line breaks than it was given."""

    def clean(self, value: Any) -> Any:
        """The text with line breaks as they are stored."""
        return super().clean(_unix(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything but line breaks differs."""
        return bool(_unix(initial or "") != _unix(data or ""))


class LineField(forms.CharField):
    """A line whose spaces around it mean nothing."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything but the spaces around it differs."""
        return str(initial or "").strip() != str(data or "").strip()


def _unix(text: Any) -> Any:
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


def text_field(name: str, label: Text, rows: int, help_text: Text) -> TextField:
    """The text of a version that is called `name`."""
    return TextField(
        label=label,
        required=False,
        strip=False,  # else opening and saving would change a text that ends with a line break
        max_length=limits.CHARACTERS[name],
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )
