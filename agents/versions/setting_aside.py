"""Versions for which nothing is made ready before their calls, each with its reason.

One agent that holds up the process which makes it ready is set aside, so that it holds up no other
and no later start. Its calls are answered all the same, unless no call can read it. Publishing a
new version is another attempt.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import structlog
from django.db import transaction
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from accounts.members.access import record
from agents.models import AgentVersion
from agents.versions.preparing import UNREADABLE

log = structlog.get_logger(__name__)

HOLDS_UP: Final = "holds_up"
SLOW_VOICE: Final = "slow_voice"
_REASONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        HOLDS_UP: _(
            "It held up the other calls while it was made ready, so nothing is made ready before "
            "its calls: they may begin late. Write its texts shorter and plainer, and publish."
        ),
        SLOW_VOICE: _(
            "Its voice took too long to render what it always says, so nothing is made ready "
            "before its calls: they may begin late. Write the greeting shorter, and publish."
        ),
    }
)


@transaction.atomic
def set_aside(version: AgentVersion, *, reason: str) -> bool:
    """Set a stored `version` aside for `reason` (HOLDS_UP, SLOW_VOICE); False if it was already."""
    # Compare-and-set: of several processes that find it slow, one records it.
    if not AgentVersion.objects.filter(pk=version.pk, set_aside="").update(set_aside=reason):
        return False
    version.set_aside = reason
    record(version.agent.org, actor=None, action="agent.set_aside", target=f"{version}: {reason}")
    log.warning("agent_set_aside", agent=version.agent.public_id, reason=reason)
    return True


def reason_in_words(version: AgentVersion | None) -> str:
    """Why `version` is set aside, or why no call can read it; "" when all is well."""
    if version is None:
        return ""
    if not version.is_prepared:
        field = version.set_aside.removeprefix(UNREADABLE) if version.set_aside else ""
        return say(
            "No call can read this version, so its calls are declined in words. %(detail)s Edit "
            "it and publish: what is wrong is said beside its field."
        ) % {"detail": _detail(field)}
    return str(_REASONS.get(version.set_aside, ""))


def _detail(field: str) -> str:
    match field:
        case "greeting":
            return say("Its greeting is beyond what an agent may be told.")
        case "prompt":
            return say("Its prompt is beyond what an agent may be told.")
        case "facts":
            return say("Its facts are beyond what an agent may be told.")
        case "settings":
            return say("Its settings are beyond what an agent may be told.")
    return say("It was stored by another release, and the operator has yet to migrate.")
