"""Takes scheme, host and port of the site from the settings, never from a request.

E-mails are written while a request is answered. If their links used the Host header, an attacker
who requests a password reset for another user could have the link point to a server of their own.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

from voicex.settings.origins import is_loopback

# The key that settings.SECURE_PROXY_SSL_HEADER names. No request header can have this name.
SCHEME: Final = "voicex.scheme"
OTHER_PORT: Final = "This site is not at this port."
_STANDARD_PORTS: Final = {"http": "80", "https": "443"}


def public_url(path: str) -> str:
    """The address of `path` (it begins with a slash) as the outside world sees it."""
    return f"{settings.TWILIO_APP_URL}{path}"


def is_public_url_local() -> bool:
    """Whether the site's own address is this machine, which no carrier reaches."""
    return is_loopback(urlsplit(settings.TWILIO_APP_URL).hostname or "")


class PublicOrigin:
    """Middleware: absolute URLs built from the request get the origin of TWILIO_APP_URL.

    X-Forwarded-Proto is used for one purpose: to redirect plain http with SECURE_SSL_REDIRECT.
    Where the site is https, a Host with another port gets 400.
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
