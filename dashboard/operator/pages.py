"""The base of all pages of the operator's area: permissions and layout."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Final

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.members import impersonation
from accounts.models import Organization, User
from dashboard.icons import ICONS
from dashboard.navigation import Entry, Group, Section, Text, current_url

View = Callable[..., HttpResponseBase]

SECTIONS: Final[Sequence[tuple[Text, Sequence[Section]]]] = (
    (
        "",
        (
            Section(_("Status"), "operator:home"),
            Section(_("Organizations"), "operator:organizations"),
            Section(_("Providers"), "operator:providers"),
            Section(_("Rejected records"), "operator:dead_letters"),
            Section(_("Ledger"), "operator:ledger"),
            Section(_("Audit log"), "operator:audit"),
        ),
    ),
    (
        _("Pricing"),
        (
            Section(_("Plans"), "operator:plans"),
            Section(_("Price book"), "operator:price_books"),
            Section(_("Invoices"), "operator:invoices"),
        ),
    ),
    (_("More"), (Section(_("Admin"), "admin:index"),)),
)


class OperatorRequest(HttpRequest):
    """A request that `operator_required` admitted."""

    user: User


def operator_required(view: View) -> View:
    """Guard `view(request, ...)`: it admits platform operators; all others get 404.

    A visitor is redirected to the log-in, which asks for the second factor as for the admin.
    While the operator impersonates an organization, `request.impersonation` is set.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not impersonation.may_impersonate(request.user):
            raise Http404("No such page")
        request.impersonation = impersonation.of_session(  # type: ignore[attr-defined]
            request.session, user=request.user, now=timezone.now()
        )
        return view(request, *args, **kwargs)

    return never_cache(guarded)


def render_page(
    request: OperatorRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    part: str = "",
) -> HttpResponse:
    """Render a page of the area; `template` is a name in templates/operator/.

    part: the name of the part that a script updates, requested with `?part`.
    """
    if part and "part" in request.GET:
        return render(request, f"operator/{part}", context)
    shared = {"groups": navigation_of(request.path)}
    return render(request, f"operator/{template}", shared | dict(context), status=status)


def navigation_of(path: str) -> list[Group]:
    """The area's sections; the current one is marked."""
    found = [
        (label, [(section, reverse(section.route)) for section in sections])
        for label, sections in SECTIONS
    ]
    current = current_url(
        (url for _label, entries in found for _section, url in entries), path=path
    )
    return [
        Group(
            label,
            [
                Entry(section.label, url, is_current=url == current, icon=ICONS[section.route])
                for section, url in entries
            ],
        )
        for label, entries in found
    ]


def organization_or_404(org_id: str) -> Organization:
    """The organization with that public id, with its plan and quota loaded."""
    return get_object_or_404(Organization.objects.select_related("quota__plan"), public_id=org_id)
