"""How far the settings of an agent's engines may go.

A member can bring them in a file. Unbounded, a rate or a length would have one agent take the
memory of a process that carries the calls of others; what a value means is for its engine to say.
"""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

# Lowest and highest value of a number; those of scripted engines are milliseconds.
LIMITS: Final[dict[str, tuple[float, float]]] = {
    "google.speaking_rate": (0.25, 2),
    "local.speed": (0.5, 2),
    "openai.temperature": (0, 2),
    "scripted.ms_per_character": (0, 1_000),
}
OTHER_NUMBER: Final = (0, 600_000)
# Each rate that is used keeps a filter of its own, of up to 25 MB for an odd one.
RATE: Final = "openai.tts_sample_rate"
RATES: Final = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
MAX_SETTINGS: Final = 50
MAX_TEXT: Final = 4_000  # characters
MAX_ITEMS: Final = 100  # of a list
PROBLEMS_TOLD: Final = 5


def problems(values: Mapping[str, object]) -> list[str]:
    """What is wrong with `values` as engine settings by name, in the reader's language.

    values: as decoded from JSON, so that a number may be infinite and a list any depth. Empty
    when nothing is wrong.
    """
    if len(values) > MAX_SETTINGS:
        return [_("Engine settings are at most %(limit)d") % {"limit": MAX_SETTINGS}]
    found = (_problem(name, value) for name, value in values.items())
    return [problem for problem in found if problem][:PROBLEMS_TOLD]


def _problem(name: str, value: object) -> str:
    """What is wrong with one setting, "" when nothing is."""
    shown = name[:40]
    if name == RATE and value not in RATES:
        rates = ", ".join(map(str, RATES))
        return _("%(name)s is one of %(choices)s") % {"name": shown, "choices": rates}
    if isinstance(value, int | float) and not isinstance(value, bool):
        lowest, highest = LIMITS.get(name, OTHER_NUMBER)
        # Not "outside of": NaN is neither below nor above anything.
        if lowest <= value <= highest:
            return ""
        limits = {"name": shown, "lowest": lowest, "highest": highest}
        return _("%(name)s lies between %(lowest)s and %(highest)s") % limits
    if _is_small(value, depth=2):
        return ""
    return _("%(name)s is too long, or nothing that an engine takes") % {"name": shown}


def _is_small(value: object, *, depth: int) -> bool:
    """Whether a text, number, list or object is of a bounded size; depth: of lists in lists."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    if isinstance(value, int | float):
        return abs(value) <= OTHER_NUMBER[1]
    if not isinstance(value, dict | list) or not depth or len(value) > MAX_ITEMS:
        return False
    items = [*value, *value.values()] if isinstance(value, dict) else value
    return all(_is_small(item, depth=depth - 1) for item in items)
