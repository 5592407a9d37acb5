"""The form field of a carrier's account id."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


class AccountSidField(forms.CharField):
    """A Twilio AccountSid, or nothing."""

    def __init__(self, **kwargs: Any) -> None:
        is_one = RegexValidator(
            r"^AC[0-9a-fA-F]{32}\Z", _("An Account SID is AC followed by 32 hex digits.")
        )
        super().__init__(
            label=_("Twilio Account SID"),
            max_length=34,
            required=False,
            validators=[is_one],
            **kwargs,
        )
