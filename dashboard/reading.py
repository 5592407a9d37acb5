"""What members read and take with them stands in the audit log: transcripts, and files of data."""

from typing import Final

from django.utils import timezone

from accounts.members.access import record_and_count, record_once_a_day
from dashboard.pages import MemberRequest
from usage.models import Call

# Of one member and kind on a day; further ones are one entry with their number, the day after.
EXPORTS_A_DAY: Final = 20


def record_reading(request: MemberRequest, call: Call) -> None:
    """This member reads what was said in `call`: one entry a day, however often a page asks."""
    record_once_a_day(
        request.org,
        actor=request.user,
        action="transcript.read",
        target=call.call_sid,
        now=timezone.now(),
    )


def record_export(request: MemberRequest, kind: str, what: str) -> None:
    """This member takes a file with them. kind: `calls`, `events` or `usage`; what: of it."""
    record_and_count(
        request.org,
        actor=request.user,
        action=f"export.{kind}",
        target=what,
        entries=EXPORTS_A_DAY,
        now=timezone.now(),
    )
