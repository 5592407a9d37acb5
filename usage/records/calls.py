"""Writes of a live call: opened by the webhook, made live by its stream, then its usage.

These writes run beside live audio, so each is one short transaction with few statements; tests
count them. A transaction with several rows locks the call's row first, as settlement does, so there
are no deadlocks.
"""

import secrets
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import BigIntegerField, Q, Value
from django.db.models.functions import Coalesce, Greatest

from accounts.models import ApiKey, Organization
from agents.models import Agent
from usage.billing.rollup import day_of
from usage.hooks import of_calls
from usage.hooks.record import listening_to
from usage.models import Call, Outbox, UsageFact
from usage.outbox import rows
from usage.quota import pool
from usage.quota.budgets import ensure_budget
from usage.quota.quotas import TICKET_LIFETIME, call_and_slots, ensure_minutes, take_slot
from usage.records.evidence import ATTESTATION, OF_APP, WAITED
from usage.records.repair import is_count, mended
from usage.takeover import facts
from voicex.database.prepared import PreparedRead, insert_one
from voicex.errors import Declined, Malformed
from voicex.reasons.attempts import AttemptReason
from voicex.reasons.attestation import Attestation

# An organization with its limits, locked.
_LOCKED: Final[PreparedRead[Organization]] = PreparedRead(
    lambda pk: (
        Organization.objects.filter(pk=pk)
        .select_related("quota__plan", "call_rules")
        .select_for_update(of=("self",), no_key=True)
    ),
    pk=BigIntegerField(),
)

# In place of an end reason: another process continues the call.
LOST_CALL: Final = "moved"

PARAMETERS: Final = "parameters"  # the webhook URL's parameters in `Call.carrier_report`


def open_call(
    *,
    key: ApiKey,
    agent: Agent,
    carrier: str,
    call_sid: str,
    account_sid: str,
    from_number: str,
    to_number: str,
    is_verified: bool,
    now: datetime,
    attestation: Attestation | None = None,
    is_of_app: bool = False,
    parameters: Mapping[str, str] | None = None,
    waited_s: int = 0,
) -> Call:
    """Open the call `call_sid` and take a slot; a repeated POST returns the existing call.

    carrier: the name of the carrier, whose call id `call_sid` is. agent: of the key's organization;
    is_of_app: the caller calls by an app; parameters: the call's data in the webhook URL, deleted
    with its words (`usage.records.evidence`); waited_s: seconds in line. Raises Declined
    (`suspended`, `no_slot`, `too_many_begun`, `minutes_used_up`, `budget_spent`, those of
    `usage.quota.pool`, or `no_agent` for an agent without a published version) when no new call can
    be accepted, and Malformed for the id of a call on another channel.
    """
    with transaction.atomic():
        # Lock the organization, so that slots are counted correctly; no_key: rows that only
        # reference the organization do not wait.
        org = _LOCKED.one(pk=key.org_id)
        if org is None:
            raise Organization.DoesNotExist
        is_known, used, begun = call_and_slots(org, call_id=call_sid, now=now)
        if is_known:
            return _same_call(org, call_sid, carrier=carrier)
        if agent.published is None:
            raise Declined(AttemptReason.NO_AGENT)
        take_slot(org, is_verified=is_verified, call_id=call_sid, now=now, used=used, begun=begun)
        ensure_minutes(org, now=now)
        ensure_budget(org, agent.published, now=now)
        if not org.is_proven:
            pool.take(now=now)
        # Break the reference cycles, which would keep the call alive.
        Organization._meta.get_field("quota").delete_cached_value(org)
        Organization._meta.get_field("call_rules").delete_cached_value(org)
        call = Call(
            org=org,
            agent=agent,
            version=agent.published,
            api_key=key,
            carrier=carrier,
            **mended(
                Call,
                None,
                carrier_call_id=call_sid,
                account_sid=account_sid,
                from_number=from_number,
                to_number=to_number,
                carrier_report=_first_report(attestation, parameters, waited_s, is_of_app),
            ),
            **agent.published.engines(),
            is_verified=is_verified,
            is_pooled=not org.is_proven,
            opened_at=now,
            counted_on=day_of(now, org.time_zone),
            ticket_id=secrets.token_urlsafe(32),
        )
        insert_one(call)
        return call


def _same_call(org: Organization, call_sid: str, *, carrier: str) -> Call:
    """The call of that id. Rare, so the columns of call and agent are only read then.

    Raises Malformed for a call of another carrier or channel: a ticket is only valid for its own
    carrier, and calls from a page have no webhook.
    """
    same = Call.objects.filter(org=org, carrier_call_id=call_sid).order_by()
    call = same.select_related("org", "agent", "version__agent").get()
    if call.carrier != carrier:
        raise Malformed("The id of the call is that of another call.")
    return call


def _first_report(
    attestation: Attestation | None,
    parameters: Mapping[str, str] | None,
    waited_s: int,
    is_of_app: bool,
) -> dict[str, Any]:
    """What `Call.carrier_report` begins with: what is known of the call when it is opened."""
    told: dict[str, Any] = {ATTESTATION: attestation} if attestation else {}
    if parameters:
        told[PARAMETERS] = dict(parameters)
    if waited_s:
        told[WAITED] = waited_s
    if is_of_app:
        told[OF_APP] = True
    return told


