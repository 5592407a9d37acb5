"""HTTP tools saved, deleted and tried by members; each with its entry of the audit log."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.members.asking import ServersBusy, place_to_ask
from accounts.members.trust import may_try_tool
from accounts.models import Organization, User
from accounts.secrets import host_secrets
from agents.calendars.remedies import remedy_of, words_of
from agents.calendars.running import warnings_of
from agents.calendars.servers import CalendarFailed, CalendarWarning, Fault
from agents.http_tools import calling, limits, mcp
from agents.http_tools.arguments import FlatArguments, UnfitArguments
from agents.http_tools.checking import problems_of
from agents.http_tools.definition import Body, Definition, as_json, of_json
from agents.http_tools.filling import CannotFill, filled
from agents.http_tools.frozen import names_of
from agents.http_tools.models import HttpTool
from agents.models import Agent
from agents.tools.base import ToolFailed
from voicex.errors import EndpointRefused

LIST_SECONDS: Final = 8.0  # for all pages of a list: a member waits for it


@dataclass(frozen=True, slots=True)
class Tried:
    """How a trial came out. text: what the model would get.

    remedy: of a calendar's failure, for its owner. warnings: what will go wrong in calls though the
    calendar answers.
    """

    text: str
    is_error: bool
    ms: int
    remedy: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsedBy:
    """An agent that may use a tool. is_current: its published version has the tool as it is now."""

    agent: Agent
    is_current: bool


def tools_of(org: Organization) -> "QuerySet[HttpTool]":
    """The organization's tools by name."""
    return HttpTool.objects.filter(org=org)


def is_new_address(org: Organization, definition: Definition) -> bool:
    """Whether no tool of `org` sends there yet: to this address, or to this calendar."""
    there = _goes_to(definition)
    return all(_goes_to(each.definition) != there for each in tools_of(org))


def _goes_to(definition: Definition) -> tuple[str, str, str]:
    """Where what callers say goes: all calendars of one provider have one address.

    Which calendar "primary" is, the secret says.
    """
    calendar = definition.calendar
    return (definition.url, *((calendar.calendar, calendar.secret) if calendar else ("", "")))


def save(
    org: Organization, definition: Definition, *, actor: User | None, tool: HttpTool | None = None
) -> HttpTool:
    """Store the definition, as a new tool or in place of what `tool` was.

    Agents get it with their next published version. Raises ValidationError by field of the
    definition.
    """
    problems = problems_of(definition, secrets=host_secrets.names_of(org))
    if tool is not None and tool.name != definition.name:
        problems["name"] = [_("The name of a tool can’t change: agents refer to it.")]
    if problems:
        raise ValidationError(problems)
    with transaction.atomic():
        # Locked, so that of two requests with one name the second is refused.
        Organization.objects.select_for_update(no_key=True).get(pk=org.pk)
        saved = tool or HttpTool(org=org, name=definition.name)
        before = tools_of(org).filter(pk=tool.pk).first() if tool is not None else None
        former = _goes_to(before.definition) if before is not None else None
        if tool is None:
            _ensure_room(org, definition.name)
        saved.stored = as_json(definition)
        saved.updated_by = actor
        saved.save()
        action = "tool.created" if tool is None else "tool.changed"
        if tool is not None and former != _goes_to(definition):
            action = "tool.redirected"
        record(org, actor=actor, action=action, target=definition.name)
    return saved


@transaction.atomic
def connect(
    org: Organization,
    definition: Definition,
    *,
    key: str,
    actor: User | None,
    tool: HttpTool | None = None,
) -> HttpTool:
    """As `save`, of a calendar, together with its key: both are stored, or nothing is.

    key: what opens it, "" for one that is saved already. Raises ValidationError by field, "key" for
    the key.
    """
    if key and definition.calendar is not None:
        _store_key(org, definition, name=definition.calendar.secret, key=key, actor=actor)
    return save(org, definition, actor=actor, tool=tool)


def _store_key(
    org: Organization, definition: Definition, *, name: str, key: str, actor: User | None
) -> None:
    host = calling.host_of(definition)
    there = host_secrets.names_of(org).get(name, host)
    if there != host:  # other tools send it there
        said = _("The secret %(name)s is for %(host)s. Choose another name for this key.")
        raise ValidationError({"secret": said % {"name": name, "host": there}})
    try:
        host_secrets.store(org, name=name, host=host, value=key, actor=actor)
    except ValidationError as error:
        fields = {"name": "secret", "value": "key", "host": "url"}
        problems = error.update_error_dict({})
        raise ValidationError(
            {fields.get(each, each): problems[each] for each in problems}
        ) from error


def _ensure_room(org: Organization, name: str) -> None:
    others = tools_of(org)
    if others.filter(name=name).exists():
        raise ValidationError({"name": _("There is already a tool with this name.")})
    if others.count() >= limits.TOOLS:
        raise ValidationError({"name": _("At most %(limit)d tools") % {"limit": limits.TOOLS}})


