"""A visitor's preferences: colour scheme and time zone, each stored in a cookie.

Django handles the language (LocaleMiddleware, `set_language`). The server reads both cookies, so a
page arrives with the right colours and times.
"""

import zoneinfo
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEME_COOKIE: Final = "theme"
ZONE_COOKIE: Final = "tz"  # written by static/zone.js: an IANA name such as Europe/Berlin
THEMES: Final = ("light", "dark")  # anything else: what the system says
_KEPT_FOR: Final = timedelta(days=365)
_ZONES: Final = frozenset(zoneinfo.available_timezones())

GetResponse = Callable[[HttpRequest], HttpResponse]


class PreferencesMiddleware:
    """Activates the visitor's time zone (UTC while unknown) and gives templates the theme.

    Sets `request.theme`: "light", "dark", or "" for the system's scheme.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        theme = request.COOKIES.get(THEME_COOKIE, "")
        request.theme = theme if theme in THEMES else ""  # type: ignore[attr-defined]
        zone = request.COOKIES.get(ZONE_COOKIE, "").replace("%2F", "/")
        # Only a name from the list: ZoneInfo would look for any other on the disk.
        with timezone.override(zone if zone in _ZONES else None):
            return self.get_response(request)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Store `theme` (anything but light and dark: the system's) and redirect to `next`."""
    theme = request.POST.get("theme", "")
    response = HttpResponseRedirect(_way_back(request))
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=_KEPT_FOR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


def _way_back(request: HttpRequest) -> str:
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return back if is_ours else "/"
