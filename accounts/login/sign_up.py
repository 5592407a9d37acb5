"""Who may sign up, and the same answer whether or not an address is known.

`SIGNUP` is "open" (to all), "invited" (by an invitation's link, with its address) or "closed"
(operators create accounts). If mail can be sent, every sign-up is answered with "look into your
mail". Without mail the answer is the same as well, but a new user is logged in at once and a known
one is redirected to the log-in.
"""

from datetime import datetime
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.forms import AddEmailForm, SignupForm
from allauth.account.internal.flows.manage_email import assess_unique_email
from allauth.account.models import EmailAddress
from allauth.account.utils import get_login_redirect_url
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.members import invitations
from accounts.models import User
from accounts.rate_limits import ensure_alone
from voicex.mail import mail_is_sent

_SESSION_KEY: Final = "invitation"  # the token of the link that led here

now = timezone.now


def remember_invitation(request: HttpRequest, token: str) -> None:
    """Store in the visitor's session by which invitation they came."""
    request.session[_SESSION_KEY] = token


def invitation_of(
    request: HttpRequest, *, now: datetime | None = None
) -> invitations.Opened | None:
    """The invitation by whose link this visitor came, while it is open."""
    token = request.session.get(_SESSION_KEY)
    return invitations.find(token, now=now or timezone.now()) if token else None


def is_open(request: HttpRequest) -> bool:
    """Whether this visitor may sign up."""
    if settings.SIGNUP == "invited":
        return invitation_of(request) is not None
    return settings.SIGNUP == "open"


def for_templates(request: HttpRequest) -> dict[str, object]:
    """Context processor: whether pages offer this visitor the sign-up."""
    return {"may_sign_up": SimpleLazyObject(lambda: is_open(request))}


def _answered_like_any(request: HttpRequest) -> HttpResponse:
    """The response to a sign-up with a known address: the redirect of a new user, without a log-in.

    The page there asks to sign in.
    """
    messages.info(request, _("Sign in with your email and password."))
    return redirect(get_login_redirect_url(request, signup=True))


class NewAccountForm(SignupForm):  # type: ignore[misc]  # allauth ships no types
    """An address and a password; its errors never tell whether the address is known."""

    def clean_email(self) -> str:
        """The address. Raises ValidationError where only the invited one may sign up."""
        email: str = super().clean_email()
        if settings.SIGNUP == "invited":
            opened = invitation_of(self._request)
            if opened is None or opened.invitation.email != email.lower():
                raise ValidationError(_("Sign up with the email address that was invited."))
        return email

    def validate_unique_email(self, value: str) -> str:
        """The address; a known one is recorded, without an error."""
        self.account_already_exists = assess_unique_email(value) is not True
        return str(get_adapter().validate_unique_email(value))

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new user; for a known address the same response, after as much work."""
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return super().try_save(request)  # type: ignore[no-any-return]
            except IntegrityError:  # two forms at the same moment
                self.account_already_exists = True
        User().set_password(self.cleaned_data["password1"])  # takes as long as a new one
        if settings.ACCOUNT_EMAIL_VERIFICATION == EmailVerificationMethod.MANDATORY:
            return super().try_save(request)  # type: ignore[no-any-return]
        if mail_is_sent():
            get_adapter().send_account_already_exists_mail(self.cleaned_data["email"])
        return None, _answered_like_any(request)

    @property
    def _request(self) -> HttpRequest:
        from allauth.core import context

        return context.request  # type: ignore[no-any-return]


class FurtherAddressForm(AddEmailForm):  # type: ignore[misc]
    """Adds an address to a user who has confirmed the first."""

    def clean_email(self) -> str:
        """The address. Raises ValidationError while the user has no confirmed one."""
        if not EmailAddress.objects.filter(user=self.user, verified=True).exists():
            raise ValidationError(
                _("Confirm the address you sign in with before you add another one.")
            )
        email = str(super().clean_email())
        # It has counted them, and writes later.
        ensure_alone(f"address:{self.user.pk}")
        return email
