"""What carriers say of calls that are over, beside what the ledger says."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class CarrierBill(models.Model):
    """A call as its carrier's own account has it (`usage.billing.carrier_bills`).

    Evidence and adjustment: the ledger stays as it is, and the differences stand here.
    """

    class Oddity(models.TextChoices):
        LONGER = "longer", _("longer at the carrier")
        SHORTER = "shorter", _("shorter at the carrier")
        DEARER = "dearer", _("more expensive than the price book says")
        UNKNOWN = "unknown", _("unknown to the carrier")

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="carrier_bill")
    # How often the carrier was asked, and when last.
    checks = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField()
    status = models.CharField(max_length=20, blank=True)
    # What the carrier says; None while it does not.
    seconds = models.PositiveIntegerField(null=True, blank=True)
    price_micros = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    # By how much that is more than ours: the media clock, and what the book says that the platform
    # pays for telephony. None where there is nothing to compare.
    seconds_more = models.IntegerField(null=True, blank=True)
    price_more_micros = models.BigIntegerField(null=True, blank=True)
    oddity = models.CharField(max_length=8, choices=Oddity, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["-checked_at"],
                name="odd_carrier_bills",
                condition=~models.Q(oddity=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.call} at its carrier"
