"""Calls that an agent puts through to a person."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class Transfer(models.Model):
    """One attempt to put the caller of a call through, and what became of it.

    Whom, and under which number, is what the agent's published version named at that moment.
    """

    class Result(models.TextChoices):
        ANSWERED = "answered", _("answered")
        DECLINED = "declined", _("declined")  # by a key, or by saying nothing to the announcement
        NO_ANSWER = "no_answer", _("no answer")
        BUSY = "busy", _("busy")
        FAILED = "failed", _("failed")  # the carrier could not reach the number
        ABANDONED = "abandoned", _("caller hung up")
        UNKNOWN = "unknown", _("unknown")  # the call ended, and the carrier never said

    org = OrganizationOf(parent="call")
    # The constraint's index begins with it.
    call = models.ForeignKey(Call, models.CASCADE, related_name="transfers", db_index=False)
    number = models.PositiveSmallIntegerField()  # 1 is the first of its call
    target = models.CharField(max_length=40)
    address = models.CharField(max_length=120)  # +14155550100, or sip:name@host
    digits = models.CharField(max_length=32, blank=True)
    is_announced = models.BooleanField(default=False)
    # What the person hears before they take the call. Words of the call: gone when it is over.
    briefing = models.CharField(max_length=400, blank=True)
    result = models.CharField(max_length=10, choices=Result, blank=True)  # "" while it lasts
    seconds = models.PositiveIntegerField(default=0)  # that the person was connected
    began_at = models.DateTimeField()
    # When the line has to be dialled at the latest; empty once it was.
    dial_by = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["call", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "number"], name="one_transfer_per_number")
        ]

    def __str__(self) -> str:
        return f"transfer {self.number} of {self.call}"
