"""The forms of the dashboard; what they accept is checked again by the services."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The name of a new organization."""

    class Meta:
        model = Organization
        fields = ("name",)


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An organization's name and its Twilio account. Auth tokens go in, and never out again."""

    auth_token = forms.CharField(
        label=_("Twilio auth token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    auth_token_next = forms.CharField(
        label=_("Next auth token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Only while you change the token at Twilio: both are accepted meanwhile."),
    )
    forget_tokens = forms.BooleanField(
        label=_("Forget the stored tokens"),
        required=False,
        help_text=_("Webhooks are then no longer checked for Twilio's signature."),
    )

    class Meta:
        model = Organization
        fields = ("name", "twilio_account_sid")
        help_texts: Final = {
            "twilio_account_sid": _("When given, calls from any other Twilio account are refused.")
        }

    def __init__(self, *args: Any, has_token: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["auth_token"].help_text = (
            _(
                "Proves that a webhook comes from your Twilio account. One is stored; leave this "
                "empty to keep it. It is kept encrypted and never shown."
            )
            if has_token
            else _(
                "Proves that a webhook comes from your Twilio account. None is stored. It is kept "
                "encrypted and never shown."
            )
        )

    def clean(self) -> dict[str, Any]:
        """Forgetting the tokens and giving new ones contradict each other."""
        values = super().clean() or {}
        if values.get("forget_tokens") and (
            values.get("auth_token") or values.get("auth_token_next")
        ):
            self.add_error(
                "forget_tokens",
                _("Either give a token or have the stored ones forgotten, not both."),
            )
        return values


class KeyForm(forms.Form):
    """What a new key is called."""

    label = forms.CharField(
        required=False,
        max_length=80,
        help_text=_("For your eyes only, such as the name of the number it is for."),
    )
