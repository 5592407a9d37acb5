"""Creates and activates agents, for pages and commands, if their version passes the gate."""

from typing import Any

from accounts.models import Organization, User
from agents.models import Agent, AgentVersion
from agents.versions.gate.findings import State, of_state
from agents.versions.gate.gate import ensure, ensure_off, examine
from agents.versions.preparing import atomic
from agents.versions.publishing import create_agent, edit_agent, fields_of, publish


@atomic
def create_checked_agent(
    org: Organization, *, name: str, actor: User | None, **version_fields: Any
) -> Agent:
    """An agent as of `create_agent`, active only if calls on it can work.

    An organization without a key can so still write its agent; its page says what is missing.
    """
    agent = create_agent(org, name=name, actor=actor, **version_fields)
    if agent.published and of_state(examine(agent, agent.published), State.BAD):
        edit_agent(agent, actor=actor, is_active=False)
    return agent


def edit_checked_agent(
    agent: Agent,
    *,
    actor: User | None,
    name: str | None = None,
    is_active: bool | None = None,
    accepted: str | None = None,
) -> None:
    """`edit_agent`, which switches an agent on only if calls on it can work.

    Before it is switched off, numbers that point at it are told. Raises GateClosed (accepted: as
    for `gate.ensure`), another ValidationError by field.
    """
    was_active = Agent.objects.filter(pk=agent.pk, is_active=True).exists()
    if is_active and not was_active and agent.published:
        ensure(agent, agent.published)
    if is_active is False and was_active:
        ensure_off(agent, accepted=accepted)
    edit_agent(agent, actor=actor, name=name, is_active=is_active)


def publish_with_newest_tools(
    agent: Agent, *, actor: User | None, note: str, accepted: str | None = None
) -> None:
    """Publish what is published once more, with its organization's tools as they are now.

    Raises GateClosed (accepted: as for `gate.ensure`).
    """
    if agent.published is None:
        return
    version = AgentVersion(agent=agent, number=1, **fields_of(agent.published))
    ensure(agent, version, accepted=accepted)
    publish(agent, actor=actor, note=note, anew=True)
