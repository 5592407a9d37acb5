"""A version in which every setting has another value than its default, for tests."""

from typing import Any

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
)
from agents.settings.table import GROUPS, columns, settings_of

LINES = {"language": "de-AT", "voice": "Mia"}
FORMS = {
    "targets": "Sales = +14155550100; ext 12; announce; prices",
    "hours": "Mon-Fri 9:00-17:00",
    "time_zone": "Europe/Berlin",
    "languages": "fr, es = anna",
    "exceptions": "2026-12-27 - 2027-01-01 closed",
    "holidays": "DE-BE",
    "said_whole": "In an emergency, hang up and call 911.",
    "parameters": "branch = Berlin",
    "daily": "12.50",
    "monthly": "250",
}


def other_value(setting: Setting) -> Any:
    """A value that is within the limits of `setting`, and not its default."""
    match setting.kind:
        case Milliseconds(lowest, highest):
            return lowest if lowest != setting.default else highest
        case Switch():
            return not setting.default
        case Choice() as kind:
            return kind.values[-1].value
        case Key():
            return "5"
        case Word():
            return "of course"
        case Addresses():
            return "desk@example.com, ann@example.com"
        case ToolNames():
            return "find_order, book"
        case EngineName():
            return "scripted"
        case SingleLine():
            return LINES[setting.name]
        case Lines():
            return FORMS[setting.name]
        case Pronunciations():
            return "Voicex = voice ex"
        case CallFields():
            return "Guests (number): how many come"
        case Text():
            return f"Another {setting.name}."


def all_others() -> dict[str, Any]:
    """The fields of that version, on scripted engines."""
    settings = {
        group: {each.name: other_value(each) for each in settings_of(group)} for group in GROUPS
    }
    return {each.name: other_value(each) for each in columns()} | {"settings": settings}
