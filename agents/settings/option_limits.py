"""Validates the options of an agent's engines against their limits.

A member can bring them in a file. Unbounded, a rate or a length would have one agent take the
memory of a process that carries the calls of others. The bounds of each setting are on its
engine's card; what a value means is for its engine to say.
"""

import json
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from agents.engines import registry
from agents.engines.spec import OptionSpec
from agents.settings import limits

_ANY: Final = OptionSpec("", "")  # what no card names has the bounds of all
MAX_PROBLEMS: Final = 5


def problems(values: Mapping[str, object]) -> list[str]:
    """What is wrong with `values` as engine settings by name, in the reader's language.

    values: as decoded from JSON, so that a number may be infinite and a list any depth. Empty
    when nothing is wrong.
    """
    if len(values) > limits.OPTION_COUNT:
        return [_("At most %(limit)d engine settings") % {"limit": limits.OPTION_COUNT}]
    found = (_problem(name, value) for name, value in values.items())
    return [problem for problem in found if problem][:MAX_PROBLEMS]


def _problem(name: str, value: object) -> str:
    """What is wrong with one setting, "" when nothing is."""
    shown = name[:40]
    if len(name) > limits.OPTION_NAME:
        return _("The name of the setting %(name)s… is too long") % {"name": shown}
    option = registry.option(name) or _ANY
    if option.choices and value not in option.choices:
        choices = ", ".join(map(str, option.choices))
        return _("%(name)s must be one of %(choices)s") % {"name": shown, "choices": choices}
    if option.reserved is not None:
        return _problem_of_object(name, value, option.reserved)
    if isinstance(value, int | float) and not isinstance(value, bool):
        lowest, highest = option.bounds or limits.OTHER_OPTION
        # Not "outside of": NaN is neither below nor above anything.
        if lowest <= value <= highest:
            return ""
        return _("%(name)s must be between %(lowest)s and %(highest)s") % {
            "name": shown,
            "lowest": lowest,
            "highest": highest,
        }
    return "" if _is_small(value, depth=2) else _too_large(name)


def _problem_of_object(name: str, value: object, reserved_names: frozenset[str]) -> str:
    """What is wrong with an object of named values, "" when nothing is."""
    if not isinstance(value, dict):
        return _("%(name)s must be an object of named values") % {"name": name}
    if reserved := sorted(value.keys() & reserved_names):
        named = ", ".join(reserved)
        return _("%(name)s can’t contain %(reserved)s") % {"name": name, "reserved": named}
    is_small = _is_small(value, depth=3) and len(json.dumps(value)) <= limits.OPTION_TEXT
    return "" if is_small else _too_large(name)


def _too_large(name: str) -> str:
    return _("%(name)s is too long or of the wrong type") % {"name": name[:40]}


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
