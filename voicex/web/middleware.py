"""Middleware of the whole site: hides API keys, requires UTF-8 without NUL, sets browser
policies.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import get_template

from voicex.logs import REDACTED
from voicex.web.secret_routes import PATHS

GetResponse = Callable[[HttpRequest], HttpResponse]

# Routes of carriers, whose responses set their own cache headers.
NO_BROWSER: Final = tuple(f"/api/{name}/" for name in settings.CARRIERS)
NUL: Final = "\x00"
UNREADABLE: Final = "The request cannot be read."
OTHER_ENCODING: Final = "The request must be in UTF-8."
_PLAIN: Final = "text/plain; charset=utf-8"
# Names of it and of what is part of it, in small letters; a header may name none.
UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", ""})


def split_key(raw_query: str) -> tuple[str, str]:
    """The query with the value of every `api_key` replaced, and the last such value.

    Names are decoded first, so `api%5Fkey=` does not slip through; the last one counts,
    as in `request.GET`.
    """
    key = ""
    parts = raw_query.split("&")
    for position, part in enumerate(parts):
        name, _, value = part.partition("=")
        if unquote_plus(name) == "api_key":
            key = unquote_plus(value)
            parts[position] = f"api_key={REDACTED}"
    return "&".join(parts), key


class HideApiKey:
    """Takes the API key out of the request before anything can log or show it.

    Two attributes keep what the views of carriers' webhooks, their only readers, need:
    `request.raw_query` (str, exactly as sent, because Twilio signs it) and
    `request.api_key` (str, decoded, "" when there is none).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self._take_out(request)
        return self.get_response(request)

    def _take_out(self, request: HttpRequest) -> None:
        # A separate function, so that its local variables are in no traceback of a later error.
        raw = request.META.get("QUERY_STRING", "")
        visible, key = split_key(raw)
        request.raw_query, request.api_key = raw, key  # type: ignore[attr-defined]
        # `request.GET` is read from here when first used, which is after this.
        request.META["QUERY_STRING"] = visible
        scope = getattr(request, "scope", None)
        if scope is not None:
            # The server writes its access log from the same dictionary.
            scope["query_string"] = visible.encode()


class RequireUtf8:
    """Answers 400 to a request that says to be in another encoding than UTF-8.

    Django would read its query and form in whatever encoding the header names, some of which are
    no encodings of text, and others of which spell a NUL or half of a character.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in UTF_8:
            # This response bypasses the middleware that sets the header.
            headers = {"X-Content-Type-Options": "nosniff"}
            return HttpResponseBadRequest(OTHER_ENCODING, content_type=_PLAIN, headers=headers)
        return self.get_response(request)


class RejectNul:
    """Answers 400 to a path, a query or a cookie with a NUL character.

    PostgreSQL cannot store or compare NUL, so a query with such a text would fail with an error. No
    page of the site sends one. Twilio's requests bypass this middleware: `telephony.webhooks.asgi`
    checks each field against its pattern.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if (
            NUL in request.path
            or "%00" in query
            or NUL in query
            or any(NUL in value for value in request.COOKIES.values())
        ):
            return _unreadable(request)
        return self.get_response(request)


class RejectNulInForms:
    """Answers 400 to a form with a NUL character."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Check the form, which the CSRF middleware has already read if it checks this request."""
        if getattr(view, "csrf_exempt", False):
            return None
        for name, values in request.POST.lists():
            if NUL in name or any(NUL in value for value in values):
                return _unreadable(request)
        return None


def _unreadable(request: HttpRequest) -> HttpResponse:
    """The response to a malformed request: the site's page for browsers, a line of text for
    programs.

    The page is rendered without the request, so that it does not look up the user by the cookie.
    """
    if "text/html" not in request.headers.get("Accept", ""):
        return HttpResponseBadRequest(UNREADABLE, content_type=_PLAIN)
    return HttpResponseBadRequest(get_template("400.html").render())


class BrowserPolicy:
    """Content-Security-Policy without unsafe-inline; nothing from other hosts, ever.

    The Django admin (django-unfold) brings Alpine.js, which evaluates expressions, so
    pages under /admin/ get a policy of their own.
    """

    SITE = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; media-src 'self' blob:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
    )
    ADMIN = (
        "default-src 'self'; script-src 'self' 'unsafe-eval' 'unsafe-inline'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )

    # The microphone for a call from the browser; nothing else that a page could ask for.
    PERMISSIONS = "microphone=(self), " + ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "camera", "display-capture", "encrypted-media", "geolocation"),
            *("gyroscope", "hid", "idle-detection", "magnetometer", "midi", "payment"),
            *("screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
        )
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(NO_BROWSER):
            response.headers.setdefault("Permissions-Policy", self.PERMISSIONS)
        policy = self.ADMIN if request.path.startswith("/admin/") else self.SITE
        response.headers.setdefault("Content-Security-Policy", policy)
        return response


class PrivateResponses:
    """Forbids caching of private responses: those for a logged-in user, or at a secret link.

    Secret links are not sent to other sites in a Referer either. Static files are answered before
    this middleware, and pages that are the same for everyone stay cacheable.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(NO_BROWSER):
            return response
        is_secret_link = _SECRET_LINK.match(request.path) is not None
        if is_secret_link or _is_for_one_person(request):
            response.headers["Cache-Control"] = "no-store, private"
        if is_secret_link:
            # Not "no-referrer": browsers would then send forms without an Origin, which Django
            # refuses.
            response.headers["Referrer-Policy"] = "same-origin"
        return response


_SECRET_LINK: Final = re.compile("|".join(PATHS))


def _is_for_one_person(request: HttpRequest) -> bool:
    # If the session was not read, the response is the same for everyone.
    session, user = getattr(request, "session", None), getattr(request, "user", None)
    return bool(session and session.accessed and user and user.is_authenticated)
