"""Requests at the voice webhook."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization


class WebhookAttempt(models.Model):
    """One request at the voice webhook and what became of it, for the client's eyes."""

    org = models.ForeignKey(Organization, models.CASCADE, null=True, related_name="attempts")
    at = models.DateTimeField(auto_now_add=True)
    call_sid = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=12)  # answered, declined, refused
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=80, blank=True, db_default="")  # names of engines

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["org", "-id"], name="attempts_of_org"),
            # Few rows: what pages count and list of callers who were not answered.
            models.Index(
                fields=["org", "-at"],
                name="unanswered_of_org",
                condition=~models.Q(outcome="answered"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.reason}".strip()
