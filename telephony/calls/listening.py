"""Members listen to live calls: permission, and the entry in the audit log."""

from django.utils import timezone

from accounts.members import impersonation
from accounts.members.access import Admitted
from usage.models import Call
from usage.privacy.access_audit import record_listening


def begin_listening(admitted: Admitted, *, call_sid: str) -> Call | None:
    """Let a member listen to a live call of their organization; None if there is no such call.

    On a database thread.

    Calls with redaction have no listeners, because words can only be redacted after they were
    heard.
    """
    org, user = admitted.membership.org, admitted.membership.user
    live = Call.objects.filter(org=org, carrier_call_id=call_sid, state=Call.State.LIVE)
    call = live.select_related("version").first()
    if call is None or call.version.privacy.is_on:
        return None
    token = impersonation.current.set(admitted.impersonation)
    try:
        record_listening(org, call_sid=call_sid, actor=user, now=timezone.now())
    finally:
        impersonation.current.reset(token)
    return call
