"""The page of a user's sessions, on which each can be ended."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.login.devices import device_of
from accounts.login.sessions import end_sessions, is_of, sessions_of
from accounts.models import User


@require_safe
@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """List the user's sessions: device, address, when each began and was last seen."""
    rows = [
        {"session": row, "device": device_of(row.user_agent), "is_this": is_of(row, request)}
        for row in sessions_of(_person(request), now=timezone.now())
    ]
    rows.sort(key=lambda row: not row["is_this"])
    return render(request, "account/sessions.html", {"rows": rows})


@require_POST
@login_required
def end_session(request: HttpRequest, session_id: str) -> HttpResponse:
    """End one of the user's sessions; the current one is ended by signing out."""
    found = sessions_of(_person(request), now=timezone.now()).filter(public_id=session_id).first()
    if found is None:
        raise Http404("No such session")
    if is_of(found, request):
        return redirect("account_logout")
    found.delete()
    messages.success(request, _("Session ended. That browser is signed out."))
    return redirect("account_sessions")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of the user's sessions but the current one."""
    ended = end_sessions(_person(request).pk, but=request.session.session_key)
    messages.success(
        request,
        ngettext("%d other session ended.", "%d other sessions ended.", ended) % ended,
    )
    return redirect("account_sessions")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - login_required
    return request.user
