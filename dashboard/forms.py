"""The forms of the dashboard; what they accept is checked again by the services."""

from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.names import LONGEST, validate_name

DAYS: Final = (1, 3650)


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What an organization is called, and how long it keeps recordings and transcripts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("recording_days", "transcript_days"):
            self.fields[name] = _days_like(self.fields[name])

    class Meta:
        model = Organization
        fields = ("name", "recording_days", "transcript_days")
        help_texts: ClassVar = {
            "recording_days": _(
                "From 1 to 3650. Older recordings are permanently deleted every night, including "
                "those made before you changed this. Transcripts are kept."
            ),
            "transcript_days": _(
                "From 1 to 3650. Leave blank to keep them forever. Older transcripts are "
                "permanently deleted every night, including those made before you changed this. "
                "Calls, their costs and their recordings are kept."
            ),
        }


def _days_like(field: forms.Field) -> forms.IntegerField:
    """`field` with one rule and one sentence for it, where the column's type adds one of its own
    (not below 0)."""
    lowest, highest = DAYS
    problem = _("Enter a whole number from %(lowest)d to %(highest)d.") % {
        "lowest": lowest,
        "highest": highest,
    }
    return forms.IntegerField(
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        min_value=lowest,
        max_value=highest,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), problem),
    )


class KeyForm(forms.Form):
    """What a new key is called."""

    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=LONGEST,
        validators=[validate_name],
        help_text=_("Internal label, e.g. “Main line”."),
    )
