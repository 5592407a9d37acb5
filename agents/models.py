"""What answers: agents and their immutable versions."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, User, new_public_id
from agents.config import AgentConfig, Recording, RecordingMode, TurnTaking, parse_facts


class Agent(models.Model):
    """A persona of an organization that answers calls; what it says is in its version."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="agents")
    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(_("active"), default=True)
    # The version that the next call gets; a call in progress keeps the one it began with.
    published = models.ForeignKey(
        "AgentVersion", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "pk"]  # "first active agent" is the oldest

    def __str__(self) -> str:
        return self.name


class AgentVersion(models.Model):
    """One immutable description of an agent. A change makes a new version."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    prompt = models.TextField(blank=True)
    facts = models.TextField(blank=True, help_text=_("One a line: topic: what to say."))
    greeting = models.TextField(blank=True)
    language = models.CharField(max_length=12, default="en")
    voice = models.CharField(max_length=80, blank=True)
    # Empty: the platform's DEFAULT_*, whatever it is when the call comes.
    stt = models.CharField(_("speech to text"), max_length=40, blank=True)
    llm = models.CharField(_("language model"), max_length=40, blank=True)
    tts = models.CharField(_("text to speech"), max_length=40, blank=True)
    # {"turn_taking": {...TurnTaking fields}, "recording": {...Recording fields},
    #  "engines": {"openai.llm_model": "..."}}; what is left out has its default.
    settings = models.JSONField(default=dict, blank=True)
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "number"], name="one_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.agent} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new version; one that exists is never changed."""
        if self.pk is not None:
            raise TypeError("An agent version is never changed; publish a new one")
        super().save(*args, **kwargs)

    @property
    def turn_taking(self) -> TurnTaking:
        """When the agent listens and when it speaks."""
        return TurnTaking(**self.settings.get("turn_taking", {}))

    @property
    def recording(self) -> Recording:
        """Whether its calls are recorded, and how callers are told or asked."""
        stored = self.settings.get("recording", {})
        return Recording(**stored | {"mode": RecordingMode(stored.get("mode", "off"))})

    def config(self) -> AgentConfig:
        """The frozen value that a live call sees."""
        return AgentConfig(
            agent_id=self.agent.public_id,
            version=self.number,
            name=self.agent.name,
            prompt=self.prompt,
            facts=parse_facts(self.facts),
            greeting=self.greeting,
            language=self.language,
            voice=self.voice,
            stt=self.stt or settings.DEFAULT_STT,
            llm=self.llm or settings.DEFAULT_LLM,
            tts=self.tts or settings.DEFAULT_TTS,
            turn_taking=self.turn_taking,
            recording=self.recording,
            options=self.settings.get("engines", {}),
        )


class AgentDraft(models.Model):
    """What an agent's next version will say, while somebody still writes it; at most one."""

    agent = models.OneToOneField(Agent, models.CASCADE, related_name="draft")
    # Fields of an AgentVersion by name; those that are missing stay as they are published.
    fields = models.JSONField(default=dict)
    # The version that the writer saw; another one published since is told beside the diff.
    based_on = models.ForeignKey(
        AgentVersion, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft of {self.agent}"
