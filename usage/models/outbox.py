"""Side effects that are still to be done after a commit."""

import operator
from collections.abc import Sequence
from functools import reduce
from typing import ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.row_owners import OrganizationOf
from usage.models.attempts import MissedNotice
from usage.models.calls import Call
from usage.models.hooks import HookDelivery, HookEndpoint
from usage.models.plans import MeterReport, QuotaNotice
from usage.models.sums import WeeklyDigest

# The foreign keys of a row, of which one is not empty.
SUBJECTS: Final = ("call", "notice", "missed", "hook", "endpoint", "digest", "meter")


def _one_of(names: Sequence[str]) -> models.Q:
    """A condition: exactly one of these columns is not empty."""
    cases = (models.Q(**{f"{name}__isnull": name != filled for name in names}) for filled in names)
    return reduce(operator.or_, cases)


class Outbox(models.Model):
    """Work that must be done after a commit (`usage.outbox`); Celery only makes it sooner.

    A row is about one subject: the one foreign key of its kind that is not empty.
    """

    class Kind(models.TextChoices):
        SETTLE_CALL = "settle_call", _("settle a call")
        SEND_NOTICE = "send_notice", _("send a notice")
        SEND_MESSAGES = "send_messages", _("send a call’s messages")
        SEND_MISSED = "send_missed", _("tell owners of a missed call")
        ANALYSE_CALL = "analyse_call", _("analyse a call")
        SEND_WEBHOOK = "send_webhook", _("send a webhook")
        RECONCILE_CALL = "reconcile_call", _("compare a call with its carrier")
        TELL_WEBHOOK_OFF = "tell_webhook_off", _("tell owners that a webhook is off")
        REMIND_OF_MESSAGES = "remind", _("remind of a call’s messages")
        SEND_DIGEST = "send_digest", _("send a weekly report")
        REPORT_METER = "report_meter", _("report usage to Stripe")
        HANG_UP_CALL = "hang_up_call", _("have a carrier end a call")

    kind = models.CharField(max_length=20, choices=Kind)
    org = OrganizationOf(parent="call")  # of its call; other rows are the platform's own
    call = models.ForeignKey(Call, models.CASCADE, null=True, blank=True, related_name="outbox")
    # The constraint's index serves.
    notice = models.ForeignKey(
        QuotaNotice,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox",
        db_index=False,
    )
    missed = models.ForeignKey(
        MissedNotice,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox",
        db_index=False,
    )
    hook = models.ForeignKey(
        HookDelivery,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox",
        db_index=False,
    )
    endpoint = models.ForeignKey(
        HookEndpoint,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox",
        db_index=False,
    )
    digest = models.ForeignKey(
        WeeklyDigest,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox",
        db_index=False,
    )
    meter = models.ForeignKey(
        MeterReport,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="outbox",
        db_index=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()  # polled by column: no long ETA in the broker
    # Until then a worker has it, whose work is outside the database.
    leased_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    # How often it was sent again since the work was last postponed; see `usage.outbox.delivery`.
    attempts = models.PositiveIntegerField(default=0)
    # Given up at; an operator reads `last_error` and lets it run again.
    dead_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "call"], name="one_outbox_row_per_effect"),
            models.UniqueConstraint(
                fields=["notice", "kind"],
                name="one_outbox_row_per_notice",
                condition=models.Q(notice__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["missed", "kind"],
                name="one_outbox_row_per_missed",
                condition=models.Q(missed__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["hook", "kind"],
                name="one_outbox_row_per_hook",
                condition=models.Q(hook__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["endpoint", "kind"],
                name="one_outbox_row_per_endpoint",
                condition=models.Q(endpoint__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["digest", "kind"],
                name="one_outbox_row_per_digest",
                condition=models.Q(digest__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["meter", "kind"],
                name="one_outbox_row_per_meter",
                condition=models.Q(meter__isnull=False),
            ),
            models.CheckConstraint(condition=_one_of(SUBJECTS), name="outbox_row_has_one_subject"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="outbox_due",
                condition=models.Q(done_at=None, dead_at=None),
            )
        ]

    def __str__(self) -> str:
        subjects = (getattr(self, name) for name in SUBJECTS)
        return f"{self.kind} {next(filter(None, subjects))}"
