"""The fields that an agent declares for the analysis of its calls. Pure.

    Party size (number): how many people come
    Branch (choice: Berlin, Hamburg)
    Wants a call back (yes/no)
    Anything else

One a line: the name, in parentheses the type (text without one), and behind a colon what is meant.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from agents.analysis.lines import one_line
from agents.numbered_lines import numbered_lines

MOST: Final = 10
NAME: Final = 40  # characters
DESCRIPTION: Final = 200
CHOICES: Final = 10
CHOICE: Final = 40  # characters
TEXT: Final = 6_000  # characters of all lines, with room for MOST of them
LONGEST_VALUE: Final = 200  # characters of a text
LONGEST_NUMBER: Final = 15  # digits before the point

Value = str | int | float | bool

_NUMBER: Final = re.compile(rf"-?[0-9]{{1,{LONGEST_NUMBER}}}(\.[0-9]{{1,6}})?")
_YES: Final = frozenset({"yes", "true", "ja"})
_NO: Final = frozenset({"no", "false", "nein"})


class FieldType(StrEnum):
    """What a value of a field is."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes/no"


_TYPES: Final = {each.value: each for each in FieldType} | {
    "zahl": FieldType.NUMBER,
    "datum": FieldType.DATE,
    "auswahl": FieldType.CHOICE,
    "ja/nein": FieldType.YES_NO,
}


class Fault(StrEnum):
    """What can be wrong with the lines."""

    LINES = "lines"  # too many
    NAME = "name"  # none, or too long
    TWICE = "twice"  # a name again
    TYPE = "type"  # none that there is
    CHOICES = "choices"  # none, too many, or one that is too long
    DESCRIPTION = "description"  # too long, or not behind a colon


@dataclass(frozen=True, slots=True)
class FaultInLine:
    """The first fault, and the number of its line."""

    fault: Fault
    line: int


@dataclass(frozen=True, slots=True)
class CallField:
    """One field. choices: of the type of that name, in the order in which they were written."""

    name: str
    type: FieldType = FieldType.TEXT
    description: str = ""
    choices: tuple[str, ...] = ()


def fault_in(text: str) -> FaultInLine | None:
    """What is wrong with the lines of an editor; None when nothing is."""
    seen: set[str] = set()
    for number, line in numbered_lines(text):
        read = _read(line)
        if len(seen) == MOST:
            return FaultInLine(Fault.LINES, number)
        if isinstance(read, Fault):
            return FaultInLine(read, number)
        if read.name.casefold() in seen:
            return FaultInLine(Fault.TWICE, number)
        seen.add(read.name.casefold())
    return None


def fields_in(text: str) -> tuple[CallField, ...]:
    """The fields in an editor's lines, MOST at most; a line that is none is passed over."""
    found: dict[str, CallField] = {}
    for _number, line in numbered_lines(text, TEXT):
        read = _read(line)
        if isinstance(read, CallField) and len(found) < MOST:
            found.setdefault(read.name.casefold(), read)
    return tuple(found.values())


def fitted(field: CallField, value: object) -> Value | None:
    """`value`, as decoded from JSON, as a value of `field`; None when it says that it is not known.

    Raises ValueError, in words for a model, when it does not fit.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    match field.type:
        case FieldType.TEXT:
            if isinstance(value, str):
                return one_line(value, longest=LONGEST_VALUE)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return one_line(str(value), longest=LONGEST_VALUE)
            raise ValueError("must be a text")
        case FieldType.NUMBER:
            return _number(value)
        case FieldType.DATE:
            return _date(value)
        case FieldType.CHOICE:
            wanted = value.strip().casefold() if isinstance(value, str) else ""
            for choice in field.choices:
                if choice.casefold() == wanted:
                    return choice
            raise ValueError(f"must be one of: {', '.join(field.choices)}")
        case FieldType.YES_NO:
            return _yes_or_no(value)


def _number(value: object) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    if isinstance(value, str) and len(value) < 40 and _NUMBER.fullmatch(value.strip()):
        number = value.strip()
        return float(number) if "." in number else int(number)
    raise ValueError("must be a number")


def _date(value: object) -> str:
    if isinstance(value, str) and len(value.strip()) == len("2026-01-31"):
        try:
            return date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            pass
    raise ValueError("must be a date as YYYY-MM-DD")


def _yes_or_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError("must be true or false")


def _read(line: str) -> CallField | Fault:
    line = " ".join(line.split())
    head, colon, rest = line.partition(":")
    opened = line.find("(")
    if opened < 0 or (colon and opened > len(head)):
        return _made(head, "", rest)
    closed = line.find(")", opened)
    if closed < 0:
        return Fault.TYPE
    behind = line[closed + 1 :].strip()
    if behind and not behind.startswith(":"):
        return Fault.DESCRIPTION
    return _made(line[:opened], line[opened + 1 : closed], behind[1:])


def _made(name: str, kind: str, description: str) -> CallField | Fault:
    name, description = name.strip(), description.strip()
    if not name or len(name) > NAME:
        return Fault.NAME
    if len(description) > DESCRIPTION:
        return Fault.DESCRIPTION
    word, _colon, listed = kind.partition(":")
    found = _TYPES.get(word.strip().casefold() or FieldType.TEXT.value)
    if found is None:
        return Fault.TYPE
    choices = tuple(dict.fromkeys(each.strip() for each in listed.split(",") if each.strip()))
    if found is not FieldType.CHOICE:
        return Fault.TYPE if choices else CallField(name, found, description)
    if not 1 <= len(choices) <= CHOICES or max(map(len, choices)) > CHOICE:
        return Fault.CHOICES
    return CallField(name, found, description, choices)
