"""What callers get while all lines are in use: what their organization has chosen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from accounts.models import ApiKey, Organization
from telephony.carriers.answers import Answer
from telephony.carriers.base import Carrier, IncomingCall
from telephony.carriers.transfers import Dialing
from telephony.process import metrics
from telephony.spoken import carrier as spoken
from usage.models import CallRules
from usage.records.attempts import attempt_log
from usage.waiting import callers
from usage.waiting.callers import Place
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason, Outcome

ALL_BUSY: Final = frozenset(
    {
        AttemptReason.NO_SLOT,
        AttemptReason.POOL_BUSY,
        AttemptReason.BUSY,
        AttemptReason.OVERLOADED,
        AttemptReason.DRAINING,
    }
)
RING_SECONDS: Final = 30


def join_line(
    declined: Declined,
    key: ApiKey,
    rules: CallRules,
    *,
    agent_id: str,
    query: Mapping[str, str],
    carrier: Carrier,
    incoming: IncomingCall,
    now: datetime,
) -> Place | None:
    """The place in line of a caller for whom all lines are busy; None: they are declined.

    rules: of the key's organization. None where it lets nobody wait, or too many wait.
    """
    if rules.when_busy != CallRules.WhenBusy.QUEUE:
        return None
    return callers.join(
        key,
        agent_id=agent_id,
        parameters=query,
        carrier=carrier.name,
        call_id=incoming.call_id,
        from_number=incoming.from_number,
        language=declined.language,
        is_signed=declined.is_signed,
        now=now,
    )


def decline(
    declined: Declined,
    *,
    org: Organization,
    carrier: Carrier,
    incoming: IncomingCall,
    rules: CallRules | None = None,
) -> Answer:
    """The answer to a caller whom no agent takes.

    rules: of the organization, where all lines are in use.
    """
    said = spoken.decline(declined)
    if rules is None:
        return carrier.say_and_hang_up(said.text, language=said.language)
    match rules.when_busy:
        case CallRules.WhenBusy.BUSY:
            return carrier.reject_as_busy()
        case CallRules.WhenBusy.SENTENCE if rules.busy_sentence:
            return carrier.say_and_hang_up(rules.busy_sentence, language=said.language)
        case CallRules.WhenBusy.NUMBER if _can_forward(org, rules, carrier, incoming):
            return _forwarded(rules, carrier)
    return carrier.say_and_hang_up(said.text, language=said.language)


def after_waiting(
    *, org: Organization, rules: CallRules, carrier: Carrier, incoming: IncomingCall, language: str
) -> Answer:
    """The answer to a caller who has waited for as long as the organization allows."""
    if _can_forward(org, rules, carrier, incoming):
        return _forwarded(rules, carrier)
    said = spoken.decline(Declined(AttemptReason.WAITED_TOO_LONG, language=language))
    return carrier.say_and_hang_up(said.text, language=said.language)


def record_attempt(
    org: Organization,
    incoming: IncomingCall,
    outcome: Outcome,
    reason: AttemptReason | None,
    *,
    detail: str = "",
) -> None:
    """Keep what became of a request, for the organization's eyes, and count it."""
    attempt_log.record(
        org=org, call_sid=incoming.call_id, outcome=outcome, reason=reason or "", detail=detail
    )
    metrics.WEBHOOKS.labels(outcome, reason or "").inc()


def _can_forward(
    org: Organization, rules: CallRules, carrier: Carrier, incoming: IncomingCall
) -> bool:
    """Whether the number can be dialled, and is not the one that was: it would ring for ever.

    An organization that is not proven dials nobody.
    """
    is_other = rules.busy_number not in ("", incoming.to_number)
    return org.is_proven and is_other and carrier.transfers is not None


def _forwarded(rules: CallRules, carrier: Carrier) -> Answer:
    assert carrier.transfers is not None  # noqa: S101 - as was asked before
    return carrier.transfers.dial(_line_to(rules.busy_number))


def _line_to(number: str) -> Dialing:
    return Dialing(
        address=number,
        digits="",
        caller_number="",
        seconds=RING_SECONDS,
        after_url="",
        announce_url="",
    )
