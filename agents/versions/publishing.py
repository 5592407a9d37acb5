"""Creates and changes agents: each change is a new version, used from the next call on."""

import json
from copy import copy
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BigIntegerField, CharField, F, QuerySet
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.members.trust import may_store_version
from accounts.models import Organization, User
from agents.engines import registry
from agents.models import Agent, AgentVersion
from agents.settings import limits
from agents.settings.table import columns
from agents.settings.version_rules import check_changes, check_version, default_engine
from agents.versions.changes import changed, changes_between
from agents.versions.gate import destinations
from agents.versions.preparing import atomic
from voicex.database.prepared import PreparedRead

_ARCHIVED_LAST: Final = F("archived_at").asc(nulls_first=True)
# Asked by every webhook.
_FIRST: Final[PreparedRead[Agent]] = PreparedRead(
    lambda org: (
        Agent.objects.filter(org=org, published__isnull=False)
        .select_related("published")
        .order_by("-is_active", _ARCHIVED_LAST, "created_at", "pk")[:1]
    ),
    org=BigIntegerField(),
)
_NAMED: Final[PreparedRead[Agent]] = PreparedRead(
    lambda org, public_id: (
        Agent.objects.filter(org=org, public_id=public_id).select_related("published").order_by()
    ),
    org=BigIntegerField(),
    public_id=CharField(),
)

VERSION_FIELDS: Final = (*(column.name for column in columns()), "settings")


@atomic
def create_agent(
    org: Organization,
    *,
    name: str,
    actor: User | None = None,
    is_active: bool = True,
    **version_fields: Any,
) -> Agent:
    """An agent of `org`, active by default, with its first version published.

    version_fields: any of VERSION_FIELDS; engines that are not named are the platform's
    DEFAULT_* of the moment when a call comes. Raises ValidationError by field, TypeError
    for an unknown field.
    """
    agent = Agent(org=org, name=name.strip(), is_active=is_active)
    agent.clean_fields(exclude=["org", "published"])
    ensure_free(org, agent.name)
    agent.save()
    record(org, actor=actor, action="agent.created", target=str(agent))
    publish(agent, actor=actor, **version_fields)
    return agent


