"""The input of the checks: a version that is about to be published."""

from dataclasses import dataclass, field

from accounts.models import Organization
from accounts.secrets.vault import SealedSecrets
from agents.models import Agent, AgentVersion
from agents.versions.preparing import facts_of


@dataclass(frozen=True, slots=True)
class Subject:
    """A version, saved or not, of an agent of `org`; the secrets are read once for all checks."""

    org: Organization
    agent: Agent
    version: AgentVersion
    secrets: SealedSecrets = field(repr=False)

    @classmethod
    def of(cls, agent: Agent, version: AgentVersion) -> "Subject":
        """`version` as it would answer for `agent`. One query."""
        return cls(agent.org, agent, version, SealedSecrets(agent.org))

    @property
    def engines(self) -> dict[str, str]:
        """Its engines by kind, the platform's where it names none."""
        return self.version.engines()

    def unfilled(self) -> list[str]:
        """The topics of facts that wait to be filled in; may ask the process that reads texts."""
        return [fact.topic for fact in facts_of(self.version) if not fact.is_filled]
