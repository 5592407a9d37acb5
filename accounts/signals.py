"""Signal receivers for sign-up, log-in and confirmed addresses."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication  # nothing public writes
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, password_reset, user_signed_up
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.login import sessions
from accounts.members.trust import prove_organizations_of
from accounts.models import User


@receiver(user_signed_up)
def remember_new_password(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Count the password just chosen as proven: otherwise the first key would ask for it again."""
    record_authentication(request, user, method="password")


@receiver(password_reset)
def note_mailbox(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Have the browser remembered in which a mailed link set the password anew (`login.guard`)."""
    request.reads_mailbox_of = user.email  # type: ignore[attr-defined]


@receiver(email_confirmed)
def prove_organizations(*, email_address: EmailAddress, **_kwargs: Any) -> None:
    """A confirmed address proves the organizations that its user owns."""
    prove_organizations_of(email_address.user)


@receiver(user_logged_in)
def begin_session(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Set the expiry of the session, and store what its user may see of it."""
    sessions.begin(request, user, now=timezone.now())
