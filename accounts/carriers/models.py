"""An organization's account at a telephone carrier."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class CarrierAccount(models.Model):
    """An organization's account at one carrier; the signing token is among its secrets."""

    org = models.ForeignKey("accounts.Organization", models.CASCADE, related_name="carriers")
    carrier = models.CharField(max_length=16)  # a name of `settings.CARRIERS`
    # The one that alone may call with this organization's keys; given by a member.
    account_id = models.CharField(max_length=64, blank=True)
    # The one that the latest call came from: learned, alerted on when it changes, and never
    # a reason to refuse, because an unsigned request can name any (docs/adr/0008).
    seen_account_id = models.CharField(max_length=64, blank=True, editable=False)
    # Where the carrier has accepted the organization's token, as it names it; "" for its first.
    region = models.CharField(max_length=8, blank=True, db_default="", editable=False)

    class Meta:
        verbose_name = _("carrier account")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "carrier"], name="one_account_per_carrier")
        ]

    def __str__(self) -> str:
        return f"{self.org} at {self.carrier}"
