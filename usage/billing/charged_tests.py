"""Charges for tests without a conversation: posted as a test call without turns.

The ledger charges only calls.
"""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.models import User, new_public_id
from agents.engines.base import Usage
from agents.models import AgentVersion
from usage.billing import settlement
from usage.billing.rollup import day_of
from usage.models import Call
from usage.records.calls import save_usage
from voicex.reasons.ends import EndReason


@transaction.atomic
def post_test(
    version: AgentVersion,
    used: Usage,
    *,
    channel: str,
    reason: EndReason,
    actor: User | None,
    began: datetime,
    now: datetime,
) -> None:
    """Store a test call of `actor` with this usage, from `began` to `now`, ended for `reason`.

    channel: a value of `Call.Channel`.
    """
    call = Call.objects.create(
        org=version.agent.org,
        agent=version.agent,
        version=version,
        channel=channel,
        started_by=actor,
        carrier=Call.BROWSER,
        carrier_call_id=new_public_id(),
        **version.engines(),
        state=Call.State.LIVE,
        is_pooled=not version.agent.org.is_proven,
        opened_at=began,
        counted_on=day_of(began, version.agent.org.time_zone),
        live_at=began,
        heartbeat_at=now,
        ticket_id=secrets.token_urlsafe(32),
        ticket_redeemed_at=began,
    )
    save_usage(
        call.pk,
        sequence=1,
        stream_ms=0,
        stt_ms=used.stt_ms,
        llm_tokens_in=used.llm_tokens_in,
        llm_tokens_out=used.llm_tokens_out,
        tts_characters=used.tts_characters,
        is_final=True,
        now=now,
    )
    settlement.finalize(call.pk, reason=reason, now=now)
