"""Outgoing webhooks: the addresses that organizations name, and what is sent to each."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, new_public_id
from accounts.names import NameField
from usage.models.calls import Call


class HookEndpoint(models.Model):
    """An address that an organization has events sent to (`usage.hooks`)."""

    class Target(models.TextChoices):
        URL = "url", _("Your own server")  # signed JSON, as Standard Webhooks has it
        SLACK = "slack", _("Slack")  # and what takes the same: a text

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")  # by a member
        OFF = "off", _("switched off")  # by us: `off_reason`

    class OffReason(models.TextChoices):
        GONE = "gone", _("The server answered 410 Gone.")
        FAILING = "failing", _("No delivery succeeded for three days.")

    org = models.ForeignKey(Organization, models.CASCADE, related_name="hook_endpoints")
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    label = NameField(blank=True)
    target = models.CharField(max_length=5, choices=Target, default=Target.URL)
    # Of the address what all may see: an address may hold a token, Slack's is one.
    shown_url = models.CharField(max_length=120)
    # JSON of `usage.hooks.sealed`: the address, and the secrets that sign.
    ciphertext = models.TextField()
    # Until then what is sent is signed with the secret before the last rotation as well.
    former_until = models.DateTimeField(null=True, blank=True)
    events = models.JSONField(default=list)  # names of HookDelivery.Event
    takes_tests = models.BooleanField(default=False)
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    off_reason = models.CharField(max_length=7, choices=OffReason, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # A worker has it until then; the row knows its worker by it.
    leased_until = models.DateTimeField(null=True, blank=True)
    # When a worker had it last: the one that waited longest is next.
    served_at = models.DateTimeField(null=True, blank=True)
    # Nothing is sent before: it failed, asked for patience, or had its share of the moment.
    rest_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.label or self.shown_url


class HookDelivery(models.Model):
    """One event for one endpoint: what is sent, and what came of it.

    The outbox says when it is due (`Outbox.Kind.SEND_WEBHOOK`); this is the organization's log.
    """

    class Event(models.TextChoices):
        CALL_STARTED = "call.started", _("Call started")
        CALL_ENDED = "call.ended", _("Call ended")
        CALL_ANALYSED = "call.analysed", _("Call analyzed")
        CALL_MISSED = "call.missed", _("Call missed")
        MESSAGE_TAKEN = "message.taken", _("Message taken")
        USAGE_THRESHOLD = "usage.threshold", _("Share of minutes used")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("failed")  # given up, until a member has it sent again

    # The endpoint's.
    org = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    endpoint = models.ForeignKey(
        HookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    call = models.ForeignKey(
        Call, models.CASCADE, null=True, blank=True, related_name="hook_deliveries"
    )
    # The header `webhook-id`, the same at each attempt.
    message_id = models.CharField(max_length=40, unique=True)
    event = models.CharField(max_length=20, choices=Event)
    body = models.TextField()  # JSON, exactly as it is sent and signed
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    # Of the three days in which it is tried; a member who has it sent again begins them anew.
    tried_since = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)  # as the outbox has it, for pages
    last_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # HTTP, of the last answer
    problem = models.CharField(max_length=20, blank=True)  # why there was no answer
    answer = models.TextField(blank=True)  # its first lines
    took_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "hook deliveries"
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "-id"], name="hooks_of_endpoint"),
            # Few rows: what is to be sent, in the order of a call.
            models.Index(
                fields=["endpoint", "call", "id"],
                name="hooks_waiting",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["endpoint", "-id"], name="hooks_dead", condition=models.Q(state="dead")
            ),
            models.Index(fields=["created_at"], name="hooks_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"
