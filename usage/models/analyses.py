"""The tables of analyses of calls."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.row_owners import OrganizationOf
from agents.analysis.lines import Outcome
from usage.models.calls import Call


class CallAnalysis(models.Model):
    """What a call came to, as rules or a model say; its words go with those of the call.

    Written by rules as soon as the call is over, and again once a model has read it
    (`usage.analysis`).
    """

    class Author(models.TextChoices):
        RULES = "rules", _("rules")
        MODEL = "model", _("language model")

    OUTCOMES: ClassVar = (
        (Outcome.ANSWERED.value, _("answered")),
        (Outcome.MESSAGE.value, _("message taken")),
        (Outcome.TRANSFERRED.value, _("transferred")),
        (Outcome.NOT_HELPED.value, _("not helped")),
        (Outcome.ABANDONED.value, _("hung up early")),
    )

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="analysis")
    author = models.CharField(max_length=5, choices=Author, default=Author.RULES)
    outcome = models.CharField(max_length=12, choices=OUTCOMES)
    language = models.CharField(max_length=12, blank=True)  # of the caller: "en"
    # Text columns are what is emptied with the words of the call (`transcript_deletion`).
    summary = models.TextField(blank=True)  # by rules: the caller's first question
    reason = models.TextField(blank=True)  # for the call, in a few words
    field_values = models.TextField(
        blank=True
    )  # of the declared fields: JSON, [[name, value], ...]
    # What the model has read and written for it, over all tries.
    tokens_in = models.PositiveBigIntegerField(default=0)
    tokens_out = models.PositiveBigIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)  # of the model
    made_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "call analyses"

    def __str__(self) -> str:
        return f"analysis of {self.call}"
