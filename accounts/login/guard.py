"""Requires a recent log-in before log-in data can be changed.

Every route below accounts/ that takes a form asks for a fresh log-in, unless it is listed here as
one for logging in or out. A new route is guarded by default.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY, suspend_request
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.httpkit import serialize_request
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.form_recovery import lost, page_of
from accounts.login import changes as login_changes
from accounts.login import limits
from accounts.members.access import has_fresh_login

# The ways in and out, proofs of who one is, and the end of sessions, which a user whose session was
# stolen must reach at once.
OPEN_ROUTES: Final = frozenset(
    {
        "account_login",
        "account_logout",
        "account_signup",
        "account_reauthenticate",
        "account_confirm_email",
        "account_confirm_login_code",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_from_key",
        "account_end_session",
        "account_end_other_sessions",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_login_webauthn",
    }
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Of a form that waits in the session, with the request's headers, in characters as allauth keeps
# them. The longest honest one, a service account of 20 KB, has 60,000 at most; a session lasts for
# days, and a user may have a hundred.
MOST_SUSPENDED: Final = 100_000
# Seconds for which it waits: who has a session and no password could plant one for its owner.
SUSPENDED_SECONDS: Final = 600
# In the session: {"path": ..., "at": when it was sent}. The page for the password shows it.
SUSPENDED: Final = "suspended_form"
HTMX: Final = "HTTP_HX_"  # the beginning of its headers' names in `META`
_PROOFS: Final = frozenset(
    {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
)


class LoginGuard:
    """Asks for a fresh log-in, and acts on the changes of a request: see `login.changes`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with login_changes.gathered() as changes:
            response = self.get_response(request)
        # Only where it was read already: what needs no user costs no query.
        if request.method == "GET" and request.session.accessed:
            _forget_given_up(request)
        if changes and response.status_code < 500:
            login_changes.act_on(changes, request)
        if login := getattr(request, "reads_mailbox_of", ""):
            limits.remember_mailbox(response, request, login)
        return response

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Redirect a form that needs a fresh log-in; the form is processed afterwards."""
        match = request.resolver_match
        if match is not None and match.url_name in _PROOFS:
            _forget_old(request)
        if match is None or request.method in _SAFE or match.url_name in OPEN_ROUTES:
            return None
        if not match.route.startswith("accounts/"):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return None if has_fresh_login(request, now=timezone.now()) else ask_again(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Ask where a view wants it, in place of allauth's middleware, which keeps any form."""
        return ask_again(request) if isinstance(error, ReauthenticationRequired) else None


def ask_again(request: HttpRequest) -> HttpResponse:
    """Redirect to the page for the password or the second factor; a POST continues after it.

    One of more than MOST_SUSPENDED characters, or with a file, which is not kept, leads back to the
    page of its form instead. A GET of a page drops the POST that still waits for it, and not what
    it asks for itself.
    """
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    # A user who has neither logs in again, for example by choosing a password.
    url = methods[0]["url"] if methods else reverse(settings.LOGIN_URL)
    if request.method == "POST" and not _can_wait(request):
        # One that has waited since before is not the one that was sent now.
        _forget(request)
        messages.warning(request, lost(), fail_silently=True)
        query = urlencode({REDIRECT_FIELD_NAME: page_of(request)})
        return HttpResponseRedirect(f"{url}?{query}")
    if request.method == "POST":
        request.session[SUSPENDED] = {"path": request.path, "at": int(time.time())}
    else:
        _forget_given_up(request)
    # What is carried out after the page for the password is answered with a page, not a part.
    of_htmx = {name: request.META.pop(name) for name in [*request.META] if name.startswith(HTMX)}
    response: HttpResponse = suspend_request(request, url)
    request.META |= of_htmx
    return response


def _can_wait(request: HttpRequest) -> bool:
    """Whether all of a form can wait in the session."""
    return not request.FILES and len(serialize_request(request)) <= MOST_SUSPENDED


def _forget_given_up(request: HttpRequest) -> None:
    """Drop the form that waits for the page that is opened anew: its sender has gone on."""
    if request.session.get(SUSPENDED, {}).get("path") == request.path:
        _forget(request)


def _forget_old(request: HttpRequest) -> None:
    """Drop a form that has waited for too long, and say so to who confirms it now."""
    if STATE_SESSION_KEY not in request.session:
        request.session.pop(SUSPENDED, None)
        return
    form = request.session.get(SUSPENDED, {"path": "", "at": 0})
    if form["at"] + SUSPENDED_SECONDS > time.time():
        return
    _forget(request)
    if form["path"] in (request.GET.get("next"), request.POST.get("next")):
        messages.warning(
            request,
            _("What was sent has waited for too long and was not carried out. Send it again."),
            fail_silently=True,
        )


def _forget(request: HttpRequest) -> None:
    request.session.pop(STATE_SESSION_KEY, None)
    request.session.pop(SUSPENDED, None)
