"""Messages that callers leave for the people of an organization."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class Message(models.Model):
    """What a caller wanted passed on, as the agent took it; gone with the words of its call."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        DONE = "done", _("done")

    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="messages", db_index=False)
    # Of the tool's run within the call, so that one that is repeated stores nothing more.
    key = models.CharField(max_length=40, editable=False)
    name = models.CharField(max_length=100, blank=True)
    # Where to call back: as the caller said it, or the number of the call. Empty: none is known.
    number = models.CharField(max_length=80, blank=True)
    text = models.TextField()  # bounded by `usage.messages.taking`
    # When the caller was told that they are called back; None for a message without a time.
    due_at = models.DateTimeField(null=True, blank=True)
    # When people were told that it is time to call (`usage.messages.calls_back`).
    called_for_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=4, choices=State, default=State.NEW)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When people were reminded of it, because nobody had taken it (`usage.messages.reminders`).
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "key"], name="one_message_per_run")
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "-id"], name="messages_of_org_newest_first"),
            # Few rows: what is counted beside the navigation of every page.
            models.Index(
                fields=["org", "-id"], name="messages_new", condition=models.Q(state="new")
            ),
            # Few rows: what the sweeper looks for.
            models.Index(
                fields=["due_at"],
                name="messages_due",
                condition=models.Q(due_at__isnull=False, called_for_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
