"""The content of an invoice as stored data: micro-dollars, and cents where it is paid. Pure.

number              as it is printed, with its prefix
seller, buyer       name, address (lines), tax_number
month, zone         "2026-11", and whose days they are
lines               kind, month, amount_micros; of a "fee" the plan's name; of "usage" component,
                    quantity and unit; of a "correction" nothing more: what became of a month
                    since it was invoiced
calls, minutes      of the month
open_lines          of the month: lines of calls that had no price yet; not in older invoices
net_cents, tax_cents, total_cents, tax_name, tax_hundredths
note                of the seller; cancels: the number of the invoice that this one cancels
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agents.budget import MICROS_PER_CENT

WHOLE: Final = 10_000  # hundredths of a percent


@dataclass(frozen=True, slots=True)
class Totals:
    """What is to be paid, in cents."""

    net_cents: int
    tax_cents: int

    @property
    def total_cents(self) -> int:
        """Tax included."""
        return self.net_cents + self.tax_cents


def totals_of(net_micros: int, *, tax_hundredths: int) -> Totals:
    """Rounded once, half away from nothing: the sum to cents, then its tax."""
    net_cents = _rounded(net_micros, MICROS_PER_CENT)
    return Totals(net_cents, _rounded(net_cents * tax_hundredths, WHOLE))


def net_of(lines: Iterable[Mapping[str, Any]]) -> int:
    """Micro-dollars of all lines."""
    return sum(int(line["amount_micros"]) for line in lines)


def calls_invoiced(contents: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Micro-dollars that these invoices charge for the calls of each month."""
    found: dict[str, int] = {}
    for content in contents:
        for line in content["lines"]:
            if line["kind"] != "fee":
                found[line["month"]] = found.get(line["month"], 0) + line["amount_micros"]
    return found


def cancelling(content: Mapping[str, Any], *, number: str, reason: str) -> dict[str, Any]:
    """What the invoice says that cancels one with this content: the same, below nothing."""
    lines = [
        {
            name: -value if name in ("amount_micros", "quantity") else value
            for name, value in line.items()
        }
        for line in content["lines"]
    ]
    cents = {name: -content[name] for name in ("net_cents", "tax_cents", "total_cents")}
    own = {"number": number, "cancels": content["number"], "lines": lines, "reason": reason}
    return {**content, **cents, **own}


def _rounded(amount: int, unit: int) -> int:
    """`amount` in whole units, half away from nothing."""
    whole = (abs(amount) + unit // 2) // unit
    return whole if amount >= 0 else -whole
