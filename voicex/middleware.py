"""Middleware of the whole site: keys out of sight, and what a browser may do."""

from collections.abc import Callable
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse

from voicex.logs import REDACTED

GetResponse = Callable[[HttpRequest], HttpResponse]


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


class KeyOutOfSight:
    """Takes the API key out of the request before anything can log or show it.

    Two attributes keep what the views of the Twilio door, their only readers, need:
    `request.raw_query` (str, exactly as sent, because Twilio signs it) and
    `request.api_key` (str, decoded, "" when there is none).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self._take_out(request)
        return self.get_response(request)

    def _take_out(self, request: HttpRequest) -> None:
        # In a function of its own: its locals are in no traceback of a later error.
        raw = request.META.get("QUERY_STRING", "")
        visible, key = split_key(raw)
        request.raw_query, request.api_key = raw, key  # type: ignore[attr-defined]
        # `request.GET` is read from here when first used, which is after this.
        request.META["QUERY_STRING"] = visible
        scope = getattr(request, "scope", None)
        if scope is not None:
            # The server writes its access log from the same dictionary.
            scope["query_string"] = visible.encode()


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
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = self.ADMIN if request.path.startswith("/admin/") else self.SITE
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
