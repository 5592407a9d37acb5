"""What an agent may be told about what is taken out of its calls."""

from dataclasses import fields

from django.utils.translation import gettext as _

from agents.settings.config import Privacy


def problems(values: object) -> list[str]:
    """What is wrong with `values` as the fields of a Privacy; empty when nothing is.

    values: as decoded from JSON; fields that are left out keep their defaults.
    """
    if not isinstance(values, dict):
        return [_("Privacy is an object of named values")]
    unknown = values.keys() - {field.name for field in fields(Privacy)}
    if unknown:
        return [_("Privacy has no %(name)s") % {"name": repr(min(unknown, key=str)[:40])}]
    return [
        _("privacy.%(name)s is true or false") % {"name": name}
        for name, value in values.items()
        if not isinstance(value, bool)
    ]
