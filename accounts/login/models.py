"""The tables of log-in: sessions, and the age of users' e-mail addresses."""

import secrets
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


def new_row_id() -> str:
    """A random id of a session for pages."""
    return secrets.token_hex(8)


class SessionRow(AbstractBaseSession):
    """A browser's session. `session_key` holds the digest of the key in the cookie.

    So reading the table opens no session. `user` and the columns below it are empty for an
    anonymous session.
    """

    session_key = models.CharField(max_length=64, primary_key=True)
    # Not unique: a session that gets a new key is for a moment there twice.
    public_id = models.CharField(max_length=24, default=new_row_id)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions"
    )
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)  # however busy it is
    idle_seconds = models.PositiveIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that reads and writes this table."""
        from accounts.login.sessions import SessionStore

        return SessionStore


class AddressAge(models.Model):
    """Since when a mail address belongs to a user; see `accounts.addresses`."""

    address = models.OneToOneField(EmailAddress, models.CASCADE, related_name="age")
    # The one that the account began with.
    is_first = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name: ClassVar[str] = "age of an email address"

    def __str__(self) -> str:
        return f"age of {self.address}"
