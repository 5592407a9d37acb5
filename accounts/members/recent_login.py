"""Asks for a recent log-in within services, by whatever page they are reached.

A page that always shows or creates secrets guards its view (`dashboard.reauthentication`). A
service of which only some changes send callers, or what they say, to a new place asks here: a page
that calls it, also one that is written later, need not know which changes those are.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from allauth.core.exceptions import ReauthenticationRequired

# Whether the session of the current request has a recent log-in; set by
# `accounts.members.access.member_required`. None outside of a member's request: a command or a task
# has no session that could be stolen.
current: Final[ContextVar[Callable[[], bool] | None]] = ContextVar("recent_login", default=None)


def ensure_recent_login() -> None:
    """Raise ReauthenticationRequired within a request whose log-in is an old one.

    `accounts.login.guard` then asks for the password or the second factor; a form that was sent is
    carried out after it.
    """
    is_recent = current.get()
    if is_recent is not None and not is_recent():
        raise ReauthenticationRequired
