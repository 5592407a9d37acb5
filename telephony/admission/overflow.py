"""Handles callers while all lines are in use: a place in line, a forward, or a sentence.

A caller in line holds no slot. A free line goes to the first caller in line whose carrier requests
the next step (`usage.quota.quotas.take_slot`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.models import ApiKey, Organization
from telephony.admission.decision import ALL_BUSY, Webhook, admit
from telephony.admission.webhook_keys import key_of_row
from telephony.carriers.answers import Answer
from telephony.carriers.base import Carrier, IncomingCall
from telephony.carriers.transfers import Dialing
from telephony.process.runtime import Runtime
from telephony.spoken import carrier as spoken
from telephony.spoken.music import SECONDS
from usage.models import Call, CallRules, WaitingCaller
from usage.quota.call_rules import number_to_show, rules_of
from usage.waiting import callers
from usage.waiting.callers import Place
from voicex.errors import Declined, KeyRefused
from voicex.reasons.attempts import AttemptReason

RING_SECONDS: Final = 30
# The callers at the head of the line that may take a slot, as several may become free at once.
TRIED: Final = 5
# The limit of requests. A carrier that plays the music asks once in SECONDS, plus a few retries. A
# client that asks more often does not play it, and loses the place.
SPARE_ROUNDS: Final = 20

Result = WaitingCaller.Result
ForwardedUrl = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step of a caller in line: one of these fields is set, or none if the caller has
    gone.

    call: connect to it. place: continue to wait. declined: why the caller is not answered
    (WAITED_TOO_LONG: the organization's limit).
    """

    call: Call | None = None
    place: Place | None = None
    declined: Declined | None = None


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
    """Put a caller in line; None: decline the call.

    rules: of the key's organization. None if waiting is disabled, or too many callers wait.
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


def next_step(
    caller: WaitingCaller,
    incoming: IncomingCall,
    *,
    carrier: Carrier,
    is_signed: Callable[..., bool],
    is_verified: bool,
    has_ended: bool,
    now: datetime,
    runtime: Runtime | None,
) -> NextStep:
    """Decide and record the next step of a caller in line, requested by the carrier.

    is_signed: as in `Webhook`; is_verified: whether this request was signed with the organization's
    token; has_ended: the carrier reports that the call is over.
    """
    if has_ended:
        callers.end(caller, Result.LEFT, now=now)
        return NextStep()

    def tried() -> NextStep | None:
        return _tried(caller, incoming, carrier, is_signed, now=now, runtime=runtime)

    if caller.result == Result.ANSWERED:
        # A repeated request: return the call that was already opened.
        return tried() or NextStep()
    if not callers.is_in_line(caller, from_number=incoming.from_number, now=now):
        return NextStep()
    place = callers.place_of(caller, is_signed=is_verified, now=now)
    if place.ahead < TRIED and (step := tried()):
        return step
    longest = timedelta(minutes=rules_of(caller.org).longest_wait_minutes)
    most_rounds = longest.total_seconds() / SECONDS + SPARE_ROUNDS
    if now - caller.arrived_at >= longest or caller.rounds > most_rounds:
        callers.end(caller, Result.TOO_LONG, now=now)
        declined = Declined(AttemptReason.WAITED_TOO_LONG, language=caller.language)
        return NextStep(declined=declined)
    callers.has_asked(caller, place_said=place.position, now=now)
    return NextStep(place=place)


def _tried(
    caller: WaitingCaller,
    incoming: IncomingCall,
    carrier: Carrier,
    is_signed: Callable[..., bool],
    *,
    now: datetime,
    runtime: Runtime | None,
) -> NextStep | None:
    """The step that ends the wait; None while all lines are in use."""
    try:
        webhook = Webhook(
            key=key_of_row(caller.api_key_id, carrier=carrier.name, now=now),
            agent_id=caller.agent_id_asked,
            carrier=carrier,
            incoming=incoming,
            query=caller.parameters,
            is_signed=is_signed,
            waited_s=round((now - caller.arrived_at).total_seconds()),
        )
        call = admit(webhook, now=now, runtime=runtime)
    except Declined as declined:
        if declined.reason in ALL_BUSY:
            return None
        callers.end(caller, Result.DECLINED, now=now)
        return NextStep(declined=declined)
    except KeyRefused:  # the key or the agent was removed meanwhile
        callers.end(caller, Result.DECLINED, now=now)
        ended = Declined(AttemptReason.NO_ACTIVE_AGENT, language=caller.language)
        return NextStep(declined=ended)
    callers.end(caller, Result.ANSWERED, now=now)
    return NextStep(call=call)


def decline(
    declined: Declined,
    *,
    org: Organization,
    carrier: Carrier,
    incoming: IncomingCall,
    rules: CallRules | None = None,
    forwarded_url: ForwardedUrl,
) -> Answer:
    """The answer to a declined caller.

    rules: of the organization, if all lines are in use. forwarded_url: asked once the other number
    is done with the caller, for the language of the words that they hear then.
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
            return _forwarded(rules, carrier, incoming, forwarded_url(declined.language))
    return carrier.say_and_hang_up(said.text, language=said.language)


def after_waiting(
    declined: Declined,
    *,
    org: Organization,
    carrier: Carrier,
    incoming: IncomingCall,
    forwarded_url: ForwardedUrl,
) -> Answer:
    """The answer to a caller who has waited in vain. forwarded_url: as in `decline`.

    After the organization's longest wait the caller is forwarded to its other number.
    """
    if declined.reason is AttemptReason.WAITED_TOO_LONG:
        rules = rules_of(org)
        if _can_forward(org, rules, carrier, incoming):
            return _forwarded(rules, carrier, incoming, forwarded_url(declined.language))
    return decline(
        declined, org=org, carrier=carrier, incoming=incoming, forwarded_url=forwarded_url
    )


def _can_forward(
    org: Organization, rules: CallRules, carrier: Carrier, incoming: IncomingCall
) -> bool:
    """Whether the number can be dialled, and is not the called one, which would be an endless loop.

    Unproven organizations cannot forward.
    """
    is_other = rules.busy_number not in ("", incoming.to_number)
    return org.is_proven and is_other and carrier.transfers is not None


def _forwarded(
    rules: CallRules, carrier: Carrier, incoming: IncomingCall, after_url: str
) -> Answer:
    assert carrier.transfers is not None  # noqa: S101 - as was asked before
    number = rules.busy_number
    line = Dialing(
        address=number,
        digits="",
        caller_number=number_to_show(
            incoming.from_number,
            incoming.to_number,
            address=number,
            rules=lambda: rules,
            is_of_app=incoming.is_of_app,
        ),
        seconds=RING_SECONDS,
        after_url=after_url,
        announce_url="",
    )
    return carrier.transfers.dial(line)
