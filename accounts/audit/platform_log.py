"""Records changes of platform-wide objects in the admin's own log, as audit entries need an
organization.
"""

from collections.abc import Sequence
from typing import Literal

import structlog
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.models import User

log = structlog.get_logger(__name__)

SHOWN = 20


def record(thing: Model, *, actor: User, action: Literal["made", "changed"], words: str) -> None:
    """Record that `actor` made or changed `thing`; words: a readable description of the change."""
    flag = ADDITION if action == "made" else CHANGE
    LogEntry.objects.log_actions(actor.pk, [thing], flag, change_message=words, single_object=True)
    log.info(
        "platform_changed", actor=actor.pk, model=thing._meta.model_name, pk=thing.pk, action=action
    )


def history_of(thing: Model) -> Sequence[LogEntry]:
    """The latest entries about `thing`, newest first, including those that the admin wrote."""
    return list(
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(thing), object_id=str(thing.pk)
        )
        .select_related("user")
        .order_by("-action_time", "-pk")[:SHOWN]
    )
