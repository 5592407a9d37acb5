"""An organization that can answer at once: its first agent published, its first key issued."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _

from accounts.keys.api_keys import issue_key
from accounts.members.organizations import create_organization
from accounts.models import ApiKey, Organization, User
from agents.versions.gate.services import create_checked_agent
from agents.versions.preparing import atomic
from agents.versions.starters import Starter


@atomic
def set_up_organization(
    name: str,
    *,
    starter: Starter,
    owner: User,
    answers: Mapping[str, str] = MappingProxyType({}),
    time_zone: str = "",
) -> tuple[Organization, ApiKey]:
    """A new organization of `owner`, whose first agent begins as `starter`; all of it or nothing.

    answers: to `agents.versions.starters.ASKED`. time_zone: an IANA name, "" for UTC. Raises
    ValidationError by field.
    """
    org = create_organization(name=name, owner=owner, time_zone=time_zone)
    said = starter.version_fields(org.name, answers)
    create_checked_agent(org, name=starter.name, actor=owner, **said)
    key, _text = issue_key(org, label=_("First number"), actor=owner)
    return org, key
