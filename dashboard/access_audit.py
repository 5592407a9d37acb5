"""Records what a member reads and exports: the request's part of it."""

from typing import Literal

from django.utils import timezone

from dashboard.pages import MemberRequest
from usage.models import Call
from usage.privacy import access_audit


def record_reading(request: MemberRequest, call: Call) -> None:
    """This member reads what was said in `call`."""
    access_audit.record_transcript_read(call, actor=request.user, now=timezone.now())


def record_messages_read(request: MemberRequest) -> None:
    """This member reads messages that callers left."""
    access_audit.record_messages_read(request.org, actor=request.user, now=timezone.now())


def record_questions_read(request: MemberRequest) -> None:
    """This member reads questions that callers asked in vain."""
    access_audit.record_questions_read(request.org, actor=request.user, now=timezone.now())


def record_export(
    request: MemberRequest,
    kind: Literal["calls", "events", "invoice", "ledger", "statement", "usage"],
    what: str,
) -> None:
    """This member exports a file; what: names it."""
    access_audit.record_export(request.org, kind, what=what, actor=request.user, now=timezone.now())
