"""The list of transfer targets as rows of a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from agents.transfers.targets import ANNOUNCE, EXTENSION, MOST

FEWEST_ROWS: Final = 2  # with those that are empty, of which there is always one more
_SEPARATORS: Final = str.maketrans({"=": " ", ";": ",", "\n": " ", "\r": " "})
_PARTS: Final = ("name", "address", "digits", "when")


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One line as typed, valid or not."""

    number: int
    name: str = ""
    address: str = ""
    digits: str = ""
    when: str = ""
    is_announced: bool = False


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row, and the prefix of the names and ids of its fields."""

    row: TargetRow
    name: str
    id: str


def rows_of(text: str) -> list[TargetRow]:
    """The lines of a stored list, and empty rows for more."""
    lines = [line for line in text.splitlines() if line.strip()][:MOST]
    rows = [_row(number, line) for number, line in enumerate(lines, 1)]
    shown = min(MOST, max(FEWEST_ROWS, len(rows) + 1))
    return rows + [TargetRow(number) for number in range(len(rows) + 1, shown + 1)]


def shown_rows(field: forms.BoundField) -> list[ShownRow]:
    """The rows of a bound field."""
    return [
        ShownRow(row, f"{field.html_name}-{row.number}", f"{field.auto_id}-{row.number}")
        for row in rows_of(str(field.value() or ""))
    ]


class Targets(forms.Textarea):
    """Rows of fields, whose value is the text that is stored (`templates/forms/_targets.html`).

    The text itself under the field's name is accepted as well.
    """

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The text, with a line for each row that is not empty."""
        if f"{name}-1-name" not in data:
            return super().value_from_datadict(data, files, name)
        lines = (_line(data, f"{name}-{number}") for number in range(1, MOST + 1))
        return "\n".join(filter(None, lines))

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether neither the text nor rows were sent."""
        return f"{name}-1-name" not in data and name not in data


def _row(number: int, line: str) -> TargetRow:
    name, _, rest = line.partition("=")
    address, *parts = (part.strip() for part in rest.split(";"))
    digits, when, is_announced = "", [], False
    for part in filter(None, parts):
        word, _, value = part.partition(" ")
        if part.casefold() == ANNOUNCE:
            is_announced = True
        elif word.casefold().rstrip(".") == EXTENSION and not digits:
            digits = value.strip()
        else:
            when.append(part)
    return TargetRow(number, name.strip(), address, digits, "; ".join(when), is_announced)


def _line(data: Mapping[str, Any], row: str) -> str:
    """The line of a row; "" for an empty row."""
    said = {part: _clean(data.get(f"{row}-{part}", "")) for part in _PARTS}
    if not any(said.values()):
        return ""
    parts = (
        said["address"],
        f"{EXTENSION} {said['digits']}" if said["digits"] else "",
        ANNOUNCE if data.get(f"{row}-announce") else "",
        said["when"],
    )
    return f"{said['name']} = {'; '.join(filter(None, parts))}"


def _clean(text: Any) -> str:
    return " ".join(str(text).translate(_SEPARATORS).split())