@transaction.atomic
def ensure_free(org: Organization, name: str, *, but: Agent | None = None) -> None:
    """Raise ValidationError when another agent of `org` than `but` has `name`, in any case.

    The caller's transaction holds the organization until it ends: of two requests with the same
    name the second is refused. Agents that had one name before this rule keep it.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
    if but is None and Agent.objects.filter(org=org).count() >= limits.AGENTS:
        said = _(
            "An organization can have up to %(limit)d agents, archived ones included. Change one "
            "that you don’t need."
        )
        raise ValidationError({"name": said % {"limit": limits.AGENTS}})
    others = Agent.objects.filter(org=org, name__iexact=name)
    other = others.exclude(pk__in=[but.pk] if but else []).order_by(_ARCHIVED_LAST).first()
    if other is None:
        return
    said = _("There is already an agent called “%(name)s”. Choose another name.")
    if other.archived_at is not None:  # statements and filters still name it
        said = _("An archived agent is called “%(name)s”. Restore it, or choose another name.")
    raise ValidationError({"name": said % {"name": name}})


def free_name(org: Organization, name: str) -> str:
    """`name`, or else the first of "name 2", "name 3" ... that no agent of `org` has."""
    taken = {each.casefold() for each in org.agents.values_list("name", flat=True)}
    wanted, number = name, 1
    while wanted.casefold() in taken:
        number += 1
        ending = f" {number}"
        wanted = name[: limits.CHARACTERS["name"] - len(ending)] + ending
    return wanted


def fields_of(version: AgentVersion | None) -> dict[str, Any]:
    """The VERSION_FIELDS of `version` by name; none of no version."""
    return {name: getattr(version, name) for name in VERSION_FIELDS} if version else {}


def lock_agent(agent: Agent) -> Agent:
    """The agent's row as it is now, held until the transaction ends.

    Two editors then make two versions, one after the other, instead of one conflict. no_key: calls
    and sums of days, which only refer to the agent, do not wait until its texts are read. Raises
    ValidationError for an archived agent.
    """
    locked = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    ensure_not_archived(locked)
    return locked


def ensure_not_archived(agent: Agent) -> None:
    """Raise ValidationError if `agent` is archived: nothing of it may be changed."""
    if agent.archived_at is not None:
        said = _("%(agent)s is archived. Restore it first.")
        raise ValidationError(said % {"agent": agent}, code="archived")


@atomic
def publish(
    agent: Agent,
    *,
    actor: User | None = None,
    note: str = "",
    anew: bool = False,
    **changed_fields: Any,
) -> AgentVersion:
    """The published version with `changed_fields` changed, as a new version.

    note: what changed and why, for the list of versions. anew: also when they change nothing, for
    what a version takes along besides (its organization's tools). changed_fields: any of
    VERSION_FIELDS; settings by path, as `agents.versions.changes` has them: what they do not name
    stays. When they change nothing, the published version stays and is returned.
    A call in progress keeps the version it began with. Raises ValidationError by field,
    TypeError for an unknown field, and ReauthenticationRequired as `destinations.ensure_allowed`.
    """
    unknown = changed_fields.keys() - set(VERSION_FIELDS)
    if unknown:
        raise TypeError(f"A version has no {', '.join(sorted(unknown))}")
    check_changes(changed_fields)
    current = lock_agent(agent).published
    before = fields_of(current)
    after = changed(before, changed_fields)
    if current is not None and not anew and not changes_between(before, after):
        agent.published = current
        return current
    version = AgentVersion(
        agent=agent,
        number=current.number + 1 if current else 1,
        note=note,
        created_by=actor,
        **after,
    )
    check_version(version)
    added = destinations.ensure_allowed(agent, before, after, actor=actor)
    store(version)
    agent.published = version
    agent.save(update_fields=["published"])
    record(agent.org, actor=actor, action="agent.published", target=str(version))
    destinations.tell(agent, added, actor=actor)
    return version


@transaction.atomic
def edit_agent(
    agent: Agent, *, actor: User | None, name: str | None = None, is_active: bool | None = None
) -> None:
    """Rename `agent`, or let it answer or not; these hold from the next call, without a version.

    Raises ValidationError by field.
    """
    lock_agent(agent)
    was = (agent.name, agent.is_active)
    agent.name = agent.name if name is None else name.strip()
    agent.is_active = agent.is_active if is_active is None else is_active
    if (agent.name, agent.is_active) == was:
        return
    agent.clean_fields(exclude=["org", "published"])
    if agent.name.casefold() != was[0].casefold():
        ensure_free(agent.org, agent.name, but=agent)
    agent.save(update_fields=["name", "is_active"])
    state = "active" if agent.is_active else "inactive"
    record(agent.org, actor=actor, action="agent.changed", target=f"{agent}: {state}")


def engine_choices(kind: registry.Kind) -> list[tuple[str, str]]:
    """Value and label of each engine that an editor may choose; "" is the platform's default."""
    return [
        ("", _("Default (%(engine)s)") % {"engine": default_engine(kind)}),
        *((name, name) for name in registry.names(kind)),
    ]


def _answering(org: Organization) -> QuerySet[Agent]:
    return Agent.objects.filter(org=org, is_active=True, published__isnull=False).select_related(
        "published"
    )


def _with_its_version(agent: Agent | None) -> Agent | None:
    # So that `agent.published.config()` finds the agent's name without another query. By a copy:
    # two rows that hold each other would stay until the garbage collector scans everything.
    if agent is not None and agent.published is not None:
        alone = copy(agent)
        Agent._meta.get_field("published").delete_cached_value(alone)
        agent.published.agent = alone
    return agent


def store(version: AgentVersion) -> None:
    """Insert a new version; calls refer to it, so it is kept for good. Raises ValidationError, by
    field but for an organization that has stored too much today.
    """
    version.prepare()
    texts = (version.prompt, version.facts, version.greeting)
    kept = json.dumps([version.settings, version.prepared])
    size = sum(len(text.encode()) for text in texts) + len(kept)
    if not may_store_version(version.agent.org, size_bytes=size):
        said = _("Too many versions were saved today. Try again tomorrow, or shorten long texts.")
        raise ValidationError(said, code="too_many_versions")
    version.save()


def published_after(number: int, *, limit: int) -> list[AgentVersion]:
    """The newest published versions above `number` (a pk) of the platform's active agents.

    Those that are set aside, or that no call can read, are not among them.
    """
    agents = _answering_with_version_after(number).select_related("published", "org")
    newest = agents.order_by("-published__pk")[:limit]
    return [
        agent.published
        for agent in map(_with_its_version, newest)
        if agent and agent.published and agent.published.is_prepared
    ]


def engines_of_versions_after(number: int) -> frozenset[str]:
    """The engines that those versions choose, the platform's defaults not among them."""
    columns = ("published__stt", "published__llm", "published__tts")
    chosen = _answering_with_version_after(number).order_by().values_list(*columns).distinct()
    return frozenset(name for names in chosen for name in names if name)


def language_models_in_use() -> frozenset[str]:
    """The engines that write for the agents that answer, "" for the platform's default."""
    chosen = _answering_with_version_after(0).order_by().values_list("published__llm", flat=True)
    return frozenset(chosen.distinct())


def _answering_with_version_after(number: int) -> QuerySet[Agent]:
    return Agent.objects.filter(
        is_active=True,
        published__pk__gt=number,
        published__set_aside="",
        published__prepared__isnull=False,
    )


def first_agent(org: Organization) -> Agent | None:
    """The oldest active agent of `org`, or else its oldest that is not archived, or else the one
    that was archived first; its published version loaded.
    """
    return _with_its_version(_FIRST.one(org=org.pk))


def first_active(org: Organization) -> Agent | None:
    """The oldest active agent of `org`, its published version loaded; None when there is none."""
    return _with_its_version(_answering(org).order_by("created_at", "pk").first())


def next_active(agent: Agent) -> Agent | None:
    """The oldest active agent of the organization of `agent` but that one; None without any."""
    return _answering(agent.org).exclude(pk=agent.pk).order_by("created_at", "pk").first()


def agent_named(org: Organization, *, public_id: str) -> Agent | None:
    """The agent of `org` with that public id, active or not, its version loaded; else None."""
    return _with_its_version(_NAMED.one(org=org.pk, public_id=public_id))
