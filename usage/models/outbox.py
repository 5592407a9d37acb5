"""Side effects that are still to be done after a commit."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class Outbox(models.Model):
    """A side effect that must happen after a commit; Celery only makes it sooner."""

    class Kind(models.TextChoices):
        SETTLE_CALL = "settle_call", _("settle a call")

    kind = models.CharField(max_length=20, choices=Kind)
    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="outbox")
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()  # polled by column: no long ETA in the broker
    done_at = models.DateTimeField(null=True, blank=True)
    # How often it was sent again since somebody last answered for it; see `usage.billing.outbox`.
    attempts = models.PositiveIntegerField(default=0)
    # Given up at; a person reads `last_error` and lets it run again.
    dead_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "call"], name="one_outbox_row_per_effect")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="outbox_due",
                condition=models.Q(done_at=None, dead_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.call}"
