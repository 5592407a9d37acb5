"""What happened and what it cost: calls, turns, usage facts and the append-only ledger."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Organization, User
from accounts.names import NameField
from accounts.row_owners import OrganizationOf
from agents.models import Agent, AgentVersion
from usage.letter_models import DeadLetter as DeadLetter  # Django finds the table through here


class Erasure(models.Model):
    """Everything of one caller that an organization had deleted, and how far that is."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="erasures")
    # Compares with that of a number, and tells none (`usage.privacy.callers.digest_of`).
    caller_digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    # What there was, as it was asked for.
    calls = models.PositiveIntegerField()
    turns = models.PositiveIntegerField()
    recordings = models.PositiveIntegerField()
    due_at = models.DateTimeField()  # when it is gone on with, should a worker have been lost
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="erasures_to_do", condition=models.Q(done_at=None))
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class Call(models.Model):
    """One CallSid, from the webhook to the ledger."""

    class State(models.TextChoices):
        OPENED = "opened", _("opened")  # the webhook was answered, no stream yet
        LIVE = "live", _("live")  # a media stream has redeemed the ticket
        ENDED = "ended", _("ended")  # the first terminal signal came

    class Door(models.TextChoices):
        PHONE = "phone", _("phone")
        BROWSER = "browser", _("browser")  # spoken into a microphone
        TYPED = "typed", _("typed")
        UPLOAD = "upload", _("recording")  # a file that was sent to the agent

    # Several indexes begin with it; one of its own would only cost.
    org = models.ForeignKey(Organization, models.PROTECT, related_name="calls", db_index=False)
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="calls")
    version = models.ForeignKey(AgentVersion, models.PROTECT, related_name="+")
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="+")
    # All but the phone are tests, made by a member.
    door = models.CharField(max_length=8, choices=Door, default=Door.PHONE)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    call_sid = models.CharField(max_length=64)
    account_sid = models.CharField(max_length=64, blank=True)
    from_number = models.CharField(max_length=80, blank=True)
    to_number = models.CharField(max_length=80, blank=True)
    # The engines of this call, the platform's defaults resolved: what the ledger prices.
    stt = models.CharField(max_length=40)
    llm = models.CharField(max_length=40)
    tts = models.CharField(max_length=40)
    # Whether its organization was unproven as it opened (`usage.quota.pool`).
    is_pooled = models.BooleanField(default=False, db_default=False, editable=False)
    # Whether the webhook was signed with the organization's own auth token.
    is_verified = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.OPENED)
    end_reason = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField()
    live_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    stream_sid = models.CharField(max_length=64, blank=True)
    # The ticket in <Parameter>: this id, signed; redeemed once by compare-and-set.
    ticket_id = models.CharField(max_length=43)
    ticket_redeemed_at = models.DateTimeField(null=True, blank=True)
    # What the carrier told us ({"status": "completed", "duration_s": 42}); evidence for
    # reconciliation, never a basis of the ledger (docs/accounting.md).
    carrier = models.JSONField(default=dict, blank=True)
    # What was said in it is gone since then, and stays so (`usage.records.words`).
    words_deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Its caller was erased, and what was theirs in it goes or is gone.
    erasure = models.ForeignKey(
        Erasure,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
    )

    class Meta:
        ordering: ClassVar = ["-opened_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "call_sid"], name="one_call_per_org_and_sid")
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "-opened_at", "-id"], name="calls_of_org_newest_first"),
            # Few rows at any moment: the slots in use, and what the sweeper looks through.
            models.Index(fields=["org"], name="calls_not_ended", condition=models.Q(ended_at=None)),
            # What the list of calls is filtered by (usage/reads/call_search.py). Together they
            # cost a call some 0.05 ms of the database's time and 230 bytes.
            models.Index(
                fields=["org", "agent", "-opened_at", "-id"], name="calls_of_agent_newest_first"
            ),
            models.Index(
                fields=["org", "end_reason", "-opened_at", "-id"], name="calls_by_end_newest_first"
            ),
            # The operator class lets PostgreSQL find by the beginning; SQLite ignores it.
            models.Index(
                fields=["org", "from_number"],
                name="calls_by_caller",
                opclasses=["", "varchar_pattern_ops"],
            ),
            # Few rows: what the pool of unproven organizations has had lately.
            models.Index(
                fields=["opened_at"], name="calls_of_pool", condition=models.Q(is_pooled=True)
            ),
            # Few rows: what is left to erase.
            models.Index(
                fields=["erasure"],
                name="calls_of_erasure",
                condition=models.Q(erasure__isnull=False),
            ),
            # Few rows: a test is one call in many.
            models.Index(
                fields=["org", "-opened_at", "-id"],
                name="tests_of_org_newest_first",
                condition=~models.Q(door="phone"),
            ),
        ]

    def __str__(self) -> str:
        return self.call_sid

    @property
    def is_test(self) -> bool:
        """Whether a member tried the agent, instead of somebody calling its number."""
        return self.door != self.Door.PHONE


