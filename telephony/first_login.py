"""First passwords: made once, written where their owner alone reads them, never printed.

A terminal is scrolled, recorded and shared, and the output of a service ends in a log.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings

from accounts.models import User

OPERATOR: Final = "operator@voicex.localhost"
FILE: Final = "first-login.txt"


@dataclass(frozen=True, slots=True)
class FirstLogin:
    """Where and as whom; password: "" when the account existed before."""

    url: str
    login: str
    password: str = field(repr=False)


def make_operator() -> tuple[str, str]:
    """The login of the platform's operator, and the password of one that was just made, else "".

    An operator that exists is left as they are, whatever they are called.
    """
    operators = User.objects.filter(is_superuser=True, is_active=True)
    existing = operators.order_by("pk").first()
    if existing is not None:
        return existing.email, ""
    password = secrets.token_urlsafe(12)
    former = User.objects.filter(email=OPERATOR).first()
    if former is not None:  # taken out of service on purpose: no new rights for it
        return "an operator (create one with manage.py createsuperuser)", ""
    User.objects.create_superuser(OPERATOR, password)
    return OPERATOR, password


def keep(logins: Sequence[FirstLogin], *, webhook_url: str) -> Path | None:
    """Where first passwords lie, None if nowhere; those of `logins` are added to the file.

    For the owner of the file alone (mode 0600). What it holds already stays.
    """
    path = settings.VAR_DIR / FILE
    new = [each for each in logins if each.password]
    if not new:
        return path if path.exists() else None
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o600), "a") as file:
        os.fchmod(file.fileno(), 0o600)
        for each in new:
            file.write(f"{each.url}\n  sign in as {each.login}\n  password   {each.password}\n")
        file.write(f"Webhook URL\n  {webhook_url}\n")
    return path
