"""Adapters of django-allauth: storage, mails and limits."""

import smtplib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import addresses
from accounts.login import account_mails, limits, sign_up
from accounts.models import User
from accounts.names import validate_mail_address
from accounts.secrets.vault import seal, unseal

log = structlog.get_logger(__name__)

# The ways to reauthenticate, by allauth's ids, in this site's words.
PROOFS: Final[Mapping[str, Promise]] = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use an authenticator app or recovery code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}
# What allauth refuses, with what to do about it; its German is on first-name terms.
REFUSALS: Final[Mapping[str, Promise]] = {
    "cannot_remove_primary_email": _(
        "You sign in with this address. Make another one primary before you remove it."
    ),
    "enter_current_password": _("This isn’t your current password. Try again."),
    "max_email_addresses": _("You can have up to %d email addresses. Remove one first."),
    "rate_limited": _("Too many requests. Wait a few minutes and try again."),
    "unverified_primary_email": _("Confirm the address before you make it primary."),
}
# The context that second factors are sealed for, the same for all users.
MFA_CONTEXT: Final = "mfa"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-up, log-in, and the mails about both."""

    error_messages = DefaultAccountAdapter.error_messages | REFUSALS

    _attempt: limits.Attempt | None = None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether `SIGNUP` lets this visitor sign up."""
        return sign_up.is_open(request)

    def clean_email(self, email: str) -> str:
        """The address. Raises ValidationError for a form of address that can hold other text."""
        validate_mail_address(email)
        return str(super().clean_email(email))

    def is_safe_url(self, url: str | None) -> bool:
        """Whether the URL of a page to return to belongs to this site; False for an invalid URL."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:  # urllib's, for a host in brackets that never end
            return False

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Whether the visitor came by a link that was mailed to this address."""
        opened = sign_up.invitation_of(request)
        return bool(opened and opened.is_mailed and opened.invitation.email == email.lower())

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """The ways to reauthenticate, described in this site's words."""
        ways = super().get_reauthentication_methods(user)
        return [way | {"description": PROOFS.get(way["id"], way["description"])} for way in ways]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt (`login.limits`). Raises ValidationError when there are too many."""
        try:
            self._attempt = limits.begin_attempt(request, credentials.get("email") or "")
        except limits.TooManyAttempts:
            raise self.validation_error("too_many_login_attempts") from None

    def _rollback_login_failed_rl_usage(self) -> None:
        if self._attempt is not None:
            limits.take_back(self._attempt)

    def _delete_login_attempts_cached_email(
        self, request: HttpRequest, **_credentials: Any
    ) -> None:
        """Does nothing: no count of this site locks an account."""

    def post_login(
        self, request: HttpRequest, user: User, *, email: str | None, **options: Any
    ) -> HttpResponse:
        """The page after the log-in; records the browser as known."""
        response: HttpResponse = super().post_login(request, user, email=email, **options)
        limits.remember_device(response, request, email or user.email, user.email)
        return response

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link for a new password, if the address has been the user's for a day."""
        if addresses.may_reset_by(user, email, now=sign_up.now()):
            super().send_password_reset_mail(user, email, context)
        else:
            self.send_mail("account/email/address_too_new", email, {})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail, unless there were too many (`account_mails`).

        A mail that is held back, or that the mail server refuses, is logged. A stranger's page is
        the same in any case; a user's says that it was held back (`request.mail_is_held_back`).
        """
        if not account_mails.may_send(template_prefix, email):
            if self.request is not None:
                self.request.mail_is_held_back = True
            return
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException) as error:
            kind = template_prefix.rpartition("/")[2]
            log.warning("mail_not_sent", kind=kind, error=type(error).__name__)


class SealedMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors (TOTP secrets, recovery seeds) are sealed before they are stored."""

    CONTEXT = MFA_CONTEXT

    def encrypt(self, text: str) -> str:
        """The sealed form of a second factor's secret."""
        return seal(text, context=self.CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """The opened secret. Raises SecretUnreadable."""
        return unseal(encrypted_text, context=self.CONTEXT)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site of passkeys: always the public one, not the host of the request."""
        return {"id": urlsplit(settings.TWILIO_APP_URL).hostname or "localhost", "name": "Voicex"}
