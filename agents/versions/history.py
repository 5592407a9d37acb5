"""The history of an agent's versions: list, read, roll back."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import User
from agents.models import Agent, AgentVersion
from agents.settings.version_rules import check_version
from agents.versions.changes import changes_between
from agents.versions.drafts import ensure_published_as_seen
from agents.versions.gate import destinations
from agents.versions.gate.gate import ensure
from agents.versions.preparing import atomic
from agents.versions.publishing import fields_of, lock_agent, publish


def versions_of(agent: Agent, *, limit: int, below: int | None = None) -> QuerySet[AgentVersion]:
    """The newest versions of `agent`, or the newest whose number is below `below`."""
    versions = agent.versions.filter(is_draft=False).select_related("created_by")
    versions = versions.defer("facts", "prompt", "prepared").order_by("-number")
    if below is not None:
        versions = versions.filter(number__lt=below)
    return versions[:limit]


def version_of(agent: Agent, *, number: int) -> AgentVersion | None:
    """The version of `agent` with that number; None when there is none."""
    versions = agent.versions.filter(is_draft=False).select_related("created_by", "agent")
    return versions.filter(number=number).first()


def roll_back(
    agent: Agent,
    *,
    to: AgentVersion,
    actor: User | None,
    note: str = "",
    accepted: str | None = None,
    asks: bool = False,
    view: str | None = None,
) -> AgentVersion:
    """Publish the content of version `to` as a new version, if it passes the gate.

    A draft is kept, and shown as older than the published version. Returns the published version if
    it is equal. Raises ValidationError by field if `to` is not valid any more, for example because
    its engine was removed. accepted, asks, GateClosed: as for `agents.versions.gate.gate.ensure`.
    view: the state that `actor` saw, as in `agents.versions.drafts`; raises ValidationError too if
    another version was published since. None where nobody looked.
    """
    if to.agent_id != agent.pk:
        raise ValueError("A version of another agent")
    # First, so that what no version may say is told by its field.
    check_version(AgentVersion(agent=agent, number=to.number, **fields_of(to)))
    # Before what takes seconds, which is done again after the password.
    destinations.ensure_allowed(agent, fields_of(agent.published), fields_of(to), actor=actor)
    ensure(agent, to, accepted=accepted, asks=asks)
    return _roll_back(agent, to=to, actor=actor, note=note, view=view)


@atomic
def _roll_back(
    agent: Agent, *, to: AgentVersion, actor: User | None, note: str, view: str | None
) -> AgentVersion:
    note = note or _("Restored version %(number)d") % {"number": to.number}
    locked = lock_agent(agent)
    if view is not None:
        ensure_published_as_seen(locked, view, actor)
    now = fields_of(locked.published)
    version = publish(agent, actor=actor, note=note, **changes_between(now, fields_of(to)))
    record(agent.org, actor=actor, action="agent.rolled_back", target=f"{agent}: v{to.number}")
    return version
