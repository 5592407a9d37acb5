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
                "Days, 1 to 3650. Every night older recordings are deleted for good, also those "
                "made before you changed this. Transcripts stay."
            ),
            "transcript_days": _(
                "Days, 1 to 3650; leave this empty to keep them. Every night what was said in "
                "older calls is deleted for good, also in those made before you changed this. The "
                "calls themselves, what they cost and their recordings stay."
            ),
        }


class KeyForm(forms.Form):
    """What a new key is called."""

    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=LONGEST,
        validators=[validate_name],
        help_text=_("For your eyes only, such as the name of the number it is for."),
    )
