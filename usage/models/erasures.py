"""Callers whose data an organization had deleted."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization, User


class Erasure(models.Model):
    """Everything of one caller that an organization had deleted, and how far that is."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="erasures")
    # Can be compared with that of a number, and reveals none (`usage.privacy.callers.digest_of`).
    caller_digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    # What there was, as it was asked for.
    calls = models.PositiveIntegerField()
    turns = models.PositiveIntegerField()
    recordings = models.PositiveIntegerField()
    # The id of the newest of its calls, which names the caller until the number has been removed
    # from all others; 0 afterwards.
    newest_call = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    due_at = models.DateTimeField()  # when it is continued, should a worker have been lost
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="erasures_to_do", condition=models.Q(done_at=None))
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"
