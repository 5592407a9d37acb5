"""The forms of passkeys, in this site's words; the library does the rest."""

import struct
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.adapter import get_adapter
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
from django.utils.translation import gettext_lazy as _

from accounts.names import LONGEST, validate_name

# What the library lets through when a client sends something else than a browser would.
_NO_CREDENTIAL: Final = (
    ArithmeticError,
    AttributeError,
    InvalidSignature,
    LookupError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)


def _refused_in_words(check: Callable[[], Any]) -> Any:
    """What `check` returns. Raises ValidationError also for what no browser sends."""
    try:
        return check()
    except ValidationError:
        raise
    except _NO_CREDENTIAL:
        raise get_adapter().validation_error("incorrect_code") from None


class _Proof:
    """A form that takes a passkey's proof."""

    def clean_credential(self) -> Any:
        """The passkey that gave the proof."""
        return _refused_in_words(super().clean_credential)  # type: ignore[misc]


class PasskeyLoginForm(_Proof, LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Signs in with a passkey."""


class PasskeyFactorForm(_Proof, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second factor after a password."""


class PasskeyAgainForm(_Proof, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey for a fresh login."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey: what it is called, and whether it opens the account by itself."""

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

    def clean(self) -> dict[str, Any]:
        """The form's data, the passkey checked."""
        data: dict[str, Any] = _refused_in_words(super().clean)
        return data


class NamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST, validators=[validate_name])
