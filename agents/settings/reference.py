"""The handbook's table of an agent's settings, made from the declarations. Pure."""

from typing import Any, assert_never

from agents.analysis.fields import MOST
from agents.settings.kinds import (
    Addresses,
    CallFields,
    Choice,
    EngineName,
    Key,
    Kind,
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
from agents.settings.table import all_settings
from agents.speech.said.pronunciation import LINES as PRONUNCIATIONS

HEAD = (
    "| setting | in files | default | values | what it does | since |\n|---|---|---|---|---|---|\n"
)


def reference() -> str:
    """A table in Markdown, one row for each setting, in the order of pages."""
    return HEAD + "\n".join(map(_row, all_settings()))


def _row(setting: Setting) -> str:
    path = f"engines.{setting.name}" if isinstance(setting.kind, EngineName) else setting.path
    cells = (
        setting.label,
        f"`{path}`",
        _default(setting),
        _values(setting.kind),
        setting.help,
        setting.since,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(setting: Setting) -> str:
    value: Any = setting.default
    match setting.kind:
        case Switch():
            return "yes" if value else "no"
        case Milliseconds():
            return f"{value:,} ms"
        case EngineName():
            return "the platform's"
        case _:
            return f"`{value}`" if value else "empty"


def _values(kind: Kind) -> str:
    match kind:
        case Switch():
            return "yes, no"
        case Milliseconds(lowest, highest):
            return f"{lowest:,} to {highest:,} ms"
        case Choice():
            return ", ".join(f"`{value}`" for value in kind.values)
        case Key():
            return "one key"
        case EngineName():
            return "an [engine](engines.md)"
        case Word(characters):
            return f"a word or two, at most {characters} characters"
        case Addresses(most):
            return f"at most {most} email addresses"
        case ToolNames(most):
            return f"at most {most} names of [tools](tools.md)"
        case Lines(form=form):
            return form
        case Pronunciations():
            return f"at most {PRONUNCIATIONS} lines"
        case CallFields():
            return f"at most {MOST} lines"
        case Text(characters) | SingleLine(characters):
            return f"at most {characters:,} characters"
        case _:
            assert_never(kind)
