"""Admits a call: from the key in a webhook to an opened call.

The key is checked first (`telephony.admission.webhook_keys`), then in this order; the first check
that fails decides:

    signature -> account pin -> agent -> room in this process -> slot, call row

Each request with a valid key leaves a row in the organization's attempt log.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from accounts.carriers.accounts import known_accounts
from accounts.keys.api_keys import touch_key
from accounts.members.trust import prove
from accounts.models import ApiKey, Organization
from accounts.secrets.vault import SealedSecrets, is_any_accepted
from agents.engines import registry
from agents.models import Agent, AgentVersion
from agents.providers.credentials import engines_without_access
from agents.versions.publishing import agent_named, first_agent
from telephony.admission.account_pin import is_another_account, learn_account
from telephony.admission.busy_pool import busy_pool
from telephony.admission.call_values import parameters_of
from telephony.admission.preparation import prepare, prepared_calls
from telephony.carriers.base import Carrier, IncomingCall
from telephony.carriers.registry import auth_tokens
from telephony.process import metrics
from telephony.process.capacity import capacity
from telephony.process.runtime import Runtime
from usage.models import Call
from usage.reads.calls import call_of
from usage.records.attempts import attempt_log
from usage.records.calls import open_call
from voicex.errors import Declined, KeyRefused, NotPrepared, Refused, SignatureRefused
from voicex.reasons.attempts import AttemptReason, Outcome

log = structlog.get_logger(__name__)

ALL_BUSY: Final = frozenset(
    {
        AttemptReason.NO_SLOT,
        AttemptReason.TOO_MANY_BEGUN,
        AttemptReason.POOL_BUSY,
        AttemptReason.BUSY,
        AttemptReason.OVERLOADED,
        AttemptReason.DRAINING,
    }
)
_AGENT_ID: Final = re.compile(r"[0-9a-f]{1,24}")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST at the voice webhook with a valid key; everything else in it is unverified."""

    key: ApiKey
    agent_id: str  # "" for the organization's first active agent
    carrier: Carrier
    incoming: IncomingCall
    query: Mapping[str, str]  # of the URL
    is_signed: Callable[..., bool]  # with `tokens=`: whether one of them has signed the request
    waited_s: int = 0  # seconds that the caller has waited in line


def admit(webhook: Webhook, *, now: datetime, runtime: Runtime | None = None) -> Call:
    """Open the call of `webhook`, or return the one opened by an earlier copy of the request.

    runtime: of this process, which prepares the call.

    Raises KeyRefused (account or agent) or SignatureRefused, which lead to an HTTP error; Declined,
    which leads to a spoken sentence or a place in line. If all lines are in use,
    `telephony.admission.overflow` writes the attempt.
    """
    key, incoming = webhook.key, webhook.incoming
    org, accounts = key.org, known_accounts(key)
    agent: Agent | None = None
    is_verified = False
    try:
        secrets = SealedSecrets(org)
        is_verified = _verify_signature(org, secrets, webhook)
        if is_another_account(org, accounts, incoming.account_id):
            raise KeyRefused(reason=AttemptReason.ACCOUNT_MISMATCH)
        agent = _agent_for(org, webhook.agent_id)
        _make_sure_of_room(org, incoming)
        ensure_engines(secrets, agent)
        call = open_call(
            key=key,
            agent=agent,
            carrier=webhook.carrier.name,
            call_sid=incoming.call_id,
            account_sid=incoming.account_id,
            from_number=incoming.from_number,
            to_number=incoming.to_number,
            attestation=incoming.attestation,
            is_of_app=incoming.is_of_app,
            is_verified=is_verified,
            parameters=parameters_of(agent, webhook.query),
            waited_s=webhook.waited_s,
            now=now,
        )
    except Refused as refusal:
        record_attempt(org, incoming, Outcome.REFUSED, refusal.reason)
        raise
    except Declined as decline:
        if decline.reason is AttemptReason.POOL_BUSY:
            busy_pool.found_full()
        decline.language = decline.language or _language_of(agent)
        decline.is_signed = is_verified
        if decline.reason not in ALL_BUSY:  # their outcome is still open
            record_attempt(org, incoming, Outcome.DECLINED, decline.reason, detail=decline.detail)
        log.info("call_declined", org=org.public_id, reason=decline.reason)
        raise
    prepare(call, secrets, runtime)
    remark = learn_account(call, org, accounts, incoming.account_id, now=now)
    if call.opened_at == now:
        record_attempt(org, incoming, Outcome.ANSWERED, remark)
    else:  # a repeated request, whose attempt is already recorded
        metrics.WEBHOOKS.labels(Outcome.ANSWERED, "repeated").inc()
    touch_key(key, now=now)
    # A token that nobody has checked may be made up, and signs as well as any.
    if (
        is_verified
        and not org.is_proven
        and is_any_accepted(org, names=webhook.carrier.token_names)
    ):
        prove(org, how="signed_call")
    return call


