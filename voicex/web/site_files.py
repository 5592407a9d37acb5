"""What browsers and search engines look for at the root of any site."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import path
from django.views.decorators.http import require_safe

DAY_SECONDS: Final = 24 * 3600
# The first page and the handbook: every other is for members, or has a secret in its URL.
ROBOTS: Final = "User-agent: *\nAllow: /$\nAllow: /docs/\nDisallow: /\n"


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where the icon is; pages name it, but programs that show links ask here."""
    answer = HttpResponseRedirect(static("mark.svg"))
    answer.headers["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    return answer


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read."""
    headers = {"Cache-Control": f"public, max-age={DAY_SECONDS}"}
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8", headers=headers)


urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("robots.txt", robots, name="robots"),
]
