"""What carriers are told while the database is away: words, from what this process knows.

No call begins and none continues then: who may call, how many are on the line and where a call
stands is in the database alone. But a new caller hears why, in the agent's language, at once; that
they called is written down when the database is back. A caller whose line was lost waits, in words,
as long as the call can still continue. Where a call has ended in order, nothing is left to say.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.keys import key_text
from telephony.admission.own_signatures import signature, unsigned
from telephony.carriers import registry
from telephony.carriers.answers import Answer
from telephony.carriers.base import Carrier, IncomingCall, Waiting
from telephony.carriers.transfers import DialReport, DialStatus
from telephony.process import metrics
from telephony.process.known_keys import known_keys
from telephony.process.recent_calls import recent_calls
from telephony.spoken import carrier as spoken
from telephony.spoken.languages import phrases_for
from telephony.webhooks import late_reports
from telephony.webhooks.callback_urls import (
    LANGUAGE,
    SINCE,
    Callback,
    asked_again,
    moment_of,
    music_url,
    read_callback_token,
    signed_moment,
)
from usage.records.attempts import attempt_log
from voicex.errors import Declined, KeyRefused, SignatureRefused
from voicex.reasons.attempts import AttemptReason, Outcome
from voicex.reasons.ends import EndReason, LastWords

ACCEPT: Final = "1"
# How often the caller of a lost line was asked to wait, in the query of `after`.
WAITED: Final = "waited"
# What became of the line that was dialled, when its caller was asked to wait: likewise.
LINE: Final = "line"
# When its carrier asked first what follows is in the query (SINCE), as how long the line was used
# is charged. And in the scope of a request, when that came.
ASKED_AT: Final = "voicex.asked_at"
# Each takes some 4 s: `webhooks.asgi.BACK_WITHIN_SECONDS`, and a sentence; where its MOST_HELD are
# held already, the sentence alone. After 45 s without a process (CALL_STALE_SECONDS) no call is
# continued.
MOST_WAITS: Final = 10
# Of a stream that this process knows nothing of: its process is dead, or it has ended in order
# elsewhere, and who has heard a goodbye should not be kept.
WAITS_OF_UNKNOWN: Final = 3
# Of a request's ASGI scope: it is answered in words, because nothing else came in time.
IN_WORDS: Final = "voicex.in_words"
# It is answered in words because the database broke off while its view ran.
BROKEN_OFF: Final = "voicex.broken_off"
# Its carrier has an answer by now: what its view still does is for nobody.
GIVEN_UP: Final = "voicex.given_up"


def is_in_words(request: HttpRequest) -> bool:
    """Whether the request is to be answered without the database."""
    return bool(getattr(request, "scope", {}).get(IN_WORDS))


def note_broken_off(request: HttpRequest) -> None:
    """The database broke off while the view of this request ran."""
    scope = getattr(request, "scope", None)
    if scope is not None:
        scope[BROKEN_OFF] = True


def is_given_up(request: HttpRequest) -> bool:
    """Whether the carrier was answered in words meanwhile."""
    return bool(getattr(request, "scope", {}).get(GIVEN_UP))


def voice(request: HttpRequest, *, carrier: str) -> Answer:
    """A call comes: that nobody can answer. Raises KeyRefused for what is no key."""
    asking = registry.carrier(carrier)
    text: str = request.api_key  # type: ignore[attr-defined]  # set by HideApiKey
    if key_text.parse(text) is None:
        raise KeyRefused
    incoming = asking.read_call(request)
    if incoming.is_over:
        return asking.hang_up()
    if incoming.failed_url and (answer := once_more(request, asking, incoming)):
        return answer
    known = known_keys.find(text, agent_id=request.GET.get("agent_id", ""))
    reason = AttemptReason.DATABASE_AWAY
    if known is not None and attempt_log.is_deferred:  # else it would be written now
        attempt_log.record(
            org=known.org, call_sid=incoming.call_id, outcome=Outcome.DECLINED, reason=reason
        )
    metrics.WEBHOOKS.labels(Outcome.DECLINED, reason).inc()
    said = spoken.decline(Declined(reason, language=known.language if known else ""))
    return asking.say_and_hang_up(said.text, language=said.language)


def once_more(request: HttpRequest, asking: Carrier, incoming: IncomingCall) -> Answer | None:
    """Let the carrier ask a callback of a call in progress once more, which it failed to ask; None
    where it comes with a new call.
    """
    call_ids = asking.call_ids_in(request.body)
    again = asked_again(incoming.failed_url, carrier=asking.name, call_ids=call_ids)
    return asking.keep_waiting(Waiting([], "", "", times=0, next_url=again)) if again else None


def after(request: HttpRequest, token: str, *, carrier: str) -> Answer:
    """A stream is over: its caller waits, unless the call has ended here with words of its own."""
    asking = registry.carrier(carrier)
    report = asking.read_after(request)
    about = read_callback_token(Callback.AFTER, token, carrier=carrier, call_sid=report.call_id)
    if report.end_reason is not None:
        late_reports.nobody_is_dialled(request, asking, report, about.row, is_caller_gone=True)
        return asking.hang_up()
    known = recent_calls.find(report.call_id)
    is_this = known is not None and known.generation == about.generation
    end_reason = known.end_reason if known and is_this else ""
    most_waits = MOST_WAITS if is_this else WAITS_OF_UNKNOWN
    language = known.language if known else ""
    waited = _waited(request)
    # Whom to dial is in the database, and the transfer itself may not be written yet.
    if _is_lost(end_reason) or end_reason == EndReason.TRANSFERRED:
        if waited < most_waits:
            return _wait(request, asking, waited, language)
        late_reports.nobody_is_dialled(request, asking, report, about.row, is_caller_gone=False)
    return _no_way_on(asking, end_reason, language)


def asked_at(request: HttpRequest) -> datetime | None:
    """When the carrier asked first what follows a stream; None where that is not known."""
    found: datetime | None = moment_of(request) or getattr(request, "scope", {}).get(ASKED_AT)
    return found


def _waited(request: HttpRequest) -> int:
    """How often the caller was asked to wait. What we did not write counts as often enough."""
    written = request.GET.get(WAITED, "0")
    is_ours = written.isascii() and written.isdecimal() and len(written) < 3
    return int(written) if is_ours else MOST_WAITS


def _is_lost(end_reason: str) -> bool:
    """Whether nothing is known but that the line was lost, so another process may continue it."""
    known = EndReason.named(end_reason)
    return known is None or known.last_words is LastWords.LOST


def _wait(
    request: HttpRequest, asking: Carrier, waited: int, language: str, **known: str
) -> Answer:
    """Ask again what follows: the first time without a word, as a database that restarts is back
    at once. known: more for the query.
    """
    phrases = phrases_for(language)
    said = [phrases.waiting[(waited - 1) % len(phrases.waiting)]] if waited else []
    since = signed_moment(request.path, asked_at(request) or timezone.now())
    query = urlencode({WAITED: waited + 1, SINCE: since, **known})
    again = f"{settings.TWILIO_APP_URL}{request.path}?{query}"
    return asking.keep_waiting(
        Waiting(said, phrases.carrier_language, music_url(asking.name), times=0, next_url=again)
    )


def _no_way_on(asking: Carrier, end_reason: str, language: str) -> Answer:
    phrases = phrases_for(language)
    if end_reason == EndReason.TRANSFERRED:
        return asking.say_and_hang_up(phrases.no_way_back, language=phrases.carrier_language)
    said = spoken.farewell(end_reason, language=language)
    if said is None:
        return asking.hang_up()
    return asking.say_and_hang_up(said.text, language=said.language)


def dialed(request: HttpRequest, token: str, *, carrier: str) -> Answer:
    """A line that was dialled is over: its caller waits for a way back, unless connected."""
    asking = registry.carrier(carrier)
    if asking.transfers is None:
        raise SignatureRefused
    report = line_before_wait(request, asking.transfers.read_dialed(request))
    about = read_callback_token(Callback.DIALED, token, carrier=carrier, call_sid=report.call_id)
    is_over = report.is_caller_gone or report.is_answered
    waited = _waited(request)
    has_waited = is_over or waited >= MOST_WAITS
    late_reports.line_is_over(request, asking, report, about.row, ends=has_waited)
    if is_over:
        return asking.hang_up()
    known = recent_calls.find(report.call_id)
    language = known.language if known else ""
    if not has_waited:
        proof = signature(LINE, f"{request.path}.{report.status}")
        return _wait(request, asking, waited, language, **{LINE: f"{report.status}.{proof}"})
    return _no_way_on(asking, EndReason.TRANSFERRED, language)


def forwarded(request: HttpRequest, token: str, *, carrier: str) -> Answer:
    """The organization's other number is done with a caller: who was not answered hears it."""
    asking = registry.carrier(carrier)
    if asking.transfers is None:
        raise SignatureRefused
    report = asking.transfers.read_dialed(request)
    read_callback_token(Callback.FORWARDED, token, carrier=carrier, call_sid=report.call_id)
    return after_forward(request, asking, report)


