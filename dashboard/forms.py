"""The forms of the dashboard; what they accept is checked again by the services."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.names import LONGEST, validate_name


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What an organization is called, and how long it keeps recordings and transcripts."""

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


class KeyForm(forms.Form):
    """What a new key is called."""

    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=LONGEST,
        validators=[validate_name],
        help_text=_("Internal label, e.g. “Main line”."),
    )
