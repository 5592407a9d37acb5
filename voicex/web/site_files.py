"""The files at the root of the site: favicon.ico and robots.txt."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import path
from django.views.decorators.http import require_safe

DAY_SECONDS: Final = 24 * 3600
# Search engines may index the first page and the handbook. All others are for members, or have a
# secret in their URL.
ROBOTS: Final = "User-agent: *\nAllow: /$\nAllow: /docs/\nDisallow: /\n"


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect to the icon. Pages name it, but other programs request /favicon.ico."""
    answer = HttpResponseRedirect(static("mark.svg"))
    answer.headers["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    return answer


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """The rules for search engines."""
    headers = {"Cache-Control": f"public, max-age={DAY_SECONDS}"}
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8", headers=headers)


urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("robots.txt", robots, name="robots"),
]
