"""Asking for the password again before a secret is shown."""

from collections.abc import Callable
from functools import wraps

from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.members.access import has_fresh_login

View = Callable[..., HttpResponseBase]


def ensure_fresh_login(request: HttpRequest) -> None:
    """Raise ReauthenticationRequired in an old session; as `fresh_login_required`, within a view
    that needs it for some of what it does.
    """
    if not has_fresh_login(request, now=timezone.now()):
        raise ReauthenticationRequired


def fresh_login_required(view: View) -> View:
    """Guard a view that shows or creates secrets: an old session must authenticate again.

    `accounts.login.guard` catches the exception, and asks for the password or the second factor;
    then a suspended POST continues.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        ensure_fresh_login(request)
        return view(request, *args, **kwargs)

    return guarded
