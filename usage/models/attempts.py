"""Requests at the voice webhook, callers who wait, and mails about those left unanswered."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Organization


class WebhookAttempt(models.Model):
    """One request at the voice webhook and what became of it, for the client's eyes."""

    org = models.ForeignKey(Organization, models.CASCADE, null=True, related_name="attempts")
    at = models.DateTimeField(auto_now_add=True)
    # As `Call.counted_on`, with the sums of `AttemptDay`.
    counted_on = models.DateField(null=True, blank=True, editable=False)
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


class WaitingCaller(models.Model):
    """A caller who waits for a free line (`usage.waiting`): no call yet, and without a slot.

    Kept for an hour after the waiting is over, without the caller's number.
    """

    class Result(models.TextChoices):
        ANSWERED = "answered", _("answered")
        LEFT = "left", _("hung up")
        TOO_LONG = "too_long", _("waited too long")
        DECLINED = "declined", _("declined")  # for another reason than busy lines

    # No index of its own: the constraint's begins with it.
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="waiting_callers", db_index=False
    )
    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+", db_index=False)
    agent_id_asked = models.CharField(max_length=24, blank=True)  # the public id in the URL
    parameters = models.JSONField(default=dict, blank=True)  # of the URL
    carrier = models.CharField(max_length=16)
    carrier_call_id = models.CharField(max_length=64)
    from_number = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=12, blank=True)  # the agent's, as "de-AT"
    arrived_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # when the carrier last asked, or said that it is over
    rounds = models.PositiveIntegerField(default=0)  # how often it did
    place_said = models.PositiveSmallIntegerField(default=0)  # that the caller was told last
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=8, choices=Result, blank=True)  # "" while they wait

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "carrier_call_id"], name="one_waiting_caller_per_call"
            )
        ]
        # Few rows: who waits now.
        indexes: ClassVar = [
            models.Index(
                fields=["org", "id"], name="callers_waiting", condition=models.Q(ended_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.carrier_call_id
