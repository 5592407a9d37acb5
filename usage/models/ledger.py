"""The tables of usage facts, price books, ledger entries and carrier bills."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.row_owners import OrganizationOf
from usage.models.calls import Call


class UsageFact(models.Model):
    """The latest cumulative snapshot of what a call used; a higher sequence wins."""

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="usage")
    sequence = models.PositiveIntegerField(default=0)
    # Written by the session when it ended in order; nothing more will come.
    is_final = models.BooleanField(default=False)
    stream_ms = models.PositiveBigIntegerField(default=0)
    stt_ms = models.PositiveBigIntegerField(default=0)
    llm_tokens_in = models.PositiveBigIntegerField(default=0)
    llm_tokens_out = models.PositiveBigIntegerField(default=0)
    # Of the prompt that was read least: how much its model seems not to have read.
    llm_tokens_unread = models.PositiveBigIntegerField(default=0, db_default=0)
    tts_characters = models.PositiveBigIntegerField(default=0)
    # How much of it was thrown away unheard, because the caller continued after a pause.
    wasted_stt_ms = models.PositiveBigIntegerField(default=0, db_default=0)
    wasted_llm_tokens_in = models.PositiveBigIntegerField(default=0, db_default=0)
    wasted_llm_tokens_out = models.PositiveBigIntegerField(default=0, db_default=0)
    wasted_tts_characters = models.PositiveBigIntegerField(default=0, db_default=0)

    # Of a call that was continued: `usage.takeover.facts`.
    earlier = models.JSONField(null=True, editable=False)

    def __str__(self) -> str:
        return f"usage of {self.call} #{self.sequence}"


class WriteOnce(models.Model):
    """A row that is inserted and then never changed or deleted."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row; TypeError for one that exists."""
        if not self._state.adding:
            raise TypeError(f"{self._meta.verbose_name} {self} is never changed; write a new one")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Always a TypeError."""
        raise TypeError(f"{self._meta.verbose_name} {self} is never deleted")


class PriceBook(WriteOnce):
    """A version of the price list, in force from a moment until the next version's."""

    version = models.PositiveIntegerField(unique=True)
    effective_from = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-effective_from", "-version"]

    def __str__(self) -> str:
        return f"price book {self.version}"


class Price(WriteOnce):
    """What `per` units of a component cost on one engine, in micro-dollars."""

    class Component(models.TextChoices):
        TELEPHONY = "telephony", _("telephony")
        STT = "stt", _("speech-to-text")
        LLM_IN = "llm_in", _("language model, input tokens")
        LLM_OUT = "llm_out", _("language model, output tokens")
        TTS = "tts", _("text-to-speech")
        ANALYSIS_IN = "analysis_in", _("analysis of calls, input tokens")
        ANALYSIS_OUT = "analysis_out", _("analysis of calls, output tokens")

    book = models.ForeignKey(PriceBook, models.CASCADE, related_name="prices")
    component = models.CharField(max_length=12, choices=Component)
    engine = models.CharField(
        max_length=40, blank=True, help_text=_("Leave blank for every engine.")
    )
    unit = models.CharField(max_length=16)
    micros = models.PositiveBigIntegerField(help_text=_("Micro-dollars for `per` units."))
    cost_micros = models.PositiveBigIntegerField(
        default=0, help_text=_("What the platform pays for `per` units.")
    )
    per = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["book", "component", "engine"], name="one_price_per_component_and_engine"
            )
        ]

    def __str__(self) -> str:
        return f"{self.component} on {self.engine or 'any engine'}: {self.micros} per {self.per}"


class LedgerEntry(WriteOnce):
    """One posted line; a mistake is reversed by a new line.

    The database refuses changes too: migration `0002_ledger_is_append_only`.
    """

    org = models.ForeignKey(Organization, models.PROTECT, related_name="ledger_entries")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="ledger_entries")
    key = models.CharField(max_length=120, unique=True)  # "call:81:telephony"
    component = models.CharField(max_length=12, choices=Price.Component)
    quantity = models.BigIntegerField()
    unit = models.CharField(max_length=16)
    amount_micros = models.BigIntegerField()
    cost_micros = models.BigIntegerField(
        default=0
    )  # what the platform pays; never shown to clients
    price_book = models.ForeignKey(PriceBook, models.PROTECT)
    # Nothing prices it yet, so its amounts are 0 (`usage.billing.open_lines`).
    is_open = models.BooleanField(default=False, db_default=False)
    # Unique, so that no line is reversed twice.
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    posted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name_plural = "ledger entries"
        indexes: ClassVar = [
            models.Index(fields=["org", "-id"], name="ledger_of_org"),
            models.Index(
                fields=["call"], condition=models.Q(is_open=True), name="open_ledger_lines"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class CarrierBill(models.Model):
    """A call as its carrier's own account has it (`usage.billing.carrier_bills`).

    Evidence and adjustment: the ledger stays as it is, and the differences stand here.
    """

    class Oddity(models.TextChoices):
        LONGER = "longer", _("longer at the carrier")
        SHORTER = "shorter", _("shorter at the carrier")
        DEARER = "dearer", _("more expensive than the price book says")
        UNKNOWN = "unknown", _("unknown to the carrier")

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="carrier_bill")
    # How often the carrier was asked, and when last.
    checks = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField()
    status = models.CharField(max_length=20, blank=True)
    # What the carrier says; None while it does not.
    seconds = models.PositiveIntegerField(null=True, blank=True)
    price_micros = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    # By how much that is more than ours: the media clock, and what the book says that the platform
    # pays for telephony. None where there is nothing to compare.
    seconds_more = models.IntegerField(null=True, blank=True)
    price_more_micros = models.BigIntegerField(null=True, blank=True)
    oddity = models.CharField(max_length=8, choices=Oddity, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["-checked_at"],
                name="odd_carrier_bills",
                condition=~models.Q(oddity=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.call} at its carrier"
