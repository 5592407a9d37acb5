"""Sets up an organization that can take calls: first agent, first key."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.keys.api_keys import issue_key
from accounts.members.organizations import create_organization
from accounts.models import ApiKey, Organization, User
from agents.facts import importing
from agents.facts.proposing import Row
from agents.starters.base import ASKED, NO_ANSWERS, topics_asked
from agents.starters.english import ENGLISH
from agents.starters.starters import Starter
from agents.versions.gate.services import create_checked_agent
from agents.versions.preparing import atomic


def set_up_organization(
    name: str,
    *,
    starter: Starter,
    owner: User,
    answers: Mapping[str, str] = NO_ANSWERS,
    time_zone: str = "",
    pasted: str = "",
    language: str = ENGLISH.tag,
) -> tuple[Organization, ApiKey]:
    """A new organization of `owner`, whose first agent begins as `starter`; all of it or nothing.

    answers: to `agents.starters.base.ASKED`; pasted: a text in which facts are found, beside
    them. time_zone: an IANA name, "" for UTC. language: of the agent, one of the starters'.
    Raises ValidationError by field.
    """
    try:  # before the transaction, which must not wait for another process
        rows = importing.in_text(pasted) if pasted.strip() else []
    except ValidationError as error:
        raise ValidationError({"pasted": error.messages}) from error
    answered, more = _answered(answers, rows)
    said = starter.version_fields(name.strip(), answered, language=language)
    if more:
        said["facts"] = "\n".join([said["facts"].rstrip(), *importing.lines_of(more)]).strip()
    return _set_up(name, time_zone, owner, starter.texts(language).name, said)


@atomic
def _set_up(
    name: str, time_zone: str, owner: User, agent: str, said: Mapping[str, Any]
) -> tuple[Organization, ApiKey]:
    org = create_organization(name=name, owner=owner, time_zone=time_zone)
    create_checked_agent(org, name=agent, actor=owner, **said)
    key, _text = issue_key(org, label=_("First number"), actor=owner)
    return org, key


def _answered(
    answers: Mapping[str, str], rows: Sequence[Row]
) -> tuple[Mapping[str, str], list[Row]]:
    """The answers, with those that `rows` have to what was not answered; and the other rows."""
    found, more = dict(answers), list(rows)
    for name in ASKED:
        fits = [row for row in more if name in topics_asked(row[0])]
        if fits and not found.get(name, "").strip():
            found[name] = fits[0][1]
            more.remove(fits[0])
    return found, more
