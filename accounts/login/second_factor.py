"""Requires a second factor of operators: without one their pages redirect to its set-up. And the
forms that take a code of one.
"""

from collections.abc import Callable
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.login import limits
from accounts.models import User

_AREAS: Final = ("admin/", "operator/")
_OUT: Final = frozenset({"logout", "login"})
_FACTORS: Final = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def counted(user: User, check: Callable[[], Any]) -> Any:
    """The result of `check`, which proves a second factor of `user`; a failure is counted.

    Raises ValidationError when there are too many.
    """
    try:
        attempt = limits.begin_factor(context.request, user)
    except limits.TooManyAttempts:
        raise get_adapter().validation_error("too_many_login_attempts") from None
    found = check()
    limits.take_back(attempt)
    return found


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """A code after the password."""

    def clean_code(self) -> str:
        """The code. Raises ValidationError."""
        code: str = counted(self.user, super().clean_code)
        return code


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """A code for a fresh login."""

    def clean_code(self) -> str:
        """The code. Raises ValidationError."""
        code: str = counted(self.user, super().clean_code)
        return code


class OperatorsSecondFactor:
    """Redirects staff without a second factor from /operator/ and /admin/ to its set-up.

    If OPERATORS_NEED_SECOND_FACTOR is off (the default on http, which is only for this machine),
    the operators' pages warn that there is none: `request.lacks_second_factor`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Check the second factor of staff, only on these pages."""
        match = request.resolver_match
        if match is None or not match.route.startswith(_AREAS) or match.url_name in _OUT:
            return None
        if not (request.user.is_authenticated and request.user.is_staff):
            return None
        if is_mfa_enabled(request.user, _FACTORS):
            return None
        if not settings.OPERATORS_NEED_SECOND_FACTOR:
            request.lacks_second_factor = True  # type: ignore[attr-defined]
            return None
        messages.warning(
            request,
            _(
                "Operators need a second factor. Add a passkey or an authenticator app, then open "
                "the page again."
            ),
        )
        return redirect("mfa_index")