def redeem_ticket(
    *,
    call_id: int,
    ticket_id: str,
    carrier: str,
    stream_sid: str,
    call_sid: str,
    account_sid: str,
    now: datetime,
    known: Call | None = None,
) -> Call | None:
    """Make the call live with the stream that presented its ticket; None: the ticket is invalid.

    A ticket is valid once, for 60 s after it was issued, for this call and account, not after the
    end of the call and not while its organization is suspended. Of two concurrent streams one gets
    the call. known: its row if just read, returned without another query.
    """
    since = now - TICKET_LIFETIME
    # Checked first and outside of the transaction, because few calls have a subscriber.
    endpoints = listening_to(call_id)
    opened = Call.objects.filter(
        Q(state=Call.State.OPENED, opened_at__gte=since)
        | Q(state=Call.State.RETURNING, heartbeat_at__gte=since),
        pk=call_id,
        # Not org__state: a join would move every condition into a subquery, and of two
        # streams at once both could win.
        org__in=Organization.objects.filter(state=Organization.State.ACTIVE),
        ticket_id=ticket_id,
        ticket_redeemed_at=None,
        carrier=carrier,
        carrier_call_id=call_sid,
        account_sid=account_sid,
    )
    live = {
        "state": Call.State.LIVE,
        "stream_sid": stream_sid,
        "ticket_redeemed_at": now,
        "live_at": Coalesce("live_at", Value(now)),
        "heartbeat_at": now,
    }
    with transaction.atomic() if endpoints else nullcontext():
        if not opened.update(**live):
            return None
        if endpoints:
            of_calls.started(call_id, endpoints, now=now)
    return known or Call.objects.select_related("org", "version__agent").get(pk=call_id)


def save_usage(
    call_id: int,
    *,
    sequence: int,
    stream_ms: int,
    stt_ms: int,
    llm_tokens_in: int,
    llm_tokens_out: int,
    tts_characters: int,
    is_final: bool,
    now: datetime,
    generation: int | None = None,
    llm_tokens_unread: int = 0,
    wasted_stt_ms: int = 0,
    wasted_llm_tokens_in: int = 0,
    wasted_llm_tokens_out: int = 0,
    wasted_tts_characters: int = 0,
) -> str:
    """Store a cumulative usage snapshot, unless one with a higher sequence is stored.

    wasted_...: how much of each was discarded unheard; it is charged all the same.
    llm_tokens_unread: the part of a prompt that its model seems to have ignored.

    generation: of the stream; None for a call with a single stream. A snapshot of a replaced stream
    returns LOST_CALL; what it adds to the usage is counted (`usage.takeover.facts`), and nothing
    else changes.

    An invalid count (negative, not a number) keeps the value of the snapshot before.

    It is also the call's heartbeat, which never goes back. Returns "" if the call may continue;
    otherwise why it must not: its end was recorded (`settlement.record_end`), or it was considered
    lost. A snapshot after the end triggers another settlement, so that the ledger follows late
    facts.
    """
    counts = {
        "stream_ms": stream_ms,
        "stt_ms": stt_ms,
        "llm_tokens_in": llm_tokens_in,
        "llm_tokens_out": llm_tokens_out,
        "llm_tokens_unread": llm_tokens_unread,
        "tts_characters": tts_characters,
        "wasted_stt_ms": wasted_stt_ms,
        "wasted_llm_tokens_in": wasted_llm_tokens_in,
        "wasted_llm_tokens_out": wasted_llm_tokens_out,
        "wasted_tts_characters": wasted_tts_characters,
    }
    unknown = {name for name, count in counts.items() if not is_count(count)}
    fields = mended(UsageFact, call_id, sequence=sequence, is_final=is_final, **counts)
    fact = UsageFact(call_id=call_id, **fields | dict.fromkeys(unknown, 0))
    now = mended(Call, call_id, heartbeat_at=now)["heartbeat_at"]
    with transaction.atomic():
        calls = Call.objects.filter(pk=call_id)
        end_reason, is_ended = "", False
        if not _is_running(call_id, generation, now=now):
            # On SQLite the greatest of a value and NULL is NULL.
            latest = Greatest(Coalesce("heartbeat_at", Value(now)), Value(now))
            own = {} if generation is None else {"generation": generation}
            is_own = calls.filter(**own).update(heartbeat_at=latest)
            if generation is not None and not is_own:
                facts.keep_late(fact, unknown=unknown, generation=generation, now=now)
                return LOST_CALL
            end_reason, ended_at = calls.values_list("end_reason", "ended_at").get()
            is_ended = ended_at is not None
        if generation:  # of a call that was continued: an earlier stream may have said more since
            facts.add_earlier(fact)
        if facts.keep_if_newer(fact, unknown=unknown) and is_ended:
            rows.rearm(Outbox.Kind.SETTLE_CALL, call_id, now=now)
    return end_reason


def _is_running(call_id: int, generation: int | None, *, now: datetime) -> bool:
    """Whether the call is live with this generation; sets its heartbeat to `now`.

    The heartbeat never goes back: a record that is sent again has an old time, and the call may be
    live. The checks are conditions of the same UPDATE, so they cost no extra statement.
    """
    at = Call._meta.get_field("heartbeat_at").get_db_prep_save(now, connection)
    owner = [] if generation is None else [generation]
    with connection.cursor() as cursor:
        cursor.execute(_beating(is_owned=bool(owner)), [at, at, call_id, *owner])
        return bool(cursor.rowcount)


@cache
def _beating(*, is_owned: bool) -> str:
    """SQL for both databases, as in `usage.records.turns`."""
    return f"""
        UPDATE {Call._meta.db_table}
        SET heartbeat_at = CASE WHEN heartbeat_at > %s THEN heartbeat_at ELSE %s END
        WHERE id = %s AND ended_at IS NULL AND end_reason = ''
        {"AND generation = %s" if is_owned else ""}
    """  # noqa: S608  the name is the model's own  # nosec B608
