"""The tables of users, organizations, members, API keys, sealed secrets and the audit log."""

import secrets
from datetime import datetime
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit.models import AuditEntry  # Django finds the tables of the rooms here
from accounts.carriers.models import CarrierAccount
from accounts.login.models import AddressAge, SessionRow
from accounts.members.models import Impersonation, Invitation, Membership
from accounts.names import NameField, isolated, validate_mail_address
from accounts.secrets import kinds
from accounts.secrets.kinds import CarrierSecret
from accounts.secrets.models import HostSecret
from accounts.zones import LONGEST as LONGEST_ZONE
from accounts.zones import validate_zone
from voicex.reasons.attempts import AttemptReason

__all__ = [
    "AddressAge",
    "ApiKey",
    "AuditEntry",
    "CarrierAccount",
    "HostSecret",
    "Impersonation",
    "Invitation",
    "Membership",
    "Organization",
    "OrganizationSecret",
    "SessionRow",
    "User",
]


def new_public_id() -> str:
    """A random public id: 12 lowercase hex digits, as in `agent_id=664a1234abcd`."""
    return secrets.token_hex(6)


class UserManager(BaseUserManager["User"]):
    """Creates users who log in with their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user with a password, unusable if None. Raises ValueError without address."""
        if not email:
            raise ValueError("A user needs an e-mail address")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator: staff and superuser, with an address that counts as confirmed.

        The person who runs this command could confirm it as well, and an operator needs a second
        factor, which requires a confirmed address.
        """
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractUser):
    """A person; the e-mail address is the login name."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("email address"), unique=True, validators=[validate_mail_address])
    first_name = NameField(_("first name"), blank=True)
    last_name = NameField(_("last name"), blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc, assignment]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """Convert the address to lower case, as the log-in looks it up."""
        super().clean()
        self.email = self.email.lower()


class Organization(models.Model):
    """A customer of the platform, to which everything else belongs."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    name = NameField()
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    suspended_reason = models.CharField(max_length=200, blank=True)
    recording_days = models.PositiveSmallIntegerField(
        _("keep recordings for (days)"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("From 1 to 3650. Older recordings are deleted every night."),
    )
    transcript_days = models.PositiveSmallIntegerField(
        _("keep transcripts for (days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("From 1 to 3650. Leave blank to keep them forever."),
    )
    # By its clocks days begin and mails say when something was. "": UTC.
    time_zone = models.CharField(
        _("time zone"),
        max_length=LONGEST_ZONE,
        blank=True,
        default="",
        db_default="",
        validators=[validate_zone],
        help_text=_("Days in analytics and times in emails follow it."),
    )
    reminder_minutes = models.PositiveSmallIntegerField(
        _("remind about messages after (minutes)"),
        null=True,
        blank=True,
        default=60,
        db_default=60,
        validators=[MinValueValidator(5), MaxValueValidator(10_080)],
        help_text=_(
            "From 5 to 10080. If nobody has taken a message by then, it is emailed once more. "
            "Leave blank for no reminders."
        ),
    )
    weekly_digest = models.BooleanField(
        _("weekly report by email"),
        default=True,
        db_default=True,
        help_text=_(
            "Owners get last week’s calls, messages, questions and cost on Monday morning."
        ),
    )
    # No call that opened before has words any more (`usage.privacy.retention`).
    transcripts_kept_from = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # When it was shown who is behind it (`accounts.members.trust`); until then it shares a small
    # pool of calls, minutes and mails with all others that are as new.
    proven_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return isolated(self.name)

    @property
    def is_proven(self) -> bool:
        """Whether the owner of this organization was verified; see `accounts.members.trust`."""
        return self.proven_at is not None

    @property
    def is_suspended(self) -> bool:
        """Whether the operator has stopped this organization's calls."""
        return self.state == self.State.SUSPENDED


class ApiKey(models.Model):
    """A webhook key `vx_...`: found by prefix, verified by HMAC, shown again from ciphertext."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="api_keys")
    label = NameField(blank=True)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    ciphertext = models.TextField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Set on the old key when it is rotated: it keeps working until then.
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API key")

    def __str__(self) -> str:
        return f"vx_{self.prefix}..."

    def is_usable(self, now: datetime) -> bool:
        """Whether calls with this key are admitted."""
        return not self.ended(now)

    def ended(self, now: datetime) -> AttemptReason | None:
        """Why calls with this key are no longer admitted: it was revoked or has expired."""
        if self.revoked_at is not None:
            return AttemptReason.KEY_REVOKED
        is_over = self.expires_at is not None and self.expires_at <= now
        return AttemptReason.KEY_EXPIRED if is_over else None


class OrganizationSecret(models.Model):
    """A credential of an organization, sealed (see `accounts.secrets.vault`); never shown again."""

    Name = CarrierSecret

    org = models.ForeignKey(Organization, models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=40, choices=kinds.choices)
    # The server that it is for, sealed together with it; "" for the provider's own.
    endpoint = models.CharField(max_length=200, blank=True, default="")
    ciphertext = models.TextField()
    # Whether the provider or carrier accepted it when it was stored. None: it was not asked, as by
    # the admin and releases before.
    is_verified = models.BooleanField(null=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("credential")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "name"], name="one_secret_per_org_and_name")
        ]

    def __str__(self) -> str:
        return f"{self.get_name_display()} of {self.org}"
