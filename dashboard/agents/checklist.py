"""The checklist of an agent's facts: which are filled in, and which are missing."""

from dataclasses import dataclass

from agents.models import AgentVersion
from agents.settings.config import WrittenFact
from agents.versions.preparing import facts_of


@dataclass(frozen=True, slots=True)
class Checklist:
    """Facts as a page lists them, in the editor's order."""

    done: list[WrittenFact]
    missing: list[WrittenFact]

    @property
    def filled(self) -> int:
        """The number of facts that are filled in."""
        return len(self.done)

    @property
    def total(self) -> int:
        """The number of facts, including missing ones."""
        return len(self.done) + len(self.missing)


def checklist_of(version: AgentVersion | None) -> Checklist:
    """The checklist of a version, also of one that is not stored; empty without one."""
    facts = facts_of(version) if version is not None else []
    return Checklist(
        done=[fact for fact in facts if fact.is_filled],
        missing=[fact for fact in facts if not fact.is_filled],
    )
