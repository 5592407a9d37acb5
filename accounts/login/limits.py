"""Limits wrong passwords and second factors, by address and by account.

No user can lock out another: a browser in which a user has logged in before, as its signed cookie
shows, is counted separately. All others are counted by account and address together, by address
over all accounts, and by account over all addresses; that last count never locks, it only makes
attempts wait for each other. Who keeps all of these turns for themselves keeps others waiting, so
a browser in which the password was set anew by a mailed link counts as known for the password.
"""

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from allauth.core.internal.ratelimit import get_ip  # truncates IPv6 to a subscriber's network
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from accounts import rate_limits
from accounts.login.sessions import digest_of
from accounts.models import User
from accounts.rate_limits import is_within

WINDOW_SECONDS: Final = 300
A_DEVICE: Final = 10  # wrong passwords in a window, from a browser that has logged in before
A_PAIR: Final = 5  # for one account from one address
AN_ADDRESS: Final = 50  # from one address, whatever the account
# Wrong passwords for one account in an hour, after which attempts wait for each other; the wait
# doubles with as many more.
AN_ACCOUNT: Final = 20
LONGEST_WAIT: Final = 30  # seconds
# Likewise of second factors. Fewer: who guesses them has the password, and a code has six digits.
A_FACTOR: Final = 5
LONGEST_FACTOR_WAIT: Final = 60

_SALT: Final = "accounts.device"
_MAILBOX: Final = "mailbox:"  # before the address whose mailbox the user of a browser reads
_DEVICE_AGE: Final = 400 * 24 * 3600  # seconds; browsers keep a cookie no longer
_ACCOUNTS_A_DEVICE: Final = 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt to log in; `take_back` if the password or the factor was right."""

    counted: tuple[str, ...]


class TooManyAttempts(Exception):
    """No further attempt is accepted now."""


def begin_attempt(request: HttpRequest, login: str) -> Attempt:
    """Count an attempt to log in with the address `login`. Raises TooManyAttempts."""
    known = (account_name(login), account_name(_MAILBOX + login))
    if own := _own_bucket(request, known):
        return _count((f"login:{own}", A_DEVICE))
    return _as_stranger(request, known[0], free=AN_ACCOUNT, longest=LONGEST_WAIT)


def begin_factor(request: HttpRequest, user: User) -> Attempt:
    """Count an attempt at the second factor of `user`. Raises TooManyAttempts."""
    if own := _own_bucket(request, (account_name(user.email),)):
        return _count((f"factor:{own}", A_DEVICE))
    account = account_name(f"factor:{user.pk}")
    return _as_stranger(request, account, free=A_FACTOR, longest=LONGEST_FACTOR_WAIT)


def take_back(attempt: Attempt) -> None:
    """Do not count `attempt`: what was proved was right."""
    for name in attempt.counted:
        rate_limits.take_back(name)


def remember_device(response: HttpResponse, request: HttpRequest, *logins: str) -> None:
    """Record in a cookie that these addresses have logged in with this browser."""
    _remember(response, request, logins)


def remember_mailbox(response: HttpResponse, request: HttpRequest, login: str) -> None:
    """Record in a cookie that the user of this browser reads the mailbox of `login`.

    It is known for the password then, and not for a second factor: that was not shown.
    """
    _remember(response, request, (_MAILBOX + login,))


def _remember(response: HttpResponse, request: HttpRequest, logins: Sequence[str]) -> None:
    former = [each for each in _device(request)[1] if each not in map(account_name, logins)]
    accounts = [*map(account_name, dict.fromkeys(logins)), *former][:_ACCOUNTS_A_DEVICE]
    name = _device(request)[0] or digest_of(f"{time.time_ns()}{signing.dumps(accounts)}")[:16]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([name, accounts], salt=_SALT),
        max_age=_DEVICE_AGE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def account_name(login: str) -> str:
    """The digest under which the address `login` is counted, in place of the address itself."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, login.strip().lower().encode(), hashlib.sha256).hexdigest()[:16]


def _own_bucket(request: HttpRequest, known: Sequence[str]) -> str:
    """The counter of a browser that is known by one of these digests; "" for any other browser."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:  # who proves themselves again
        return f"session:{digest_of(request.session.session_key or '')[:16]}"
    device, accounts = _device(request)
    return "" if set(known).isdisjoint(accounts) else f"device:{device}:{known[0]}"


def _as_stranger(request: HttpRequest, account: str, *, free: int, longest: int) -> Attempt:
    address = get_ip(request)
    attempt = _count(
        (f"login:pair:{account}:{address}", A_PAIR), (f"login:address:{address}", AN_ADDRESS)
    )
    return _take_turn(account, attempt, free=free, longest=longest)


def _device(request: HttpRequest) -> tuple[str, list[str]]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        name, accounts = signing.loads(cookie, salt=_SALT, max_age=_DEVICE_AGE)
    except (signing.BadSignature, ValueError):
        return "", []
    return name, accounts


def _count(*limits: tuple[str, int]) -> Attempt:
    counted = tuple(name for name, _limit in limits)
    # Each is counted, also when an earlier one refuses: an attempt is an attempt.
    taken = [is_within(limit, seconds=WINDOW_SECONDS, name=name) for name, limit in limits]
    if not all(taken):
        raise TooManyAttempts
    return Attempt(counted)


def _take_turn(account: str, attempt: Attempt, *, free: int, longest: int) -> Attempt:
    """Make attempts wait for each other when there are many on one account.

    free: attempts in an hour before they do. longest: the longest wait, in seconds.
    """
    tried = f"login:account:{account}"
    is_within(free, seconds=3600, name=tried)
    attempt = Attempt((*attempt.counted, tried))
    wrong = int(cache.get(f"rate:{tried}") or 0)
    if wrong > free:
        wait = min(longest, 2 ** min(wrong // free - 1, 10))
        if not cache.add(f"turn:{account}", 1, timeout=wait):
            # Not tried, so not counted: a flood must not make the wait longer than it is.
            take_back(attempt)
            raise TooManyAttempts
    return attempt
