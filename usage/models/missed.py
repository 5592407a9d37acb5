"""E-mails about callers who were not answered."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization


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