def record_attempt(
    org: Organization,
    incoming: IncomingCall,
    outcome: Outcome,
    reason: AttemptReason | None,
    *,
    detail: str = "",
) -> None:
    """Record the outcome of a request in the attempt log and the metrics."""
    attempt_log.record(
        org=org, call_sid=incoming.call_id, outcome=outcome, reason=reason or "", detail=detail
    )
    metrics.WEBHOOKS.labels(outcome, reason or "").inc()


def _language_of(agent: Agent | None) -> str:
    """The language of `agent`, "" for none."""
    return agent.published.language if agent and agent.published else ""


def _verify_signature(org: Organization, secrets: SealedSecrets, webhook: Webhook) -> bool:
    """Verify the signature; False if the organization has no token."""
    tokens = auth_tokens(secrets, carrier=webhook.carrier)
    if not tokens:
        return False
    if not webhook.is_signed(tokens=tokens):
        log.warning("signature_refused", org=org.public_id)
        is_by_rule = webhook.incoming.is_signed_otherwise
        reason = AttemptReason.SIGNED_BY_RULE if is_by_rule else AttemptReason.BAD_SIGNATURE
        raise SignatureRefused(reason=reason)
    return True


def _agent_for(org: Organization, agent_id: str) -> Agent:
    """The agent named in the URL, or else the organization's first active one."""
    if not agent_id:
        agent = first_agent(org)
        if agent is None or not agent.is_active:
            raise Declined(AttemptReason.NO_ACTIVE_AGENT, language=_language_of(agent))
        return agent
    agent = agent_named(org, public_id=agent_id) if _AGENT_ID.fullmatch(agent_id) else None
    if agent is None:
        raise KeyRefused(reason=AttemptReason.UNKNOWN_AGENT)
    if agent.archived_at is not None:  # its members meant to be rid of it, not of their callers
        raise Declined(AttemptReason.AGENT_ARCHIVED, language=_language_of(agent))
    if not agent.is_active:
        raise KeyRefused(reason=AttemptReason.AGENT_INACTIVE)
    if agent.published is None:
        raise Declined(AttemptReason.NO_AGENT)
    return agent


def ensure_engines(
    secrets: SealedSecrets, agent: Agent, version: AgentVersion | None = None
) -> None:
    """Raise Declined, and log it, unless `agent` is prepared and its engines are available.

    Engines are unavailable if they are not installed, or have no key. secrets: of the agent's
    organization. version: to use in place of the published one.
    """
    version = version or agent.published
    if version is None:
        return
    try:
        config = version.config()
    except NotPrepared:
        log.warning("agent_not_prepared", agent=agent.public_id)
        raise Declined(AttemptReason.AGENT_NOT_PREPARED) from None
    if unknown := registry.not_offered((config.stt, config.llm, config.tts)):
        log.warning("engine_not_offered", agent=agent.public_id, engines=unknown)
        raise Declined(AttemptReason.ENGINE_NOT_OFFERED)
    if missing := engines_without_access(secrets, config):
        log.warning("engine_without_key", agent=agent.public_id, engines=missing)
        raise Declined(AttemptReason.ENGINE_WITHOUT_KEY, detail=",".join(missing))


def _make_sure_of_room(org: Organization, incoming: IncomingCall) -> None:
    """Raise Declined if this process or the pool has no capacity; repeated requests pass."""
    reason = capacity.no_room(expected=prepared_calls.expected())
    if reason is None and not org.is_proven and busy_pool.is_full:
        reason = AttemptReason.POOL_BUSY
    if reason and call_of(org, call_sid=incoming.call_id) is None:
        raise Declined(reason)
