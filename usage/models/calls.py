"""The tables of calls, turns, recordings, flight records and live states."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Organization, User
from accounts.row_owners import OrganizationOf
from agents.models import Agent, AgentVersion
from usage.models.erasures import Erasure


class Call(models.Model):
    """One call, from the webhook to the ledger."""

    # In place of a carrier, for a call that a member makes from a page.
    BROWSER: ClassVar = "browser"

    class State(models.TextChoices):
        OPENED = "opened", _("opened")  # the webhook was answered, no stream yet
        LIVE = "live", _("live")  # a media stream has redeemed the ticket
        # The carrier dials a person for the caller, or has connected them; no process carries it.
        TRANSFERRING = "transfer", _("transferring")
        # Nobody took it: a new ticket was issued at `heartbeat_at`, and no stream has come.
        RETURNING = "return", _("returning")
        ENDED = "ended", _("ended")  # the first terminal signal came

    class Channel(models.TextChoices):
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
    channel = models.CharField(
        max_length=8, choices=Channel, default=Channel.PHONE, db_column="door"
    )
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # A name of `settings.CARRIERS`, or BROWSER. Columns keep the names that they had: while media
    # processes are replaced, those of the release before read and write them too.
    carrier = models.CharField(
        max_length=16, default="twilio", db_default="twilio", db_column="carrier_name"
    )
    # What the carrier calls it; no two calls of an organization have the same.
    carrier_call_id = models.CharField(max_length=64, db_column="call_sid")
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
    # The day that it counts on, in the organization's time zone when it opened. None for calls from
    # before this column, and of processes of the former release: they count on their day in UTC.
    # So does one that a worker of the former release settles, whatever this says: the proof names
    # the difference, and `manage.py rebuild_usage` ends it.
    counted_on = models.DateField(null=True, blank=True, editable=False)
    live_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    stream_sid = models.CharField(max_length=64, blank=True)
    # The ticket in <Parameter>: this id, signed; redeemed once by compare-and-set.
    ticket_id = models.CharField(max_length=43)
    ticket_redeemed_at = models.DateTimeField(null=True, blank=True)
    # Which of its streams counts: raised when another one takes its place (`usage.takeover`).
    generation = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # What the carrier reported ({"status": "completed", "duration_s": 42}); evidence for
    # reconciliation, never a basis of the ledger (docs/accounting.md).
    carrier_report = models.JSONField(default=dict, blank=True, db_column="carrier")
    # What was said in it is gone since then, and stays so (`usage.records.transcript_deletion`).
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
            models.UniqueConstraint(
                fields=["org", "carrier_call_id"], name="one_call_per_org_and_sid"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["org", "-opened_at", "-id"], name="calls_of_org_newest_first"),
            # Few rows at any moment: the slots in use, and what the sweeper scans.
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
                condition=~models.Q(channel="phone"),
            ),
        ]

    def __str__(self) -> str:
        return self.carrier_call_id

    @property
    def call_sid(self) -> str:
        """What links, reports and exports call `carrier_call_id`."""
        return self.carrier_call_id

    @property
    def is_test(self) -> bool:
        """Whether a member tried the agent, as opposed to a call to its number."""
        return self.channel != self.Channel.PHONE


class Turn(models.Model):
    """One stretch of one speaker: what was generated, and what was heard of it.

    Or one run of a tool: `text` is its name and arguments, `heard_text` what the model was given.
    """

    class Role(models.TextChoices):
        CALLER = "caller", _("caller")
        AGENT = "agent", _("agent")
        TOOL = "tool", _("tool")

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
    # Of what a caller said: {"wait_ms", "reason"}, how much silence was to end the turn, and why,
    # and "finished_percent" where its sound was judged; see agents.speech.turns.reasons.
    endpoint = models.JSONField(null=True, blank=True)
    # A tag ("de-AT"), "" where its agent speaks only one.
    language = models.CharField(max_length=12, blank=True, default="", db_default="")

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
            # Few rows: what the sweeper scans for servers that are gone.
            models.Index(
                fields=["call"], name="recordings_running", condition=models.Q(state="running")
            ),
            models.Index(
                fields=["call"], name="recordings_failed", condition=models.Q(state="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"recording of {self.call}"


class FlightRecord(models.Model):
    """The events of a call as the core received them, for `manage.py replay_call`."""

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="flight_record")
    # zlib-compressed JSON lines, see telephony.process.record_writer.
    events = models.BinaryField()

    def __str__(self) -> str:
        return f"events of {self.call}"


class LiveState(models.Model):
    """The state of a live call, overwritten as it changes, and gone when the call has ended.

    It holds what was said until now, so it is for the process that takes the call over alone.
    """

    org = OrganizationOf(parent="call")
    call = models.OneToOneField(Call, models.CASCADE, related_name="live_state")
    # `Call.generation` of the process that wrote it.
    generation = models.PositiveSmallIntegerField()
    # `telephony.session.resuming.state`, and what was used until then, as JSON: the counts of a
    # `UsageFact`.
    state = models.BinaryField()
    used = models.TextField()
    saved_at = models.DateTimeField()
    # Its owner has left it at that moment, so that another process continues.
    is_left = models.BooleanField(default=False, db_default=False)
    # How often the line was lost and the call continued, when last, and until when the process
    # before carried it, as far as is known.
    takeovers = models.PositiveSmallIntegerField(default=0, db_default=0)
    taken_over_at = models.DateTimeField(null=True)
    alive_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"state of {self.call}"
