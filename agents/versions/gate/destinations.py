"""Where an agent sends callers' messages and callers themselves, outside of its organization.

A session that was left open, or stolen, must not be enough to have them sent elsewhere: a new place
needs a recent log-in, is named in the audit log and mailed to the owners. What members say
themselves, their own addresses, is no such place, and neither is what the agent's published version
has already.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.addresses import own_addresses
from accounts.members import owner_mails
from accounts.members.access import record
from accounts.members.recent_login import ensure_recent_login
from accounts.models import Organization, User
from agents.compiler.form import group_of
from agents.models import Agent
from agents.settings.kinds import addresses_in
from agents.versions.changes import SETTINGS


@dataclass(frozen=True, slots=True)
class Destinations:
    """Places as they are written: email addresses, and numbers or SIP addresses."""

    addresses: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Both."""
        return self.addresses + self.numbers


def ensure_allowed(
    agent: Agent, before: Mapping[str, Any], after: Mapping[str, Any], *, actor: User | None
) -> Destinations:
    """The new places of a version, for `tell` once it is stored.

    before, after: fields of versions by name, `before` those of the published one. Raises
    ReauthenticationRequired where there is one and the log-in of the request is an old one.
    """
    had, has = _of(before), _of(after)
    known = {each.casefold() for each in had.all}
    added = Destinations(
        tuple(each for each in has.addresses if each.casefold() not in known),
        tuple(each for each in has.numbers if each.casefold() not in known),
    )
    if added.addresses:
        own = own_addresses(agent.org, actor=actor)
        outside = (each for each in added.addresses if each.casefold() not in own)
        added = Destinations(tuple(outside), added.numbers)
    if added.all:
        ensure_recent_login()
    return added


def tell(agent: Agent, added: Destinations, *, actor: User | None) -> None:
    """Have the audit log name each new place, and the owners told of all of them."""
    for action, places in (
        ("agent.recipient_added", added.addresses),
        ("agent.number_added", added.numbers),
    ):
        for place in places:
            record(agent.org, actor=actor, action=action, target=f"{place}: {agent}")
    if added.all:
        owner_mails.tell_of_destinations(agent.org, _in_words(agent, added), actor=actor)


def agents_that_mail(org: Organization, addresses: Collection[str]) -> list[Agent]:
    """The agents of `org` whose published version sends messages to one of `addresses`, by name."""
    wanted = {each.casefold() for each in addresses}
    published = Agent.objects.filter(org=org, archived_at=None, published__isnull=False)
    texts = ("published__prompt", "published__facts", "published__prepared")
    return [
        agent
        for agent in published.select_related("published").defer(*texts).order_by("name", "pk")
        if agent.published is not None
        and any(to.casefold() in wanted for to in addresses_in(agent.published.messages.notify))
    ]


def _in_words(agent: Agent, added: Destinations) -> list[str]:
    mailed = _("%(agent)s sends callers’ messages to %(place)s")
    called = _("%(agent)s can put callers through to %(place)s")
    return [
        *(mailed % {"agent": agent, "place": each} for each in added.addresses),
        *(called % {"agent": agent, "place": each} for each in added.numbers),
    ]


def _of(fields: Mapping[str, Any]) -> Destinations:
    settings = fields.get(SETTINGS, {})
    targets = group_of(settings, "transfers").all
    return Destinations(
        addresses_in(group_of(settings, "messages").notify),
        tuple(dict.fromkeys(each.address for each in targets)),
    )