def after_forward(request: HttpRequest, asking: Carrier, report: DialReport) -> Answer:
    """What follows where the other number is done with a caller."""
    if report.is_caller_gone or report.is_answered or _has_talked(request, report):
        return asking.hang_up()
    declined = Declined(AttemptReason.FORWARD_FAILED, language=request.GET.get(LANGUAGE, ""))
    said = spoken.decline(declined)
    return asking.say_and_hang_up(said.text, language=said.language)


def _has_talked(request: HttpRequest, report: DialReport) -> bool:
    """Whether a caller talked at the other number, of whom nothing is reported: a line that nobody
    answers is over long before.
    """
    since = moment_of(request)
    return report.is_silent and since is not None and timezone.now() - since > late_reports.RUNG_FOR


def line_before_wait(request: HttpRequest, report: DialReport) -> DialReport:
    """What became of the dialled line, where its caller was asked to wait since it was reported:
    the carrier does not repeat it.
    """
    status, _, given = request.GET.get(LINE, "").partition(".")
    if unsigned(LINE, f"{request.path}.{status}.{given}") is None:
        return report
    return replace(report, status=DialStatus(status), was_connected=False)


def key(request: HttpRequest, token: str, *, carrier: str) -> Answer:
    """A person has pressed a key: who takes the call gets it."""
    asking = registry.carrier(carrier)
    if asking.transfers is None:
        raise SignatureRefused
    report = asking.transfers.read_person(request)
    about = read_callback_token(Callback.KEY, token, carrier=carrier, call_sid=report.call_id)
    if report.key != ACCEPT:
        return asking.hang_up()
    late_reports.line_is_taken(request, asking, report, about.row)
    return asking.transfers.connect_person()


