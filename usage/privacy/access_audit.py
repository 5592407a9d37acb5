"""Audit entries for reading, hearing or exporting what callers said."""

from datetime import datetime
from typing import Final, Literal

from accounts.members.access import record, record_and_count, record_once_a_day
from accounts.models import Organization, User
from usage.models import Call
from usage.privacy import callers
from usage.privacy.callers import Caller

# Of one member and kind on a day; further ones are one entry with their number, the day after.
EXPORTS_A_DAY: Final = 20


def record_transcript_read(call: Call, *, actor: User, now: datetime) -> None:
    """`actor` reads what was said in `call`: one entry a day, however often a page asks."""
    record_once_a_day(
        call.org, actor=actor, action="transcript.read", target=call.call_sid, now=now
    )


def record_messages_read(org: Organization, *, actor: User, now: datetime) -> None:
    """`actor` reads messages of callers: one entry a day."""
    record_once_a_day(org, actor=actor, action="transcript.messages", target="messages", now=now)


def record_questions_read(org: Organization, *, actor: User, now: datetime) -> None:
    """`actor` reads questions of callers: one entry a day."""
    record_once_a_day(org, actor=actor, action="transcript.questions", target="questions", now=now)


def record_export(
    org: Organization,
    kind: Literal["calls", "events", "invoice", "ledger", "statement", "usage"],
    *,
    what: str,
    actor: User,
    now: datetime,
) -> None:
    """`actor` exports a file. what: names it, without anything of a caller."""
    record_and_count(
        org, actor=actor, action=f"export.{kind}", target=what, entries=EXPORTS_A_DAY, now=now
    )


def record_recording_heard(org: Organization, *, call_sid: str, actor: User, now: datetime) -> None:
    """`actor` is given a link to the sound of a call: one entry a day."""
    record_once_a_day(org, actor=actor, action="recording.heard", target=call_sid, now=now)


def record_listening(org: Organization, *, call_sid: str, actor: User, now: datetime) -> None:
    """`actor` listens to a live call: one entry a day, however often a page connects again."""
    record_once_a_day(org, actor=actor, action="call.listened", target=call_sid, now=now)


def record_caller_exported(org: Organization, *, caller: Caller, actor: User | None) -> None:
    """`actor`, None for a command, exports everything of `caller`."""
    record(org, actor=actor, action="caller.exported", target=callers.in_audit(org, caller))
