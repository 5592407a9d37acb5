"""The forms of the credentials page: what is typed is checked, and never sent back."""

from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from accounts.secrets.vault import clean_endpoint, clean_secret
from voicex.fence import MAX_URL


class WriteOnlyTextarea(forms.Textarea):
    """A text area that a refused form brings back empty, as a password field is."""

    def format_value(self, value: object) -> None:
        return None


class SecretForm(forms.Form):
    """One or more secrets; what was typed is never sent back."""

    def secret_of(self, name: str) -> str:
        """The clean value of the field `name`; "" for none, or for one that is refused."""
        value: str = self.cleaned_data.get(name, "")
        if not value:
            return ""
        try:
            return clean_secret(name, value)
        except ValidationError as error:
            self.add_error(name, error)
            return ""


class TwilioForm(SecretForm, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The Twilio account: its AccountSid, and its auth token or tokens."""

    twilio_auth_token = forms.CharField(
        label=gettext_lazy("Twilio auth token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Proves that a webhook comes from your account, and lets Voicex set up your numbers. "
            "Empty: the stored one stays."
        ),
    )
    twilio_auth_token_next = forms.CharField(
        label=gettext_lazy("Next auth token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Only while you change the token at Twilio: both are accepted meanwhile."
        ),
    )

    class Meta:
        model = Organization
        fields = ("twilio_account_sid",)
        help_texts: Final = {
            "twilio_account_sid": gettext_lazy(
                "When given, calls from any other Twilio account are refused."
            )
        }


class OpenAIForm(SecretForm):
    """The organization's own key at OpenAI, or at a server that speaks as OpenAI does.

    A key is typed together with the server that it is for: what is stored goes nowhere else.
    """

    openai_api_key = forms.CharField(
        label=gettext_lazy("OpenAI API key"),
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    openai_endpoint = forms.CharField(
        label=gettext_lazy("Server address"),
        required=False,
        max_length=MAX_URL,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Only for a compatible server, for example https://models.example.com/v1; the key is "
            "sent there alone. Empty: OpenAI itself."
        ),
    )

    def clean_openai_endpoint(self) -> str:
        """The address as it is stored."""
        return clean_endpoint("openai_api_key", self.cleaned_data["openai_endpoint"])


class GoogleForm(SecretForm):
    """The organization's own service account at Google."""

    google_credentials = forms.CharField(
        label=gettext_lazy("Service account (JSON)"),
        max_length=20_000,
        widget=WriteOnlyTextarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("The whole text of the JSON file that Google gave you."),
    )
