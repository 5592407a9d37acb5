"""Reads for pages and reports: always of one organization, or of a call that was found so."""

import json
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Organization
from agents.engines.events import response_ms
from usage.analysis.words import report_of
from usage.models import Call, LedgerEntry, Transfer, Turn, WebhookAttempt


def listed_calls(org: Organization) -> QuerySet[Call]:
    """The calls of `org`, newest first, as lists show them.

    Each has its agent, usage, analysis and tags at hand and `cost_micros`, the sum of its ledger
    lines.
    """
    cost = (
        LedgerEntry.objects.filter(call=OuterRef("pk"))
        .order_by()
        .values("call")
        .annotate(total=Sum("amount_micros"))
        .values("total")
    )
    return (
        Call.objects.filter(org=org)
        .select_related("agent", "usage", "analysis")
        .prefetch_related("tags")
        .annotate(cost_micros=Coalesce(Subquery(cost, output_field=IntegerField()), 0))
        .order_by("-opened_at", "-pk")
    )


def language_of(call_id: int) -> str:
    """The tag of the language in which its agent spoke last, or else the agent's main one."""
    said = Turn.objects.filter(call=call_id, role=Turn.Role.AGENT).exclude(language="")
    spoken = said.order_by("-number").values_list("language", flat=True).first()
    main = Call.objects.filter(pk=call_id).values_list("version__language", flat=True)
    return spoken or main.get()


def calls_of(org: Organization, *, limit: int) -> QuerySet[Call]:
    """The newest calls of `org`; `usage.reads.call_search` finds others."""
    return listed_calls(org)[:limit]


def call_of(org: Organization, *, call_sid: str) -> Call | None:
    """The call of `org` with that CallSid; None also for another organization's."""
    return (
        Call.objects.filter(org=org, carrier_call_id=call_sid)
        .select_related("org", "agent", "version", "usage", "analysis")
        # Of the version, a call's page shows the number; its texts may be long.
        .defer("version__prompt", "version__facts", "version__prepared")
        .first()
    )


def ledger_of(call: Call) -> QuerySet[LedgerEntry]:
    """The lines of `call` that stand, in the order they were posted.

    A line that was reversed, and the line that reversed it, add up to nothing; both are left out.
    """
    return call.ledger_entries.filter(reverses=None, reversed_by=None).order_by("pk")


def transfers_of(call: Call) -> QuerySet[Transfer]:
    """To whom the caller of `call` was put through, in order."""
    return Transfer.objects.filter(org=call.org_id, call=call).order_by("number")


def attempts_of(
    org: Organization, *, before: int | None = None, limit: int = 50
) -> QuerySet[WebhookAttempt]:
    """The latest requests at the voice webhook of `org`, older than the row `before`."""
    found = WebhookAttempt.objects.filter(org=org).order_by("-pk")
    return (found if before is None else found.filter(pk__lt=before))[:limit]


def call_report(call: Call) -> dict[str, Any]:
    """What happened on `call` and what it cost, as `report.json` and `--json` show it.

    `voice_to_voice_ms` is the time from the caller's last word to the first sound that they heard;
    its percentiles are None when no answer was measured. `tools` are what the agent had done, and
    `transfers` what became of its attempts to put the caller through.
    `summary`, `outcome` and what else an analysis says come once it is made.
    """
    rows = list(call.turns.order_by("number"))
    turns = [row for row in rows if row.role != Turn.Role.TOOL]
    waits = sorted(
        waited
        for turn in turns
        if turn.role == Turn.Role.AGENT and (waited := response_ms(turn.latency_ms)) is not None
    )
    return {
        "call_sid": call.call_sid,
        "org_id": call.org.public_id,
        "agent_id": call.agent.public_id,
        "engines": {"stt": call.stt, "llm": call.llm, "tts": call.tts},
        "turns": [
            {
                "role": turn.role,
                "text": turn.text,
                "heard_text": turn.heard_text,
                "interrupted": turn.interrupted,
                "latency_ms": turn.latency_ms,
                **({"endpoint": turn.endpoint} if turn.role == Turn.Role.CALLER else {}),
                **({"language": turn.language} if turn.language else {}),
            }
            for turn in turns
        ],
        "tools": [_tool(row) for row in rows if row.role == Turn.Role.TOOL],
        "message": _message(call),
        **report_of(call),
        "transfers": [
            {"target": each.target, "result": each.result, "seconds": each.seconds}
            for each in transfers_of(call)
        ],
        "voice_to_voice_ms": {"p50": _percentile(waits, 50), "p95": _percentile(waits, 95)},
        "ledger": [
            {
                "key": entry.key,
                "component": entry.component,
                "quantity": entry.quantity,
                "unit": entry.unit,
                "amount_micros": entry.amount_micros,
            }
            for entry in ledger_of(call)
        ],
    }


def _message(call: Call) -> dict[str, str] | None:
    """The last message that the caller left."""
    last = call.messages.order_by("-pk").first()
    return {"name": last.name, "number": last.number, "text": last.text} if last else None


def _tool(row: Turn) -> dict[str, Any]:
    name, _, written = row.text.partition(" ")
    try:
        arguments = json.loads(written)
    except (ValueError, RecursionError):  # as a model may write them, or deleted
        arguments = written
    return {
        "name": name,
        "arguments": arguments,
        "result": row.heard_text,
        "ms": row.ended_ms - row.started_ms,
    }


def _percentile(ascending: list[int], percent: int) -> int | None:
    """The nearest rank: the smallest value that `percent` of all are not above."""
    if not ascending:
        return None
    return ascending[-(-len(ascending) * percent // 100) - 1]
