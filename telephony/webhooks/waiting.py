"""A caller in line: what they hear, and each question of the carrier whether a line is free.

Nobody's slot is held while they wait. Whoever asks first and has nobody before them gets the line
that is free (`usage.quota.quotas.take_slot`); the call begins with that answer, and only then.
"""

from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import condition, require_safe

from telephony.admission import overflow
from telephony.admission.decision import Webhook, admit
from telephony.admission.webhook_keys import key_of_row
from telephony.carriers import registry
from telephony.carriers.answers import Answer
from telephony.carriers.base import Carrier, IncomingCall, Waiting
from telephony.process.runtime import runtime_behind
from telephony.spoken import carrier as spoken
from telephony.spoken.languages import phrases_for
from telephony.spoken.music import SECONDS, digest_of_music, waiting_music
from telephony.webhooks.callback_proof import ensure_carrier
from telephony.webhooks.callback_urls import (
    Callback,
    music_url,
    read_callback_token,
    waiting_url,
)
from telephony.webhooks.connecting import connection_of
from telephony.webhooks.decorators import answered, carrier_route
from usage.models import CallRules, WaitingCaller
from usage.quota.call_rules import rules_of
from usage.waiting import callers
from usage.waiting.callers import Place
from voicex.errors import Declined, KeyRefused, SignatureRefused
from voicex.reasons.attempts import AttemptReason

log = structlog.get_logger(__name__)

# So many at the head of the line are tried at each question: lines may become free together.
TRIED: Final = 5
TIMES_BEHIND: Final = 2  # that the music is played before who is not next asks again
SAID_AGAIN: Final = 8  # rounds, when the place is the same
SPARE_ROUNDS: Final = 20
_FOR_A_WEEK: Final = "public, max-age=604800"


@carrier_route
def waiting(request: HttpRequest, token: str, *, carrier: str) -> HttpResponse:
    """Connect a caller who waits, or let them wait on."""
    asking = registry.carrier(carrier)
    incoming, report = asking.read_call(request), asking.read_after(request)
    row = read_callback_token(
        Callback.WAITING, token, carrier=carrier, call_sid=incoming.call_id
    ).row
    caller = callers.find(row)
    if caller is None:  # forgotten
        raise SignatureRefused
    is_signed = ensure_carrier(asking, request, report, org_id=caller.org.public_id)
    now = timezone.now()
    if report.end_reason is not None:
        callers.end(caller, WaitingCaller.Result.LEFT, now=now)
        return answered(asking.hang_up())
    if caller.result == WaitingCaller.Result.ANSWERED:
        # A repeat, or the answer came too late for the carrier: the same call, whoever waits.
        return answered(_tried(request, asking, incoming, caller) or asking.hang_up())
    if not callers.is_in_line(caller, from_number=incoming.from_number, now=now):
        return answered(asking.hang_up())
    place = callers.place_of(caller, is_signed=is_signed, now=now)
    if place.ahead < TRIED and (answer := _tried(request, asking, incoming, caller)):
        return answered(answer)
    rules = rules_of(caller.org)
    longest = timedelta(minutes=rules.longest_wait_minutes)
    most_rounds = longest.total_seconds() / SECONDS + SPARE_ROUNDS
    if now - caller.arrived_at >= longest or caller.rounds > most_rounds:
        callers.end(caller, WaitingCaller.Result.TOO_LONG, now=now)
        said = overflow.after_waiting(
            org=caller.org, rules=rules, carrier=asking, incoming=incoming, language=caller.language
        )
        return answered(said)
    return answered(_wait_on(asking, place))


def first_answer(carrier: Carrier, place: Place, rules: CallRules) -> Answer:
    """What a caller hears who was just put in line; the organization's own sentence, if any."""
    phrases = phrases_for(place.caller.language)
    return _music(carrier, place, [rules.busy_sentence or phrases.in_line, _place_in_words(place)])


@require_safe
@condition(etag_func=lambda _request, **_asked: f'"{digest_of_music()}"')
def music(_request: HttpRequest, *, carrier: str) -> HttpResponse:
    """The music, which carriers fetch once and keep."""
    headers = {"Cache-Control": _FOR_A_WEEK}
    return HttpResponse(waiting_music(), content_type="audio/wav", headers=headers)


def _tried(
    request: HttpRequest, asking: Carrier, incoming: IncomingCall, caller: WaitingCaller
) -> Answer | None:
    """The answer that ends the waiting; None while all lines are in use."""
    now = timezone.now()
    try:
        webhook = Webhook(
            key=key_of_row(caller.api_key_id, carrier=asking.name, now=now),
            agent_id=caller.agent_id_asked,
            carrier=asking,
            incoming=incoming,
            query=caller.parameters,
            is_signed=partial(asking.is_signed, request),
            waited_s=round((now - caller.arrived_at).total_seconds()),
        )
        call = admit(webhook, now=now, runtime=runtime_behind(request))
    except Declined as declined:
        if declined.reason in overflow.ALL_BUSY:
            return None
        callers.end(caller, WaitingCaller.Result.DECLINED, now=now)
        return overflow.decline(declined, carrier=asking, incoming=incoming, org=caller.org)
    except KeyRefused:  # the key or the agent has ended meanwhile
        callers.end(caller, WaitingCaller.Result.DECLINED, now=now)
        said = spoken.decline(Declined(AttemptReason.NO_ACTIVE_AGENT, language=caller.language))
        return asking.say_and_hang_up(said.text, language=said.language)
    callers.end(caller, WaitingCaller.Result.ANSWERED, now=now)
    return asking.connect(connection_of(call))


def _wait_on(carrier: Carrier, place: Place) -> Answer:
    caller = place.caller
    is_said = caller.place_said != place.ahead + 1 or (caller.rounds + 1) % SAID_AGAIN == 0
    callers.has_asked(caller, place_said=place.ahead + 1, now=timezone.now())
    return _music(carrier, place, [_place_in_words(place)] if is_said else [])


def _music(carrier: Carrier, place: Place, sentences: list[str]) -> Answer:
    return carrier.keep_waiting(
        Waiting(
            sentences=sentences,
            language=phrases_for(place.caller.language).carrier_language,
            music_url=music_url(carrier.name),
            times=TIMES_BEHIND if place.ahead else 1,
            next_url=waiting_url(place.caller),
        )
    )


def _place_in_words(place: Place) -> str:
    phrases = phrases_for(place.caller.language)
    if not place.ahead:
        return phrases.next_in_line
    return phrases.place_in_line.replace("{place}", str(place.ahead + 1))
