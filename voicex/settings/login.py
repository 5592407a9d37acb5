"""What a password must be, and the forms of second factors."""

from typing import Any, Final

PASSWORD_VALIDATORS: Final[list[dict[str, Any]]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.login.passwords.GuessablePasswordValidator"},
]
MFA_FORMS: Final = {
    "authenticate": "accounts.login.second_factor.CodeForm",
    "reauthenticate": "accounts.login.second_factor.CodeAgainForm",
    "add_webauthn": "accounts.login.passkeys.AddPasskeyForm",
    "edit_webauthn": "accounts.login.passkeys.NamePasskeyForm",
    "login_webauthn": "accounts.login.passkeys.PasskeyLoginForm",
    "authenticate_webauthn": "accounts.login.passkeys.PasskeyFactorForm",
    "reauthenticate_webauthn": "accounts.login.passkeys.PasskeyAgainForm",
}
