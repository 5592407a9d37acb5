"""The budget of an agent's calls: one group of a version's settings, and its text form. Pure."""

import re
from dataclasses import dataclass, field
from typing import Final

from agents.settings.kinds import Lines, Problem, declared
from agents.settings.kinds import translatable as _

CHARACTERS: Final = 12  # of an amount as it is written
MICROS_PER_CENT: Final = 10_000
# Up to 9,999,999.99; a comma is what half of the world writes.
_AMOUNT: Final = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class Caps:
    """What calls may cost in a day and in a month, in micro-dollars; None for no limit."""

    daily_micros: int | None = None
    monthly_micros: int | None = None

    def __bool__(self) -> bool:
        return self.daily_micros is not None or self.monthly_micros is not None


def micros_in(text: str) -> int | None:
    """An amount such as "12.50" in micro-dollars; None for "", and for what is no amount."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    dollars, cents = found.groups()
    return (int(dollars) * 100 + int((cents or "0").ljust(2, "0"))) * MICROS_PER_CENT or None


def fault_in_amount(text: str) -> Problem | None:
    """What is wrong with an amount, "" for no limit; None when nothing is."""
    if text.strip() and micros_in(text) is None:
        return _("Enter an amount in US dollars, such as 25 or 12.50."), {}
    return None


_AMOUNTS: Final = Lines(CHARACTERS, fault_in_amount, "US dollars, such as `12.50`", rows=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """What the calls of one agent may cost. See `usage.quota.budgets`."""

    daily: str = field(
        default="",
        metadata=declared(
            _AMOUNTS,
            _("Daily budget in US dollars"),
            _(
                "When this agent’s calls of a day have cost this much, new callers hear that "
                "no more calls are taken. Calls in progress end with a goodbye within a minute."
            ),
            empty=_("no limit"),
        ),
    )
    monthly: str = field(
        default="",
        metadata=declared(
            _AMOUNTS,
            _("Monthly budget in US dollars"),
            _("The same for a calendar month."),
            empty=_("no limit"),
            beside=True,
        ),
    )

    @property
    def caps(self) -> Caps:
        """The amounts as numbers."""
        return Caps(micros_in(self.daily), micros_in(self.monthly))
