"""Settings, their values and their limits in the reader's language."""

from typing import Any, Final, assert_never

from django.utils.formats import number_format
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

MS_PER_MINUTE: Final = 60_000


def translated(text: str) -> str:
    """A marked text of a declaration in the reader's language; "" for ""."""
    return _(text) if text else ""


def bounds(kind: Milliseconds) -> tuple[int, int]:
    """The lowest and the highest number that people may write, in the unit that they see."""
    if not kind.in_minutes:
        return kind.lowest, kind.highest
    return max(1, kind.lowest // MS_PER_MINUTE), kind.highest // MS_PER_MINUTE


def range_in_words(kind: Milliseconds) -> str:
    """Ends and unit of what people may write, such as "1 to 240 minutes"."""
    unit = _("minutes") if kind.in_minutes else _("milliseconds")
    return _in_range(unit, *bounds(kind))


def refused(kind: Milliseconds) -> str:
    """What to say of a number that people wrote beyond its ends."""
    return _refused(range_in_words(kind))


def refused_in_storage(kind: Milliseconds) -> str:
    """What to say of a number beyond its ends as it is stored, in files for example."""
    return _refused(_in_range(_("milliseconds"), kind.lowest, kind.highest))


def name_of(setting: Setting) -> str:
    """Its label as it stands alone, with the unit in which a value is stored."""
    label = translated(setting.label)
    if isinstance(setting.kind, Milliseconds):
        return _("%(label)s, in milliseconds") % {"label": label}
    return label


def value_in_words(setting: Setting, value: object) -> str:
    """A value of `setting` as pages show it."""
    match setting.kind:
        case Switch():
            return _("yes") if value else _("no")
        case Milliseconds() as kind:
            return _number(kind, value)
        case Choice() as kind:
            return next((_(label) for each, label in kind.options if each == value), str(value))
        case EngineName():
            return str(value) or _("default")
        case Addresses():
            return ", ".join(addresses_in(str(value))) or translated(setting.empty)
        case ToolNames():
            return ", ".join(names_in(str(value))) or translated(setting.empty)
        case Text() | Pronunciations() | CallFields() | Lines() | SingleLine() | Word() | Key():
            return str(value) or translated(setting.empty)
        case _:
            assert_never(setting.kind)


def _number(kind: Milliseconds, value: Any) -> str:
    if not kind.in_minutes:
        return f"{number_format(value, force_grouping=True)} {_('milliseconds')}"
    places = 1 if value % MS_PER_MINUTE else 0
    return f"{number_format(value / MS_PER_MINUTE, decimal_pos=places)} {_('minutes')}"


def _refused(range_: str) -> str:
    return _("Enter a whole number ({range}).").format(range=range_)


def _in_range(unit: str, lowest: int, highest: int) -> str:
    ends = {
        name: number_format(end, force_grouping=True)
        for name, end in (("lowest", lowest), ("highest", highest))
    }
    return _("{lowest} to {highest} {unit}").format(unit=unit, **ends)
