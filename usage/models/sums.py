"""The tables of sums derived from calls, ledger and attempts, so that pages and limits read few
rows.

The weekly reports that are made of them, and the proofs that they are right.
"""

from typing import ClassVar

from django.db import models

from accounts.models import Organization
from agents.models import Agent
from usage.models.calls import Call


class UsageDay(models.Model):
    """Sums of one agent's calls of a day (`Call.counted_on`), one row a channel and component.

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
    month = models.DateField()  # its first day, by the organization's clocks as of `UsageDay`
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
    """How many requests at the voice webhook had which outcome on a day of the organization.

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


class CallFigures(models.Model):
    """What is summed up of calls that are over, for analytics; tests are left out.

    Derived: `usage.analytics.sums` adds each call in the transaction that writes its analysis, and
    can recompute all. Days and hours are those of the organization's time zone at that moment.
    """

    calls = models.BigIntegerField()
    seconds = models.BigIntegerField()  # from the first sound to the end
    # By outcome of `CallAnalysis`.
    answered = models.BigIntegerField()
    message = models.BigIntegerField()
    transferred = models.BigIntegerField()
    not_helped = models.BigIntegerField()
    abandoned = models.BigIntegerField()
    messages = models.BigIntegerField()
    interruptions = models.BigIntegerField()
    # Answers that callers waited less than so many milliseconds for, and no less than the column
    # before says (`agents.engines.events.response_ms`).
    wait_300 = models.BigIntegerField()
    wait_450 = models.BigIntegerField()
    wait_600 = models.BigIntegerField()
    wait_750 = models.BigIntegerField()
    wait_900 = models.BigIntegerField()
    wait_1100 = models.BigIntegerField()
    wait_1400 = models.BigIntegerField()
    wait_1800 = models.BigIntegerField()
    wait_2500 = models.BigIntegerField()
    wait_4000 = models.BigIntegerField()
    wait_longer = models.BigIntegerField()

    class Meta:
        abstract = True


class CallHour(CallFigures):
    """Sums of all calls of an organization that began within an hour of a day."""

    # No index of its own: the constraint's begins with it.
    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    hour = models.PositiveSmallIntegerField()  # 0 to 23

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "day", "hour"], name="one_sum_of_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.hour}:00"


class CallDay(CallFigures):
    """Sums of the calls of a day that one agent took under one number."""

    # No index of its own: the constraint's begins with it.
    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="+")
    number = models.CharField(max_length=80, blank=True)  # that was called

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "day", "agent", "number"], name="one_call_sum_of_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.number}"


class WeeklyDigest(models.Model):
    """The report of one week: an e-mail to owners, once.

    The outbox has it sent (`Outbox.Kind.SEND_DIGEST`).
    """

    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="weekly_digests", db_index=False
    )
    week = models.DateField()  # its Monday, in the organization's time zone
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "week"], name="one_digest_a_week")
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.week:%Y-%m-%d}"


class LedgerProof(models.Model):
    """One run of `usage.billing.proof`, in many short steps; the platform's own.

    faults: the first ones, each `{"what", "org", "about", "expected", "found"}` with the public id
    of the organization and money in micro-dollars.
    """

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # Where it stands: all calls up to this primary key, then the months of all organizations up to
    # that one, of which the next month comes next.
    after_call = models.PositiveBigIntegerField(default=0)
    after_org = models.PositiveBigIntegerField(default=0)
    next_month = models.DateField(null=True, blank=True)
    calls = models.PositiveBigIntegerField(default=0)
    months = models.PositiveBigIntegerField(default=0)
    fault_count = models.PositiveBigIntegerField(default=0)
    faults = models.JSONField(default=list)
    # Operators were mailed about the faults.
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.began_at}: {self.fault_count} faults in {self.calls} calls"