def person(request: HttpRequest, token: str, *, carrier: str) -> Answer:
    """A person has answered, and what they should be told is not known."""
    asking = registry.carrier(carrier)
    if asking.transfers is None:
        raise SignatureRefused
    report = asking.transfers.read_person(request)
    read_callback_token(Callback.PERSON, token, carrier=carrier, call_sid=report.call_id)
    return asking.hang_up()


def waiting(request: HttpRequest, token: str, *, carrier: str) -> Answer:
    """A caller in line: waits on, and hears nothing of it."""
    asking = registry.carrier(carrier)
    report = asking.read_after(request)
    read_callback_token(Callback.WAITING, token, carrier=carrier, call_sid=report.call_id)
    if report.end_reason is not None:
        return asking.hang_up()
    again = f"{settings.TWILIO_APP_URL}{request.path}"
    return asking.keep_waiting(Waiting([], "", music_url(carrier), times=1, next_url=again))


# By the name of the view that needs the database. Reports alone have none: nobody waits for them.
ANSWERS: Final[Mapping[str, Callable[..., Answer]]] = {
    "voice": voice,
    "after": after,
    "dialed": dialed,
    "person": person,
    "key": key,
    "waiting": waiting,
    "forwarded": forwarded,
}


def response(name: str, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """What the carrier is told in place of the view of that name. Raises Refused, Malformed."""
    answer = ANSWERS[name](request, *args, **kwargs)
    return HttpResponse(answer.body, content_type=answer.content_type)
