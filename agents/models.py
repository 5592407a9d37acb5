"""The tables of agents and their immutable versions."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User, new_public_id
from accounts.names import isolated
from accounts.row_owners import OrganizationOf
from agents.compiler.form import Prepared, group_of, is_current, options_of, read_prepared
from agents.facts.models import SiteReading  # Django finds the tables of the rooms here
from agents.hours.settings import Opening
from agents.http_tools import frozen
from agents.http_tools.models import HttpTool
from agents.meaning.carrying import is_due_after
from agents.saved_tests.models import SavedTest, TestResult, TestRun
from agents.settings import limits
from agents.settings.config import (
    AfterCall,
    AgentConfig,
    Messages,
    Privacy,
    Recording,
    TurnTaking,
    Variables,
    WrittenFact,
)
from agents.versions import preparing
from voicex.errors import NotPrepared

__all__ = [
    "Agent",
    "AgentDraft",
    "AgentVersion",
    "DiscardedDraft",
    "HttpTool",
    "SavedTest",
    "SiteReading",
    "TestResult",
    "TestRun",
]


class Agent(models.Model):
    """An agent of an organization. Everything that it says is in its versions."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="agents")
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=limits.CHARACTERS["name"])
    is_active = models.BooleanField(_("active"), default=True)
    # Since when it is in no list and takes no calls (agents.versions.archiving); it is then
    # inactive, too. None: it is not archived.
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    # The version of new calls; calls in progress keep theirs.
    published = models.ForeignKey(
        "AgentVersion", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]  # "first active agent" is the oldest

    def __str__(self) -> str:
        return isolated(self.name)


