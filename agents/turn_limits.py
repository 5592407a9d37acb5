"""How far an organization may turn the knobs of turn-taking.

The bounds keep an agent usable on a phone: a pause shorter than one 32 ms window of
voice activity cannot be seen, and a turn that waits for seconds feels like a dead line.
"""

from dataclasses import fields
from typing import Final

from django.utils.translation import gettext as _

from agents.config import MAX_CALL_SECONDS, TurnTaking

# Lowest and highest value of each number, in milliseconds.
LIMITS: Final[dict[str, tuple[int, int]]] = {
    "pause_ms": (32, 1_000),
    "endpointing_ms": (96, 3_000),
    "barge_in_ms": (32, 2_000),
    "max_call_ms": (10_000, MAX_CALL_SECONDS * 1000),
}
SWITCHES: Final = ("interruptible", "speculate")


def problems(values: object) -> list[str]:
    """What is wrong with `values` as the fields of a TurnTaking, in the reader's language.

    values: as decoded from JSON; fields that are left out keep their defaults. Empty when
    nothing is wrong.
    """
    if not isinstance(values, dict):
        return [_("Turn-taking is an object of named values")]
    known = {field.name for field in fields(TurnTaking)}
    found = [
        _("Turn-taking has no %(name)s") % {"name": repr(name[:40])}
        for name in values
        if name not in known
    ][:5]
    for name, (lowest, highest) in LIMITS.items():
        value = values.get(name, lowest)
        # bool is an int to Python, and `true` milliseconds are nonsense.
        if isinstance(value, bool) or not isinstance(value, int):
            found.append(_("%(name)s is a whole number of milliseconds") % {"name": name})
        elif not lowest <= value <= highest:
            found.append(
                _("%(name)s lies between %(lowest)d and %(highest)d milliseconds")
                % {"name": name, "lowest": lowest, "highest": highest}
            )
    for name in SWITCHES:
        if not isinstance(values.get(name, True), bool):
            found.append(_("%(name)s is true or false") % {"name": name})
    if not found:
        turn_taking = TurnTaking(**values)
        if turn_taking.pause_ms > turn_taking.endpointing_ms:
            found.append(_("pause_ms is not longer than endpointing_ms: a pause comes first"))
    return found
