"""Requests at the voice webhook, and mails about those that left a caller unanswered."""

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


class MissedNotice(models.Model):
    """An e-mail to owners about one cause: once for each cause and day (UTC).

    The outbox has it sent (`Outbox.Kind.SEND_MISSED`).
    """

    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="missed_notices", db_index=False
    )
    day = models.DateField()
    cause = models.CharField(max_length=40)  # of `voicex.reasons.unanswered`
    detail = models.CharField(max_length=80, blank=True)  # names of engines
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "day", "cause", "detail"], name="one_missed_notice_per_cause"
            )
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.day:%Y-%m-%d} {self.cause}"
