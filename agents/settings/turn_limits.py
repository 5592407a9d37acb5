"""How far an organization may turn the knobs of turn-taking.

How far each goes stands in `agents.settings.limits`; the bounds keep an agent usable on a phone.
"""

from dataclasses import fields
from typing import Final

from django.utils.translation import gettext as _

from agents.settings import limits
from agents.settings.config import TurnTaking

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
    for name, (lowest, highest) in limits.MILLISECONDS.items():
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
