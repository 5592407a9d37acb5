"""A caller in line: what they hear, and each question of the carrier whether a line is free.

What becomes of them `telephony.admission.overflow` decides. The call begins with the answer that
connects it, and only then.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import condition, require_safe

from accounts.models import Organization
from telephony.admission import overflow
from telephony.admission.overflow import NextStep
from telephony.carriers import registry
from telephony.carriers.answers import Answer
from telephony.carriers.base import Carrier, IncomingCall, Waiting
from telephony.process.runtime import runtime_behind
from telephony.spoken.languages import phrases_for
from telephony.spoken.music import digest_of_music, waiting_music
from telephony.webhooks.callback_proof import ensure_carrier
from telephony.webhooks.callback_urls import (
    Callback,
    forwarded_url,
    music_url,
    read_callback_token,
    waiting_url,
)
from telephony.webhooks.connecting import connection_of
from telephony.webhooks.decorators import answered, carrier_route
from usage.models import CallRules, WaitingCaller
from usage.waiting import callers
from usage.waiting.callers import Place
from voicex.errors import SignatureRefused

TIMES_BEHIND: Final = 2  # that the music is played before who is not next asks again
SAID_AGAIN: Final = 8  # rounds, when the place is the same
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
    is_verified = ensure_carrier(asking, request, report, org_id=caller.org.public_id)
    step = overflow.next_step(
        caller,
        incoming,
        carrier=asking,
        is_signed=partial(asking.is_signed, request),
        is_verified=is_verified,
        has_ended=report.end_reason is not None,
        now=timezone.now(),
        runtime=runtime_behind(request),
    )
    return answered(_answer_to(step, asking, incoming, caller))


def _answer_to(
    step: NextStep, carrier: Carrier, incoming: IncomingCall, caller: WaitingCaller
) -> Answer:
    if step.call is not None:
        return carrier.connect(connection_of(step.call))
    if step.place is not None:
        return _wait_on(carrier, step.place)
    if step.declined is not None:
        return overflow.after_waiting(
            step.declined,
            org=caller.org,
            carrier=carrier,
            incoming=incoming,
            forwarded_url=url_after_forward(caller.org, carrier, incoming),
        )
    return carrier.hang_up()


def url_after_forward(
    org: Organization, carrier: Carrier, incoming: IncomingCall
) -> Callable[[str], str]:
    """Where the carrier asks once the organization's other number is done with the caller; by the
    language of the words that they hear then.
    """

    def url(language: str) -> str:
        return forwarded_url(org, carrier=carrier.name, call_id=incoming.call_id, language=language)

    return url


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


def _wait_on(carrier: Carrier, place: Place) -> Answer:
    caller = place.caller
    is_said = caller.place_said != place.position or (caller.rounds + 1) % SAID_AGAIN == 0
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
    if place.position == 1:
        return phrases.next_in_line
    return phrases.place_in_line.replace("{place}", str(place.position))
