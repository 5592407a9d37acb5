"""The tables of memberships, invitations and impersonations."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.names import validate_mail_address


class Membership(models.Model):
    """A user's role in an organization."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ADMIN = "admin", _("admin")
        MEMBER = "member", _("member")
        VIEWER = "viewer", _("viewer")

    org = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="memberships")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)
    # At which they last took a call over, as +14155550100.
    phone = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "user"], name="one_membership_per_user_and_org")
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.org}"

    def is_at_least(self, role: str) -> bool:
        """Whether this member has at least `role`; the roles are declared strongest first."""
        order = self.Role.values
        return order.index(self.role) <= order.index(role)


class Invitation(models.Model):
    """The right of an e-mail address to join an organization; its link is signed, not stored."""

    org = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="invitations")
    email = models.EmailField(_("email address"), validators=[validate_mail_address])
    role = models.CharField(max_length=8, choices=Membership.Role, default=Membership.Role.MEMBER)
    invited_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "email"],
                name="one_open_invitation_per_address",
                condition=models.Q(accepted_at=None, revoked_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role} of {self.org}"


class Impersonation(models.Model):
    """A platform operator's temporary access to an organization, as of one of its members."""

    org = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="impersonations")
    operator = models.ForeignKey("accounts.User", models.PROTECT, related_name="impersonations")
    role = models.CharField(max_length=8, choices=Membership.Role)
    reason = models.CharField(max_length=200)
    began_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.operator} as {self.role} of {self.org}"

    def is_open(self, now: datetime) -> bool:
        """Whether the operator may still act."""
        return self.ended_at is None and now < self.expires_at
