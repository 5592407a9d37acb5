"""What organizations decide about their own calls."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from agents.settings.budget import Caps


class CallRules(models.Model):
    """What an organization's calls may cost, and what callers hear while all lines are in use.

    Without a row nothing is capped, and callers hear that all lines are busy.
    """

    class WhenBusy(models.TextChoices):
        APOLOGY = "apology", _("Say that all lines are busy")
        SENTENCE = "sentence", _("Say a sentence of your own")
        BUSY = "busy", _("Play the busy tone")
        NUMBER = "number", _("Forward to another number")

    org = models.OneToOneField(Organization, models.CASCADE, related_name="call_rules")
    # Micro-dollars in a day and in a month (UTC); None for no limit.
    daily_micros = models.PositiveBigIntegerField(null=True, blank=True)
    monthly_micros = models.PositiveBigIntegerField(null=True, blank=True)
    when_busy = models.CharField(max_length=8, choices=WhenBusy, default=WhenBusy.APOLOGY)
    busy_sentence = models.CharField(max_length=300, blank=True)
    busy_number = models.CharField(max_length=16, blank=True)  # as +14155550100

    class Meta:
        verbose_name_plural = "call rules"

    def __str__(self) -> str:
        return f"{self.org}: {self.get_when_busy_display()}"

    @property
    def caps(self) -> Caps:
        """What the calls may cost."""
        return Caps(self.daily_micros, self.monthly_micros)
