"""Copies of agents: within their organization, export to a file, import from one."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import Organization, User
from agents.models import Agent, AgentDraft
from agents.providers import platform_models
from agents.versions import port
from agents.versions.drafts import save_draft
from agents.versions.preparing import atomic
from agents.versions.publishing import create_agent, fields_of


@atomic
def duplicate_agent(agent: Agent, *, name: str, actor: User | None) -> Agent:
    """Duplicate the published version of `agent` as a second agent of the organization.

    It is inactive until a member has checked it. Raises ValidationError by field.
    """
    copy = create_agent(
        agent.org, name=name, actor=actor, is_active=False, **fields_of(agent.published)
    )
    record(agent.org, actor=actor, action="agent.duplicated", target=f"{agent} as {copy}")
    return copy


@transaction.atomic
def export_agent(agent: Agent, *, actor: User | None) -> bytes:
    """Export the published version of `agent`. Raises ValidationError if there is none."""
    if agent.published is None:
        raise ValidationError(_("No published version yet."))
    record(agent.org, actor=actor, action="agent.exported", target=str(agent.published))
    return port.export(agent, agent.published)


@atomic
def import_agent(org: Organization, *, content: bytes, actor: User | None, name: str = "") -> Agent:
    """A new, inactive agent of `org` from a file. Raises ValidationError by field.

    name: in place of the one in the file.
    """
    found = _read(org, content)
    name = name or found.name
    agent = create_agent(org, name=name, actor=actor, is_active=False, **found.fields)
    record(org, actor=actor, action="agent.imported", target=str(agent))
    return agent


@atomic
def import_draft(
    agent: Agent, *, content: bytes, actor: User | None, view: str
) -> AgentDraft | None:
    """A file's fields as the draft of `agent`, which keeps its name; None when nothing differs.

    view: as for `agents.versions.drafts.save_draft`. Raises ValidationError by field.
    """
    fields = _read(agent.org, content).fields
    engines = fields["settings"].get("engines")
    if engines is not None:
        # All of an agent's engine settings are in a file, or none: the others are taken away.
        stored = agent.published.engine_settings if agent.published else {}
        fields["settings"]["engines"] = dict.fromkeys(stored) | engines
    draft = save_draft(agent, actor=actor, view=view, **fields)
    record(agent.org, actor=actor, action="agent.imported", target=f"{agent}, as a draft")
    return draft


def _read(org: Organization, content: bytes) -> port.PortableAgent:
    found = port.read(content)
    engines = found.fields["settings"].get("engines", {})
    if problems := platform_models.problems(org, engines):
        raise ValidationError({"settings": problems})
    return found
