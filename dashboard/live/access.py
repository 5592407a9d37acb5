"""Permissions to follow, listen to and end live calls, checked at the start and periodically.

For sockets and pages. All of it reads the database, so sockets call it on a thread.
"""

from dataclasses import dataclass

from django.utils import timezone

from accounts.members.access import Admitted, admit, visitor
from accounts.permissions import LISTEN, READ
from telephony.calls import listening
from usage.models import Call


@dataclass(frozen=True, slots=True)
class Listener:
    """A user and the live call that they listen to."""

    user_id: int
    call_id: int


def follower(session_key: str, *, org_id: str) -> int | None:
    """The id of the session's user, if they may read the calls of `org_id`; else None."""
    admitted = _admitted(session_key, org_id=org_id)
    if admitted is None or not admitted.membership.is_at_least(READ):
        return None
    return admitted.membership.user.pk


def may_listen(session_key: str, *, org_id: str) -> bool:
    """Whether the session's user may listen to live calls."""
    admitted = _admitted(session_key, org_id=org_id)
    return admitted is not None and admitted.membership.is_at_least(LISTEN)


def begin_listening(session_key: str, *, org_id: str, call_sid: str) -> Listener | None:
    """Admit the session's user to a live call, with an entry in the audit log.

    None if there is no such call or the user may not.
    """
    admitted = _admitted(session_key, org_id=org_id)
    if admitted is None or not admitted.membership.is_at_least(LISTEN):
        return None
    call = listening.begin_listening(admitted, call_sid=call_sid)
    return Listener(admitted.membership.user.pk, call.pk) if call else None


def is_live(call_id: int) -> bool:
    """Whether the call is live."""
    return Call.objects.filter(pk=call_id, state=Call.State.LIVE).exists()


def _admitted(session_key: str, *, org_id: str) -> Admitted | None:
    found = visitor(session_key)
    if found is None:
        return None
    return admit(found.user, found.session, org_id=org_id, now=timezone.now())
