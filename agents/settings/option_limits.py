"""How far the settings of an agent's engines may go.

A member can bring them in a file. Unbounded, a rate or a length would have one agent take the
memory of a process that carries the calls of others; what a value means is for its engine to say.
"""

import json
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from agents.settings import limits

PROBLEMS_TOLD: Final = 5


def problems(values: Mapping[str, object]) -> list[str]:
    """What is wrong with `values` as engine settings by name, in the reader's language.

    values: as decoded from JSON, so that a number may be infinite and a list any depth. Empty
    when nothing is wrong.
    """
    if len(values) > limits.OPTION_COUNT:
        return [_("Engine settings are at most %(limit)d") % {"limit": limits.OPTION_COUNT}]
    found = (_problem(name, value) for name, value in values.items())
    return [problem for problem in found if problem][:PROBLEMS_TOLD]


def _problem(name: str, value: object) -> str:
    """What is wrong with one setting, "" when nothing is."""
    shown = name[:40]
    if len(name) > limits.OPTION_NAME:
        return _("%(name)s… is a name too long for a setting") % {"name": shown}
    if name in limits.OPTION_RATES and value not in limits.OPTION_RATES[name]:
        rates = ", ".join(map(str, limits.OPTION_RATES[name]))
        return _("%(name)s is one of %(choices)s") % {"name": shown, "choices": rates}
    if name in limits.OPTION_CHOICES and value not in limits.OPTION_CHOICES[name]:
        choices = ", ".join(limits.OPTION_CHOICES[name])
        return _("%(name)s is one of %(choices)s") % {"name": shown, "choices": choices}
    if name == "openai.extra_body":
        return _problem_of_extra_body(name, value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        lowest, highest = limits.OPTIONS.get(name, limits.OTHER_OPTION)
        # Not "outside of": NaN is neither below nor above anything.
        if lowest <= value <= highest:
            return ""
        return _("%(name)s lies between %(lowest)s and %(highest)s") % {
            "name": shown,
            "lowest": lowest,
            "highest": highest,
        }
    return "" if _is_small(value, depth=2) else _too_large(name)


def _problem_of_extra_body(name: str, value: object) -> str:
    """What is wrong with what an agent adds to its chat requests, "" when nothing is."""
    if not isinstance(value, dict):
        return _("%(name)s is an object of named values") % {"name": name}
    if reserved := sorted(value.keys() & limits.EXTRA_BODY_RESERVED):
        named = ", ".join(reserved)
        return _("%(name)s may not hold %(reserved)s") % {"name": name, "reserved": named}
    is_small = _is_small(value, depth=3) and len(json.dumps(value)) <= limits.OPTION_TEXT
    return "" if is_small else _too_large(name)


def _too_large(name: str) -> str:
    return _("%(name)s is too long, or nothing that an engine takes") % {"name": name[:40]}


def _is_small(value: object, *, depth: int) -> bool:
    """Whether a text, number, list or object is of a bounded size; depth: of lists in lists."""
    if isinstance(value, str):
        return len(value) <= limits.OPTION_TEXT
    if isinstance(value, int | float):
        return abs(value) <= limits.OTHER_OPTION[1]
    if not isinstance(value, dict | list) or not depth or len(value) > limits.OPTION_ITEMS:
        return False
    items = [*value, *value.values()] if isinstance(value, dict) else value
    return all(_is_small(item, depth=depth - 1) for item in items)