class Turn(models.Model):
    """One stretch of one speaker: what was generated, and what was heard of it."""

    class Role(models.TextChoices):
        CALLER = "caller", _("caller")
        AGENT = "agent", _("agent")

    # The constraint's index begins with it.
    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="turns", db_index=False)
    number = models.PositiveIntegerField()
    role = models.CharField(max_length=6, choices=Role)
    text = models.TextField()
    heard_text = models.TextField(blank=True)
    interrupted = models.BooleanField(default=False)
    started_ms = models.PositiveIntegerField()  # on the call's media clock
    ended_ms = models.PositiveIntegerField()
    # Milliseconds after the caller's last speech: {"endpoint", "stt", "llm", "tts", "sent",
    # "mark"}; see telephony.session.turns.
    latency_ms = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["call", "number"], name="one_turn_per_number")
        ]
        # Beside it, on PostgreSQL: the column `words` and its index, migration 0004.
        indexes: ClassVar = [
            models.Index(
                fields=["call"],
                name="turns_interrupted",
                condition=models.Q(interrupted=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.call} #{self.number} {self.role}"


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
    # How much of it was thrown away unheard, because the caller went on after a pause.
    wasted_stt_ms = models.PositiveBigIntegerField(default=0, db_default=0)
    wasted_llm_tokens_in = models.PositiveBigIntegerField(default=0, db_default=0)
    wasted_llm_tokens_out = models.PositiveBigIntegerField(default=0, db_default=0)
    wasted_tts_characters = models.PositiveBigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"usage of {self.call} #{self.sequence}"


class Recording(models.Model):
    """The sound of a call, stereo: caller left, agent right; streamed while the call runs."""

    class State(models.TextChoices):
        RUNNING = "running", _("being recorded")
        STORED = "stored", _("stored")
        FAILED = "failed", _("failed")
        DELETED = "deleted", _("deleted")

    class Consent(models.TextChoices):
        ANNOUNCED = "announced", _("announced")
        KEY = "key", _("given by key")
        WORD = "word", _("given by word")

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="recording")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    # What the storage said when it took no more; for the operator.
    error = models.CharField(max_length=120, blank=True, db_default="", editable=False)
    consent = models.CharField(max_length=10, choices=Consent)
    # The name in the recordings' storage; empty once deleted.
    name = models.CharField(max_length=200, blank=True)
    # Where on the call's media clock its first sample lies.
    started_ms = models.PositiveIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    # For the waveform: the loudest sample of each 100 ms, 0 to 255, caller and agent in turn.
    peaks = models.BinaryField(default=bytes)
    expires_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                name="recordings_to_delete",
                condition=models.Q(deleted_at=None),
            ),
            # Few rows: what the sweeper looks through for servers that are gone.
            models.Index(
                fields=["call"], name="recordings_running", condition=models.Q(state="running")
            ),
            models.Index(
                fields=["call"], name="recordings_failed", condition=models.Q(state="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"recording of {self.call}"


class SavedView(models.Model):
    """Filters of the list of calls that a member wants to find again."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="saved_views")
    user = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    name = NameField()
    query = models.CharField(max_length=500)  # the query string of the list, checked when used

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["org", "user", "name"], name="one_saved_view_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class FlightRecord(models.Model):
    """The events of a call as the core received them, for `manage.py replay_call`."""

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="flight_record")
    # zlib-compressed JSON lines, see telephony.process.record_writer.
    events = models.BinaryField()

    def __str__(self) -> str:
        return f"events of {self.call}"


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
        STT = "stt", _("speech to text")
        LLM_IN = "llm_in", _("language model, tokens in")
        LLM_OUT = "llm_out", _("language model, tokens out")
        TTS = "tts", _("text to speech")

    book = models.ForeignKey(PriceBook, models.CASCADE, related_name="prices")
    component = models.CharField(max_length=12, choices=Component)
    engine = models.CharField(max_length=40, blank=True, help_text=_("Empty: every engine."))
    unit = models.CharField(max_length=16)
    micros = models.PositiveBigIntegerField(help_text=_("Micro-dollars for `per` units."))
    cost_micros = models.PositiveBigIntegerField(
        default=0, help_text=_("What the platform itself pays for `per` units.")
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


class UsageDay(models.Model):
    """Sums of one agent's calls of a day (UTC), one row a door and component.

    Derived: `usage.billing.rollup` keeps it in line with the calls and the ledger, in the
    transaction that settles a call, and can build it anew. A call counts on the day it began.
    """

    CALL: ClassVar = "call"  # in place of a component: `quantity` counts the calls themselves

    # No index of its own: the constraint's begins with it.
    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="+")
    day = models.DateField()
    door = models.CharField(max_length=8, choices=Call.Door)
    component = models.CharField(max_length=12)
    quantity = models.BigIntegerField()
    amount_micros = models.BigIntegerField()
    cost_micros = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "day", "agent", "door", "component"], name="one_sum_of_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.door} {self.component}"


class UsageMonth(models.Model):
    """Sums of an organization's calls of a month; what its plan's minutes are held against.

    Derived as `UsageDay` is. Minutes are those of telephony: tests dial no number.
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


class Plan(models.Model):
    """What the platform sells: how much an organization may use."""

    name = models.CharField(max_length=60, unique=True)
    concurrent_calls = models.PositiveIntegerField()
    minutes_a_month = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Empty: no limit.")
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
        null=True, blank=True, help_text=_("Empty: what the plan has.")
    )
    minutes_a_month = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Empty: what the plan has.")
    )

    def __str__(self) -> str:
        return f"{self.org}: {self.plan or _('no plan')}"


