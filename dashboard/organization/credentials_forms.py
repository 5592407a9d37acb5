"""The forms of the credentials page, which never send typed secrets back."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.carriers.fields import AccountSidField
from accounts.secrets.kinds import SecretKind
from accounts.secrets.vault import MAX_JSON_BYTES, clean_endpoint, clean_secret
from dashboard.merging import MergingForm
from voicex.fence import MAX_URL

KEY_CHARACTERS: Final = 400


class WriteOnlyTextarea(forms.Textarea):
    """A text area that is empty in a refused form, like a password field."""

    def format_value(self, value: object) -> None:
        return None


class SecretForm(MergingForm, forms.Form):
    """One or more secrets, which are never sent back.

    What is stored is kept, or asked about, as a whole: a key makes sense with its server only, and
    a token with its account.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        initial: dict[str, Any] | None = None,
        marks: Mapping[str, str],
    ) -> None:
        """marks: for each secret, when it was stored; "" without one."""
        super().__init__(data, initial=initial)
        self.marks = marks

    def groups(self) -> Mapping[str | Promise, Sequence[str]]:
        """All of it, as one."""
        return {gettext_lazy("These credentials"): list(self.fields)}

    def secret_of(self, name: str) -> str:
        """The clean value of the field `name`; "" if there is none or it was refused."""
        value: str = self.cleaned_data.get(name, "")
        if not value:
            return ""
        try:
            return clean_secret(name, value)
        except ValidationError as error:
            self.add_error(name, error)
            return ""


class TwilioForm(SecretForm):
    """The Twilio account: its AccountSid, and its auth token or tokens."""

    twilio_account_sid = AccountSidField(
        help_text=gettext_lazy("If set, calls from any other Twilio account are refused.")
    )
    twilio_auth_token = forms.CharField(
        label=gettext_lazy("Twilio auth token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Verifies that webhooks come from your account, and lets Voicex set up your numbers. "
            "Leave blank to keep the saved token."
        ),
    )
    twilio_auth_token_next = forms.CharField(
        label=gettext_lazy("Next auth token"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Only while you rotate the token in Twilio. Both tokens are accepted."
        ),
    )


class ProviderForm(SecretForm):
    """The organization's own secret at the provider `part`, as the provider's card describes it.

    A key is entered together with its server; a stored key is never sent to another one.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        part: str,
        kind: SecretKind,
        endpoint: str = "",
        marks: Mapping[str, str],
    ) -> None:
        """endpoint: the stored server, "" for the provider's own. marks: as of `SecretForm`."""
        super().__init__(data, marks=marks)
        self.kind = kind
        self.endpoint_field = f"{part}_endpoint" if kind.may_name_server else ""
        self.fields[kind.name] = _secret_field(kind)
        if self.endpoint_field:
            self.fields[self.endpoint_field] = forms.CharField(
                label=gettext_lazy("Server address"),
                required=False,
                max_length=MAX_URL,
                initial=endpoint,
                widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
                help_text=gettext_lazy(
                    "Only for a compatible server, for example https://models.example.com/v1. The "
                    "key is sent only there. Leave blank to use the provider."
                ),
            )

    @property
    def endpoint(self) -> str:
        """The entered server, as it is stored; "" for the provider's own."""
        endpoint: str = self.cleaned_data.get(self.endpoint_field, "")
        return endpoint

    def clean(self) -> dict[str, Any]:
        """The values, with the normalised address."""
        values = super().clean() or {}
        if values.get(self.endpoint_field):
            try:
                values[self.endpoint_field] = clean_endpoint(
                    self.kind.name, values[self.endpoint_field]
                )
            except ValidationError as error:
                self.add_error(self.endpoint_field, error)
        return values


def _secret_field(kind: SecretKind) -> forms.CharField:
    """A field of one line for a key, of several for the content of a file."""
    is_text = bool(kind.json_expected)
    attrs = {"autocomplete": "off"}
    return forms.CharField(
        label=str(kind.label),
        help_text=str(kind.help_text),
        max_length=MAX_JSON_BYTES if is_text else KEY_CHARACTERS,
        widget=WriteOnlyTextarea(attrs={"rows": 4, **attrs, "spellcheck": "false"})
        if is_text
        else forms.PasswordInput(attrs=attrs),
    )
