"""Versions that are set aside: not prepared before their calls, each with a reason.

One agent that holds up the process which makes it ready is set aside, so that it holds up no other
and no later start. Its calls are answered all the same, unless no call can read it. Publishing a
new version is another attempt.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import structlog
from django.db import transaction
from django.utils.translation import gettext
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
            "Preparing this version delayed other calls, so it is no longer prepared in advance. "
            "Its calls may start late. Make its texts shorter and simpler, then publish."
        ),
        SLOW_VOICE: _(
            "The voice took too long to generate this version’s fixed sentences, so they are no "
            "longer prepared in advance. Calls may start late. Shorten the greeting, then publish."
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
        return gettext(
            "This version can’t be used for calls, so they are declined. %(detail)s Edit and "
            "publish it to see the problem beside its field."
        ) % {"detail": _detail(field)}
    return str(_REASONS.get(version.set_aside, ""))


def _detail(field: str) -> str:
    match field:
        case "greeting":
            return gettext("Its greeting exceeds the limits.")
        case "prompt":
            return gettext("Its prompt exceeds the limits.")
        case "facts":
            return gettext("Its facts exceed the limits.")
        case "settings":
            return gettext("Its settings exceed the limits.")
    return gettext(
        "It was saved by another release, and the operator hasn’t migrated the database yet."
    )
