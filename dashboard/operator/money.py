"""Amounts as operators type them: dollars, kept as whole micro-dollars."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms

MICROS: Final = 1_000_000
# $1,000,000 for one unit of anything is a slip of the hand, and would not fit the column twice.
MOST_DOLLARS: Final = 1_000_000


class DollarField(forms.DecimalField):
    """Dollars with up to six decimals; its clean value is micro-dollars (int), or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MOST_DOLLARS, decimal_places=6, **kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def clean(self, value: Any) -> Any:
        """The typed amount in micro-dollars."""
        dollars = super().clean(value)
        return None if dollars is None else int(dollars * MICROS)

    def prepare_value(self, value: Any) -> Any:
        """Stored micro-dollars as dollars; a typed text is unchanged."""
        if not isinstance(value, int):
            return value
        return f"{(Decimal(value) / MICROS).normalize():f}"

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the amount has changed; 0.50 equals 0.5."""
        try:
            return super().has_changed(
                Decimal(initial) / MICROS if isinstance(initial, int) else initial, data
            )
        except InvalidOperation:  # "sNaN" can be compared with nothing
            return True
