"""Sums that are derived from calls, ledger and attempts, so that pages and limits read few rows."""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from agents.models import Agent
from usage.models.calls import Call


class UsageDay(models.Model):
    """Sums of one agent's calls of a day (UTC), one row a channel and component.

    Derived: `usage.billing.rollup` keeps it in line with the calls and the ledger, in the
    transaction that settles a call, and can rebuild it. A call counts on the day it began.
    """

    CALL: ClassVar = "call"  # in place of a component: `quantity` counts the calls themselves

    # No index of its own: the constraint's begins with it.
    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="+")
    day = models.DateField()
    channel = models.CharField(max_length=8, choices=Call.Channel, db_column="door")
    component = models.CharField(max_length=12)
    quantity = models.BigIntegerField()
    amount_micros = models.BigIntegerField()
    cost_micros = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "day", "agent", "channel", "component"], name="one_sum_of_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.channel} {self.component}"


class UsageMonth(models.Model):
    """Sums of an organization's calls of a month; what its plan's minutes are held against.

    Derived by `usage.billing.rollup`. Minutes are those of telephony: tests dial no number.
    """

    org = models.ForeignKey(Organization, models.PROTECT, related_name="months", db_index=False)
    month = models.DateField()  # its first day, UTC
    calls = models.BigIntegerField()
    minutes = models.BigIntegerField()
    amount_micros = models.BigIntegerField()
    cost_micros = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "month"], name="one_sum_of_a_month")
        ]
        indexes: ClassVar = [models.Index(fields=["month"], name="sums_of_a_month")]

    def __str__(self) -> str:
        return f"{self.org} {self.month:%Y-%m}"


class AttemptDay(models.Model):
    """How many requests at the voice webhook had which outcome on a day (UTC).

    Derived from `WebhookAttempt`, in the transaction that writes its rows.
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    outcome = models.CharField(max_length=12)
    count = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "day", "outcome"], name="one_count_of_an_outcome"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome}: {self.count}"
