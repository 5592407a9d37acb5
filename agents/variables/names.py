"""The variables that an agent's texts may have, and those that a text does have. Pure.

`{today}` stands for what is known once a call begins. Nothing else means anything: this is no
template language, and a value is never read for variables.
"""

import re
from collections.abc import Collection
from types import MappingProxyType
from typing import Final

from agents.settings.kinds import translatable as _

NAMES: Final = MappingProxyType(
    {
        "caller_number": _("The caller’s number, or “unknown”"),
        "caller_name": _("The name the caller gave before, if the agent remembers callers"),
        "time_of_day": _("Morning, afternoon or evening, as in “Good {time_of_day}”"),
        "today": _("Weekday and date"),
        "open_now": _("Open or closed, by the opening hours"),
        "opens_next": _("When you open next, such as “Monday at 9:00 AM”"),
    }
)
OF_HOURS: Final = frozenset({"open_now", "opens_next"})  # that mean nothing without hours
# A piece of a greeting with these alone is said often enough to be kept as a clip.
OFTEN_SAID: Final = frozenset({"time_of_day", "open_now"})
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
VARIABLE: Final = re.compile(r"\{([a-z][a-z0-9_]{0,29})\}")
HEAD: Final = "| variable | what it becomes |\n|---|---|\n"


def names_in(text: str) -> tuple[str, ...]:
    """The names that stand in braces in a text, each once, in order."""
    return tuple(dict.fromkeys(VARIABLE.findall(text)))


def fault_in(text: str, *, declared: Collection[str], has_hours: bool) -> tuple[str, str] | None:
    """What is wrong with the variables of a text, and with which; None when nothing is.

    declared: names beside those that there always are. has_hours: opening hours are set.
    """
    for name in names_in(text):
        if name not in NAMES and name not in declared:
            return "unknown_variable", name
        if name in OF_HOURS and not has_hours:
            return "no_hours", name
    return None


def reference() -> str:
    """The handbook's table of variables, in Markdown."""
    return HEAD + "\n".join(f"| `{{{name}}}` | {meaning} |" for name, meaning in NAMES.items())
