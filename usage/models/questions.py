"""Questions of callers that agents did not know the answer to."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.row_owners import OrganizationOf
from agents.models import Agent
from usage.models.calls import Call


class UnansweredQuestion(models.Model):
    """One question of one call; gone with the words of the call."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ADDED = "added", _("added as a fact")
        DISMISSED = "dismissed", _("not relevant")

    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="questions", db_index=False)
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="questions", db_index=False)
    number = models.PositiveSmallIntegerField()  # within its call
    text = models.TextField()  # bounded by `agents.analysis.unknown`
    asked_at = models.DateTimeField()  # when its call began
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "number"], name="one_question_per_number")
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "state", "-id"], name="questions_of_agent"),
            # What the overview counts, and analytics gathers.
            models.Index(
                fields=["org", "-id"],
                name="questions_open_newest",
                condition=models.Q(state="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"
