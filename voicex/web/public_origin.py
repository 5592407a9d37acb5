"""Scheme, host and port of the site come from the settings, never from a request.

A mail is written while a request is answered. If its links took their host from there,
a stranger who asks for another person's password reset would choose where that person clicks.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

# settings.SECURE_PROXY_SSL_HEADER reads it. No header ends up under such a name.
SCHEME: Final = "voicex.scheme"
OTHER_PORT: Final = "This site is not at this port."
_STANDARD_PORTS: Final = {"http": "80", "https": "443"}


def public_url(path: str) -> str:
    """The address of `path` (it begins with a slash) as the outside world sees it."""
    return f"{settings.TWILIO_APP_URL}{path}"


class PublicOrigin:
    """Middleware: whatever makes an absolute URL of the request makes one of TWILIO_APP_URL.

    X-Forwarded-Proto is believed in one thing: that a request came over plain http, when
    SECURE_SSL_REDIRECT asks. Where the site is https, a Host with another port is answered 400.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META[SCHEME] = _scheme(request)
        # What HttpRequest.build_absolute_uri begins with; Django keeps it in the same place.
        pinned: Any = request
        pinned._current_scheme_host = settings.TWILIO_APP_URL
        if not _is_at_our_port(request):
            return HttpResponseBadRequest(OTHER_PORT, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


def _scheme(request: HttpRequest) -> str:
    scheme = urlsplit(settings.TWILIO_APP_URL).scheme
    came_plain = request.META.get("HTTP_X_FORWARDED_PROTO") == "http"
    return "http" if settings.SECURE_SSL_REDIRECT and came_plain else scheme


def _is_at_our_port(request: HttpRequest) -> bool:
    """Raises DisallowedHost for another host."""
    host = request.get_host()
    if not settings.TWILIO_APP_URL.startswith("https://"):
        return True  # a developer's machine, perhaps behind a forwarded port
    ports = {_port(settings.TWILIO_APP_URL), _port(settings.MEDIA_APP_URL)}
    return _port(f"https://{host}") in ports


def _port(url: str) -> str:
    parts = urlsplit(url)
    return str(parts.port or _STANDARD_PORTS[parts.scheme])
