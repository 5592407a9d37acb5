"""The tables of plans, quotas, notices, call rules, invoices and Stripe reports."""

from typing import ClassVar, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from agents.budget import Caps
from usage.models.ledger import WriteOnce

MOST_MINUTES_OF_WAITING: Final = 30


class Plan(models.Model):
    """What the platform sells: how much an organization may use."""

    name = models.CharField(max_length=60, unique=True)
    concurrent_calls = models.PositiveIntegerField()
    minutes_a_month = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Leave blank for no limit.")
    )
    monthly_fee_micros = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["monthly_fee_micros", "name"]

    def __str__(self) -> str:
        return self.name


class Quota(models.Model):
    """An organization's plan, and what it was given beside it; without a row the defaults of
    `usage.quota.quotas` hold."""

    org = models.OneToOneField(Organization, models.CASCADE, related_name="quota")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="quotas")
    concurrent_calls = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Leave blank to use the plan’s limit.")
    )
    minutes_a_month = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Leave blank to use the plan’s limit.")
    )

    def __str__(self) -> str:
        return f"{self.org}: {self.plan or _('no plan')}"


class PlanChange(WriteOnce):
    """From a moment on an organization has a plan of this name and fee, or none.

    `usage.quota.plans` writes it, also where the plan itself is renamed or costs more: so an
    invoice of a past month has the name and the fee of then.
    """

    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="plan_changes", db_index=False
    )
    at = models.DateTimeField()
    plan_name = models.CharField(max_length=60, blank=True)  # "" for none
    monthly_fee_micros = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["org", "at"], name="plan_changes_of_org")]

    def __str__(self) -> str:
        return f"{self.org}: {self.plan_name or _('no plan')}"


class QuotaNotice(models.Model):
    """An e-mail about a share of the month's minutes, or of a budget: once a period and share.

    The outbox has it sent (`Outbox.Kind.SEND_NOTICE`).
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="quota_notices")
    # Its first day, of a daily budget the day; by the organization's clocks.
    month = models.DateField()
    # Of what it is a share: "minutes 500" of 500 a month, or `usage.quota.budgets.Budget.about`.
    about = models.CharField(max_length=24, blank=True, default="", db_default="")
    percent = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "month", "about", "percent"], name="one_quota_notice_per_share"
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (f"{self.org} {self.month}", self.about, f"{self.percent} %")))


class CallRules(models.Model):
    """What an organization's calls may cost, and what callers hear while all lines are in use.

    Without a row nothing is capped, and callers hear that all lines are busy.
    """

    class WhenBusy(models.TextChoices):
        APOLOGY = "apology", _("Say that all lines are busy")
        SENTENCE = "sentence", _("Say a sentence of your own")
        BUSY = "busy", _("Play the busy tone")
        NUMBER = "number", _("Forward to another number")
        QUEUE = "queue", _("Let callers wait in line, with music")

    org = models.OneToOneField(Organization, models.CASCADE, related_name="call_rules")
    # Micro-dollars in a day and in a month; None for no limit.
    daily_micros = models.PositiveBigIntegerField(null=True, blank=True)
    monthly_micros = models.PositiveBigIntegerField(null=True, blank=True)
    when_busy = models.CharField(max_length=8, choices=WhenBusy, default=WhenBusy.APOLOGY)
    busy_sentence = models.CharField(max_length=300, blank=True)
    busy_number = models.CharField(max_length=16, blank=True)  # as +14155550100
    # How long a caller waits in line at most (`usage.waiting`).
    longest_wait_minutes = models.PositiveSmallIntegerField(
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES_OF_WAITING)],
    )
    # What people see who are dialled for a caller without a number (`number_to_show`).
    shown_number = models.CharField(max_length=16, blank=True, db_default="")

    class Meta:
        verbose_name_plural = "call rules"

    def __str__(self) -> str:
        return f"{self.org}: {self.get_when_busy_display()}"

    @property
    def caps(self) -> Caps:
        """What the calls may cost."""
        return Caps(self.daily_micros, self.monthly_micros)


class BillingHouse(models.Model):
    """Who sends invoices: the house that operates the platform. One row at most.

    `usage.papers.house` writes it. Without a row nothing is invoiced.
    """

    ONLY: ClassVar = 1  # its primary key

    name = models.CharField(max_length=120)
    address = models.TextField(max_length=400)
    tax_number = models.CharField(max_length=60, blank=True)
    # What the tax is called on paper, such as "VAT"; "" where the house charges none.
    tax_name = models.CharField(max_length=30, blank=True)
    tax_hundredths = models.PositiveIntegerField(default=0)  # of a percent: 19% is 1900
    note = models.CharField(max_length=300, blank=True)  # below the totals: when and how to pay
    prefix = models.CharField(max_length=12, blank=True)  # before each number, such as "VX-"
    # The first month that is invoiced, as its first day.
    first_month = models.DateField()
    is_automatic = models.BooleanField(default=False)
    # Of the invoice that was issued last; its row's lock is whose turn it is to issue.
    last_number = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name_plural = "billing house"

    def __str__(self) -> str:
        return self.name


class BillingAddress(models.Model):
    """To whom an organization's invoices are written; without a row to its name alone."""

    org = models.OneToOneField(Organization, models.CASCADE, related_name="billing_address")
    address = models.TextField(max_length=400)
    tax_number = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "billing addresses"

    def __str__(self) -> str:
        return f"billing address of {self.org}"


class Invoice(WriteOnce):
    """An invoice, or what cancels one: data that is never changed, from which its paper is drawn.

    The database refuses changes too. Numbers follow each other without gaps, of all organizations.
    """

    org = models.ForeignKey(Organization, models.PROTECT, related_name="invoices")
    number = models.PositiveBigIntegerField(unique=True)
    month = models.DateField()  # its first day
    # Of the papers of an organization's month: an invoice, its cancellation, the next invoice.
    revision = models.PositiveSmallIntegerField()
    cancels = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="cancelled_by"
    )
    # Whose calls it is about: those that opened from the one moment until before the other.
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    issued_at = models.DateTimeField()
    # Exact, before tax, and what is to be paid, rounded once.
    net_micros = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    content = models.JSONField()  # `usage.papers.invoice_content`

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "month", "revision"], name="one_invoice_per_revision"
            )
        ]

    def __str__(self) -> str:
        return str(self.content.get("number", self.number))


class StripeCustomer(models.Model):
    """Which customer of the operator's Stripe account an organization is (`usage.meters`)."""

    org = models.OneToOneField(Organization, models.CASCADE, related_name="stripe_customer")
    customer_id = models.CharField(max_length=64, blank=True)  # "" for one that is not reported
    # The ledger line up to which all are in reports, or were charged before.
    reported_through = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.org} at Stripe"


class MeterReport(models.Model):
    """What an organization was charged by some lines of the ledger: one event of Stripe's meter.

    The outbox has it sent (`Outbox.Kind.REPORT_METER`). Its lines are those of the organization
    behind `after_line` up to `through_line`; every line is in one report alone.
    `unanswered_since`: the first try of which it is not known whether Stripe counted the event;
    None while each answer, if there was a try, said that it did not.
    """

    org = models.ForeignKey(Organization, models.PROTECT, related_name="meter_reports")
    identifier = models.CharField(max_length=60, unique=True)
    customer_id = models.CharField(max_length=64)  # whose usage it was when the report was made
    after_line = models.PositiveBigIntegerField()
    through_line = models.PositiveBigIntegerField()
    value_micros = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    unanswered_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.identifier
