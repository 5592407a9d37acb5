"""The frame around every HTTP route that carriers ask: method, refusals, headers, faults."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import structlog
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from telephony.carriers.answers import Answer
from telephony.webhooks import without_database
from usage.records.database import AWAY
from voicex.bounds.log_throttle import ThrottledWarning
from voicex.errors import Malformed, Refused

log = structlog.get_logger(__name__)
# A request whose caller waits is tried again and again.
_broken_off: Final = ThrottledWarning("carrier_webhook_without_database")

View = Callable[..., HttpResponse]

TEXT: Final = "text/plain; charset=utf-8"
# Set by our own nginx alone, when it has other processes to ask (docker/nginx.conf).
TRY_NEXT: Final = "X-Voicex-Try-Next"
# Every refusal reads the same: a client learns nothing about keys, agents or calls.
FORBIDDEN: Final = "Forbidden."
NOTHING: Final = "There is nothing here."
MALFORMED: Final = "The request cannot be read."
AWAY_TEXT: Final = "The database does not answer."
FAULT: Final = "Something went wrong on our side. The operator's log has the details."


def carrier_route(view: View) -> View:
    """A view for POSTs of a carrier, or of a client that pretends to be one.

    Another method gets 405; Malformed becomes 400 and says what was expected; any other
    Refused becomes 403, always the same; an unexpected error becomes 500 in plain words,
    never a page of Django's, whatever DEBUG says. No answer may be stored or referred to.
    """

    @csrf_exempt  # proven by signatures; a carrier has no session
    @sensitive_variables()
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _answer(view, request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return guarded


def answered(answer: Answer) -> HttpResponse:
    """The response that tells the carrier what to do."""
    return HttpResponse(answer.body, content_type=answer.content_type)


def nowhere(_request: HttpRequest) -> HttpResponse:
    """404 without a page: clients here are programs, and pages need a logged-in user."""
    return HttpResponse(NOTHING, status=404, content_type=TEXT)


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"], "Only POST is answered here.", content_type=TEXT)
    try:
        return _served(view, request, *args, **kwargs)
    except Malformed as error:
        return HttpResponse(f"{error}", status=400, content_type=TEXT)
    except (BadRequest, SuspiciousOperation):  # Django's own, such as too many fields
        return HttpResponse(MALFORMED, status=400, content_type=TEXT)
    except Refused:
        return HttpResponse(FORBIDDEN, status=403, content_type=TEXT)
    except Exception:  # boundary: the trace goes to the log, redacted, and nowhere else
        log.exception("carrier_webhook_failed", route=_route(request))
        return HttpResponse(FAULT, status=500, content_type=TEXT)


def _served(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The view's answer; words in its place while the database is away."""
    name = view.__name__
    has_words = name in without_database.ANSWERS
    if without_database.is_in_words(request):
        if not has_words:
            return HttpResponse(AWAY_TEXT, status=503, content_type=TEXT)
        return without_database.response(name, request, *args, **kwargs)
    try:
        return view(request, *args, **kwargs)
    except AWAY as error:
        if not has_words:
            raise
        _broken_off.warn(view=name, error=type(error).__name__)
        without_database.note_broken_off(request)
        return without_database.response(name, request, *args, **kwargs)


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.route if match else ""