class AgentVersion(models.Model):
    """One immutable version of an agent. Each change creates a new version."""

    org = OrganizationOf(parent="agent")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    prompt = models.TextField(blank=True)
    facts = models.TextField(blank=True, help_text=_("One per line, as “topic: what to say”."))
    greeting = models.TextField(blank=True)
    language = models.CharField(max_length=limits.CHARACTERS["language"], default="en")
    voice = models.CharField(max_length=limits.CHARACTERS["voice"], blank=True)
    # Empty: the platform's DEFAULT_*, whatever it is when the call comes.
    stt = models.CharField(_("speech-to-text"), max_length=limits.CHARACTERS["stt"], blank=True)
    llm = models.CharField(_("language model"), max_length=limits.CHARACTERS["llm"], blank=True)
    tts = models.CharField(_("text-to-speech"), max_length=limits.CHARACTERS["tts"], blank=True)
    # By group and name, as agents.settings.table has them, and {"engines": {"openai.llm_model":
    # "..."}}; what is left out has its default.
    settings = models.JSONField(default=dict, blank=True)
    note = models.CharField(_("what changed"), max_length=limits.CHARACTERS["note"], blank=True)
    # The prepared form, which calls use instead of the texts (agents.compiler.form). None: no call
    # may begin.
    prepared = models.JSONField(null=True, default=None, editable=False)
    # Why the version is set aside, a name of agents.versions.setting_aside; "" if it is not.
    set_aside = models.CharField(max_length=40, blank=True, default="", editable=False)
    # What a draft said when a member tried it: stored, because a call names its version, but never
    # published. Its number is the one that publishing the draft would have given. db_default: media
    # processes of the release before write versions too while they are replaced.
    is_draft = models.BooleanField(default=False, db_default=False, editable=False)
    # Its documents are not read for what they mean yet (agents.meaning). db_default: as above.
    is_meaning_due = models.BooleanField(default=False, db_default=False, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        indexes: ClassVar = [
            # Few rows: what a worker looks for.
            models.Index(
                fields=["id"],
                name="versions_meaning_due",
                condition=models.Q(is_meaning_due=True),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "number"],
                name="one_version_per_number",
                condition=models.Q(is_draft=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.agent} v{self.number}{' (draft)' if self.is_draft else ''}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert a new, prepared version; existing ones are never changed.

        Raises ValidationError by field if it cannot be prepared.
        """
        if self.pk is not None:
            raise TypeError("An agent version is never changed; publish a new one")
        self.prepare()
        super().save(*args, **kwargs)

    def prepare(self) -> None:
        """Compute the prepared form, if missing, in the compiler's process. Raises
        ValidationError.
        """
        if self.prepared is None:
            tools = frozen.definitions_of(self.agent.org_id, self.settings)
            self.prepared = preparing.prepared_of(preparing.read_of(self) | {"http_tools": tools})
            if self.prepared["passages"]:
                earlier = self.agent.published.prepared if self.agent.published else None
                self.is_meaning_due = is_due_after(self.prepared, earlier, language=self.language)

    @property
    def is_prepared(self) -> bool:
        """Whether a call may begin."""
        return is_current(self.prepared)

    @property
    def turn_taking(self) -> TurnTaking:
        """When the agent listens and when it speaks."""
        values: TurnTaking = group_of(self.settings, "turn_taking")
        return values

    @property
    def recording(self) -> Recording:
        """Whether its calls are recorded, and how callers are told or asked."""
        values: Recording = group_of(self.settings, "recording")
        return values

    @property
    def privacy(self) -> Privacy:
        """The redaction of its calls' records."""
        values: Privacy = group_of(self.settings, "privacy")
        return values

    @property
    def messages(self) -> Messages:
        """Who is notified of callers' messages."""
        values: Messages = group_of(self.settings, "messages")
        return values

    @property
    def opening(self) -> Opening:
        """The opening hours, with the time zone."""
        values: Opening = group_of(self.settings, "opening")
        return values

    @property
    def after_call(self) -> AfterCall:
        """The settings of the analysis of its calls."""
        values: AfterCall = group_of(self.settings, "after_call")
        return values

    @property
    def variables(self) -> Variables:
        """The variables that the webhook URL may set."""
        values: Variables = group_of(self.settings, "variables")
        return values

    @property
    def engine_settings(self) -> dict[str, Any]:
        """The settings of its engines by name."""
        return options_of(self.settings)

    @property
    def written_facts(self) -> list[WrittenFact]:
        """Its facts, including incomplete ones; for pages."""
        facts = self.prepared["facts"] if self.prepared and self.is_prepared else []
        return [WrittenFact(*each) for each in facts]

    def engines(self) -> dict[str, str]:
        """Its engines by kind (stt, llm, tts), with the platform's defaults."""
        return {
            "stt": self.stt or settings.DEFAULT_STT,
            "llm": self.llm or settings.DEFAULT_LLM,
            "tts": self.tts or settings.DEFAULT_TTS,
        }

    def config(self) -> AgentConfig:
        """The configuration for a live call, from the prepared form.

        Raises NotPrepared if there is no current prepared form.
        """
        if self.prepared is None or not self.is_prepared:
            raise NotPrepared
        prepared, engines = self._read_prepared(self.prepared), self.engines()
        return AgentConfig(
            agent_id=self.agent.public_id,
            version=self.number,
            name=self.agent.name,
            prompt=self.prompt,
            facts=prepared.facts,
            greeting=self.greeting,
            language=self.language,
            voice=self.voice,
            stt=engines["stt"],
            llm=engines["llm"],
            tts=engines["tts"],
            turn_taking=prepared.turn_taking,
            recording=prepared.recording,
            privacy=prepared.privacy,
            messages=prepared.messages,
            transfers=prepared.transfers,
            speech=prepared.speech,
            tools=prepared.tools,
            after_call=prepared.after_call,
            opening=prepared.opening,
            variables=prepared.variables,
            memory=prepared.memory,
            documents=prepared.documents,
            budget=prepared.budget,
            options=prepared.options,
            cuts={
                prepared.recording.sentence: prepared.recording_sentence,
                self.greeting: prepared.greeting,
                **prepared.fillers,
            },
            http_tools=prepared.http_tools,
            variable_names=prepared.variable_names,
            passages=prepared.passages,
            passage_vectors=prepared.passage_vectors,
        )

    def _read_prepared(self, stored: dict[str, Any]) -> Prepared:
        """`stored` as values, read once for an instance: a webhook asks for it twice."""
        kept: tuple[dict[str, Any], Prepared] | None = self.__dict__.get("_read")
        if kept is None or kept[0] is not stored:
            kept = self.__dict__["_read"] = (stored, read_prepared(stored))
        return kept[1]


class AgentDraft(models.Model):
    """The draft of an agent's next version; at most one for each agent."""

    org = OrganizationOf(parent="agent")
    agent = models.OneToOneField(Agent, models.CASCADE, related_name="draft")
    # The changes relative to the published version (agents.versions.changes).
    fields = models.JSONField(default=dict)
    # The version that the writer saw; another one published since is shown beside the diff.
    based_on = models.ForeignKey(
        AgentVersion, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft of {self.agent}"


class DiscardedDraft(models.Model):
    """The last discarded draft of an agent, kept for some time so that it can be restored.

    Each field is as in AgentDraft.
    """

    org = OrganizationOf(parent="agent")
    agent = models.OneToOneField(Agent, models.CASCADE, related_name="discarded_draft")
    fields = models.JSONField(default=dict)
    based_on = models.ForeignKey(
        AgentVersion, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    discarded_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # Indexed: every hour those of long ago are deleted.
    discarded_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"discarded draft of {self.agent}"
