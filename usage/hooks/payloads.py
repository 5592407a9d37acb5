"""The `data` of each event: few fields, which stay as they are (docs/webhooks.md).

What an agent takes out of its calls is not sent either.
"""

import json
from datetime import datetime
from typing import Any

from agents.redaction.conversation import Kind, kinds_of
from usage.hooks.record import iso
from usage.models import Call, CallAnalysis, Message, QuotaNotice, WebhookAttempt
from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD, readable
from voicex.simulated_phone import ACCOUNT_SID as SIMULATED_ACCOUNT


def started(call: Call) -> dict[str, Any]:
    """Of a call that an agent has taken."""
    return _of_call(call)


def ended(call: Call) -> dict[str, Any]:
    """Of a call that is over."""
    seconds = 0.0
    if call.live_at is not None and call.ended_at is not None:
        seconds = max(0.0, (call.ended_at - call.live_at).total_seconds())
    return _of_call(call) | {
        "ended_at": _iso(call.ended_at),
        "duration_s": round(seconds),
        "reason": call.end_reason,
    }


def missed(call: Call) -> dict[str, Any]:
    """Of a call that failed for its caller."""
    return _of_call(call) | {"reason": call.end_reason, "detail": ""}


def declined(attempt: WebhookAttempt, *, org_id: str) -> dict[str, Any]:
    """Of a caller for whom no call began. org_id: the organization's public id."""
    return {
        "org_id": org_id,
        "agent_id": None,
        "call_sid": attempt.call_sid,
        "test": False,
        "from": None,
        "to": None,
        "started_at": _iso(attempt.at),
        "reason": attempt.reason,
        "detail": attempt.detail,
    }


def analysed(analysis: CallAnalysis, call: Call) -> dict[str, Any]:
    """Of what a call came to."""
    return _of_call(call) | {
        "outcome": analysis.outcome,
        "summary": analysis.summary,
        "reason": analysis.reason,
        "language": analysis.language,
        "fields": dict(json.loads(analysis.field_values or "[]")),
        "author": analysis.author,
    }


def message_taken(message: Message, call: Call) -> dict[str, Any]:
    """Of a message that a caller left in `call`."""
    return _of_call(call) | {
        "message": {
            "name": message.name,
            "number": "" if _hides_numbers(call) else message.number,
            "text": message.text,
            "urgent": message.is_urgent,
            "taken_at": iso(message.taken_at),
            "call_back_at": iso(message.due_at) if message.due_at else None,
        }
    }


def threshold(notice: QuotaNotice, *, org_id: str, used: int, limit: int) -> dict[str, Any]:
    """Of a share of a month's minutes that was reached. org_id: as above."""
    return {
        "org_id": org_id,
        "test": False,
        "month": f"{notice.month:%Y-%m}",
        "percent": notice.percent,
        "minutes_used": used,
        "minutes_limit": limit,
    }


def is_of_test(call: Call) -> bool:
    """Whether no caller is behind it: a member's test, or the simulated phone."""
    return call.is_test or call.account_sid == SIMULATED_ACCOUNT


def _of_call(call: Call) -> dict[str, Any]:
    return {
        "org_id": call.org.public_id,
        "agent_id": call.agent.public_id,
        "agent_name": call.agent.name,
        "call_sid": call.call_sid,
        "test": is_of_test(call),
        "channel": call.channel,
        "from": None if _hides_numbers(call) else _known(call.from_number),
        "to": _known(call.to_number),
        "started_at": iso(call.opened_at),
    }


def _hides_numbers(call: Call) -> bool:
    return Kind.NUMBERS in kinds_of(call.version.privacy)


def _known(number: str) -> str | None:
    shown = readable(number) if number else ""
    return None if shown in ("", WITHHELD, UNKNOWN, ERASED) else shown


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
