"""The forms of passkeys, in this site's words; the library does the rest."""

import struct
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.login.second_factor import counted
from accounts.names import LONGEST, validate_name
from accounts.rate_limits import ensure_alone
from voicex.bounds import bounded_json

# In characters. A browser sends one to four thousand, with a chain of certificates up to twelve.
# The library reads what an authenticator has said in a time that grows with the square of it.
MAX_CREDENTIAL: Final = 20_000
MOST: Final = 20  # passkeys of a user; each log-in of that user reads all of them
# What the library lets through when a client sends something else than a browser would.
_NO_CREDENTIAL: Final = (
    ArithmeticError,
    AttributeError,
    InvalidSignature,
    LookupError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)


def _refused_in_words(check: Callable[[], Any]) -> Any:
    """The result of `check`. Raises ValidationError also for data that no browser sends."""
    try:
        return check()
    except ValidationError:
        raise
    except _NO_CREDENTIAL:
        raise get_adapter().validation_error("incorrect_code") from None


class CredentialField(forms.JSONField):
    """A browser's JSON about a passkey; its size is checked before anything in it is read.

    The sign-in form takes it from anyone.
    """

    def __init__(self) -> None:
        super().__init__(required=True, widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        """The value of the JSON text. Raises ValidationError."""
        if not isinstance(value, str) or value in self.empty_values:
            return super().to_python(value)
        try:
            return bounded_json.loads(value, max_bytes=MAX_CREDENTIAL)
        except bounded_json.UnusableJson:
            raise get_adapter().validation_error("incorrect_code") from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Nothing: a refused proof is useless when the form is shown again."""
        return initial


class _Proof(forms.Form):
    """A form that takes a passkey's proof."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        """The passkey that signed the proof."""
        return _refused_in_words(super().clean_credential)  # type: ignore[misc]


class PasskeyLoginForm(_Proof, LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Signs in with a passkey."""


class _CountedProof(_Proof):
    """Of a user who is known already: the sign-in takes the user from the request."""

    def clean_credential(self) -> Any:
        """The passkey that signed the proof."""
        return counted(self.user, super().clean_credential)  # type: ignore[attr-defined]


class PasskeyFactorForm(_CountedProof, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second factor after a password."""


class PasskeyAgainForm(_CountedProof, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey for a fresh login."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey: its name, and whether it is enough to log in."""

    credential = CredentialField()
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=LONGEST,
        validators=[validate_name],
        help_text=_("Internal label, e.g. “My phone”."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in without a password"),
        required=False,
        initial=True,
        help_text=_("The passkey asks for your fingerprint, face or PIN instead."),
    )

    def is_full(self) -> bool:
        """Whether the user has as many passkeys as one may have."""
        kept = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN)
        return bool(kept.count() >= MOST)

    def too_many(self) -> str:
        """Why there is no further passkey, for the user."""
        return gettext("You can have up to %(limit)d passkeys. Remove one first.") % {"limit": MOST}

    def clean(self) -> dict[str, Any]:
        """The form's data, the passkey checked."""
        if self.is_full():
            raise ValidationError(self.too_many())
        data: dict[str, Any] = _refused_in_words(super().clean)
        # What the library writes after this is not within a transaction of ours.
        if not self.errors:
            ensure_alone(f"passkey:{self.user.pk}")
        return data


class NamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Renames a passkey."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST, validators=[validate_name])
