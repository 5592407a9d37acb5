"""Form fields for dates and ids within the range of the database and the calendar."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.urls import register_converter
from django.utils.translation import gettext as _

FIRST_DAY: Final = dt.date(2000, 1, 1)
LAST_DAY: Final = dt.date(2099, 12, 31)
ROW: Final = "row_number"  # the name of RowNumber in a route
MAX_DIGITS: Final = 18  # every number of so many fits into a column of 64 bits


class DayField(forms.DateField):
    """A day on which there can have been something: a day more or a zone leaves the calendar."""

    def validate(self, value: Any) -> None:
        """Raises ValidationError for a day outside of this century."""
        super().validate(value)
        if isinstance(value, dt.date) and not FIRST_DAY <= value <= LAST_DAY:
            raise ValidationError(_("Enter a date between 2000 and 2099."))


class MomentField(forms.DateTimeField):
    """A moment, bounded as a day is."""

    def validate(self, value: Any) -> None:
        """Raises ValidationError for a moment outside of this century."""
        super().validate(value)
        if isinstance(value, dt.datetime) and not FIRST_DAY <= value.date() <= LAST_DAY:
            raise ValidationError(_("Enter a date between 2000 and 2099."))


def row_number(text: str) -> int | None:
    """The number of a row in `text`; None for what can be none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None


class RowNumber:
    """A path converter: `int` takes numbers that no column holds."""

    regex = f"[0-9]{{1,{MAX_DIGITS}}}"

    def to_python(self, value: str) -> int:
        """The number in the path."""
        return int(value)

    def to_url(self, value: int | str) -> str:
        """The number as a path has it."""
        return str(value)


register_converter(RowNumber, ROW)