@transaction.atomic
def delete(tool: HttpTool, *, actor: User | None) -> None:
    """Delete the tool; agents keep it until their next version is published."""
    record(tool.org, actor=actor, action="tool.deleted", target=tool.name)
    tool.delete()


def used_by(tool: HttpTool) -> list[UsedBy]:
    """The agents whose published version may use the tool, by name."""
    agents = Agent.objects.filter(
        org=tool.org_id,
        archived_at=None,
        published__settings__tools__enabled__icontains=tool.name,
    )
    found = []
    for agent in agents.select_related("published").order_by("name"):
        version = agent.published
        if version is not None and tool.name in names_of(version.settings):
            frozen = map(of_json, (version.prepared or {}).get("http_tools", []))
            found.append(UsedBy(agent, is_current=tool.definition in frozen))
    return found


def remote_tools(
    org: Organization, *, url: str, headers: tuple[tuple[str, str], ...], actor: User
) -> list[mcp.RemoteTool]:
    """The tools of an MCP server, as they could be stored. Blocks for some seconds at most.

    headers: as of a definition. Raises ValidationError by field, or in words.
    """
    asked = Definition(
        "list_tools", "-", url, method="POST", headers=headers, body_kind=Body.JSON, body="{}"
    )
    if problems := problems_of(asked, secrets=host_secrets.names_of(org)):
        raise ValidationError(problems)
    _ensure_tries_left(org)
    host = calling.host_of(asked)
    secrets = host_secrets.opened(org.public_id, asked.secrets_used(), host=host)
    try:
        with place_to_ask(org):
            record(org, actor=actor, action="tool.listed", target=host)
            request = filled(asked, {}, secrets)
            listed = asyncio.run(
                mcp.tools_at(
                    request.url,
                    request.headers,
                    seconds=LIST_SECONDS,
                    allow_private=settings.ALLOW_PRIVATE_ENDPOINTS,
                )
            )
    except (CannotFill, mcp.McpFailed) as error:
        said = calling.hidden(str(error), secrets)[: limits.REFUSAL]
        raise ValidationError({"url": said}) from error
    except EndpointRefused as error:
        raise ValidationError({"url": calling.refusal_text(error)}) from error
    shown = calling.hidden_in(listed, secrets)  # a server may tell what it was sent
    found = (mcp.proposal_of(each, url=url, headers=headers) for each in shown)
    return [each for each in found if each is not None]


def _ensure_tries_left(org: Organization) -> None:
    if not may_try_tool(org):
        raise ValidationError(_("Too many tries. Try again in a minute."))


def try_out(
    org: Organization, definition: Definition, given: dict[str, Any], *, actor: User
) -> Tried:
    """Send one request as in a call, and give what the model would get. Blocks for 18 s at
    most.

    given: the arguments, by name. On the page's own thread with a loop of its own, never on the one
    that carries calls. Raises ValidationError in words when it is not sent at all.
    """
    problems = problems_of(definition, secrets=host_secrets.names_of(org))
    if problems:
        raise ValidationError(problems)
    try:
        values = FlatArguments(definition.parameters).check(given)
    except UnfitArguments as error:
        raise ValidationError({"given": str(error)}) from error
    _ensure_tries_left(org)
    host = calling.host_of(definition)
    secrets = host_secrets.opened(org.public_id, definition.secrets_used(), host=host)
    began = monotonic()
    remedy = ""
    try:
        with place_to_ask(org):
            record(org, actor=actor, action="tool.tried", target=f"{definition.name} at {host}")
            text = asyncio.run(
                calling.call(
                    definition, values, secrets, allow_private=settings.ALLOW_PRIVATE_ENDPOINTS
                )
            )
        is_error = False
    except CalendarFailed as error:
        text, remedy = str(error), remedy_of(error.fault, definition)
        is_error = error.fault is not Fault.NONE_FREE
    except ToolFailed as error:
        text, is_error = str(error), True
    ms = round((monotonic() - began) * 1000)
    warnings = () if is_error else _warnings_of(org, definition, secrets)
    return Tried(text, is_error, ms=ms, remedy=remedy, warnings=warnings)


def _warnings_of(
    org: Organization, definition: Definition, secrets: Mapping[str, str]
) -> tuple[str, ...]:
    """What a calendar that answers will refuse in calls. Blocks for some seconds at most."""
    if definition.calendar is None:
        return ()
    found: list[CalendarWarning] = []
    with suppress(ServersBusy), place_to_ask(org):
        found = asyncio.run(
            warnings_of(
                definition,
                secrets,
                now=datetime.now(UTC),
                allow_private=settings.ALLOW_PRIVATE_ENDPOINTS,
            )
        )
    return tuple(calling.hidden(words_of(each, definition), secrets) for each in found)
