"""Records in the audit log what a member reads and exports, from a request."""

from typing import Literal

from django.utils import timezone

from dashboard.pages import MemberRequest
from usage.models import Call
from usage.privacy import access_audit


def record_reading(request: MemberRequest, call: Call) -> None:
    """Record that this member reads the transcript of `call`."""
    access_audit.record_transcript_read(call, actor=request.user, now=timezone.now())


def record_messages_read(request: MemberRequest) -> None:
    """Record that this member reads messages that callers left."""
    access_audit.record_messages_read(request.org, actor=request.user, now=timezone.now())


def record_questions_read(request: MemberRequest) -> None:
    """Record that this member reads unanswered questions of callers."""
    access_audit.record_questions_read(request.org, actor=request.user, now=timezone.now())


def record_export(
    request: MemberRequest,
    kind: Literal["calls", "events", "invoice", "ledger", "statement", "usage"],
    what: str,
) -> None:
    """Record that this member exports the file `what`."""
    access_audit.record_export(request.org, kind, what=what, actor=request.user, now=timezone.now())
