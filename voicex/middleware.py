"""Middleware of the whole site: keys out of sight, and what a browser may do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from voicex.logs import REDACTED, redacted

GetResponse = Callable[[HttpRequest], HttpResponse]


class KeyOutOfSight:
    """Takes the API key out of the request before anything can log or show it.

    The raw query stays on `request.raw_query` (str, exactly as sent) because Twilio
    signs it; the views of the Twilio door are its only readers.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raw = request.META.get("QUERY_STRING", "")
        request.raw_query = raw  # type: ignore[attr-defined]
        request.api_key = request.GET.get("api_key", "")  # type: ignore[attr-defined]
        if "api_key=" in raw:
            request.META["QUERY_STRING"] = redacted(raw)
            visible = request.GET.copy()
            visible["api_key"] = REDACTED
            request.GET = visible  # type: ignore[assignment]
        return self.get_response(request)


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