class QuotaNotice(models.Model):
    """An e-mail about a share of the month's minutes: once for each month and share."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="quota_notices")
    month = models.DateField()  # its first day, UTC
    percent = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now)  # when it is tried (again)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "month", "percent"], name="one_quota_notice_per_share"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="quota_notices_to_send", condition=models.Q(sent_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.month:%Y-%m} {self.percent} %"


class WebhookAttempt(models.Model):
    """One request at the voice webhook and what became of it, for the client's eyes."""

    org = models.ForeignKey(Organization, models.CASCADE, null=True, related_name="attempts")
    at = models.DateTimeField(auto_now_add=True)
    call_sid = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=12)  # answered, declined, refused
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["org", "-id"], name="attempts_of_org")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.reason}".strip()


class Outbox(models.Model):
    """A side effect that must happen after a commit; Celery only makes it sooner."""

    class Kind(models.TextChoices):
        SETTLE_CALL = "settle_call", _("settle a call")

    kind = models.CharField(max_length=20, choices=Kind)
    org = OrganizationOf(parent="call")
    call = models.ForeignKey(Call, models.CASCADE, related_name="outbox")
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()  # polled by column: no long ETA in the broker
    done_at = models.DateTimeField(null=True, blank=True)
    # How often it was sent again since somebody last answered for it; see `usage.billing.outbox`.
    attempts = models.PositiveIntegerField(default=0)
    # Given up at; a person reads `last_error` and lets it run again.
    dead_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "call"], name="one_outbox_row_per_effect")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="outbox_due",
                condition=models.Q(done_at=None, dead_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.call}"
