"""What the site does when somebody signs up."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication  # nothing public writes
from allauth.account.signals import user_signed_up
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User


@receiver(user_signed_up)
def remember_new_password(*, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Count the password just chosen as proven: else the first key would ask for it again."""
    record_authentication(request, user, method="password")
