"""Limits wrong passwords, by address and by account.

No user can lock out another: a browser in which a user has logged in before, as its signed cookie
shows, is counted separately. All others are counted by account and address together, by address
over all accounts, and by account over all addresses; that last count never locks, it only makes
attempts wait for each other.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Final

from allauth.core.internal.ratelimit import get_ip  # truncates IPv6 to a subscriber's network
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from accounts import rate_limits
from accounts.login.sessions import digest_of
from accounts.rate_limits import is_within

WINDOW_SECONDS: Final = 300
A_DEVICE: Final = 10  # wrong passwords in a window, from a browser that has logged in before
A_PAIR: Final = 5  # for one account from one address
AN_ADDRESS: Final = 50  # from one address, whatever the account
# Wrong passwords for one account in an hour, after which attempts wait for each other; the wait
# doubles with as many more.
AN_ACCOUNT: Final = 20
LONGEST_WAIT: Final = 30  # seconds

_SALT: Final = "accounts.device"
_DEVICE_AGE: Final = 400 * 24 * 3600  # seconds; browsers keep a cookie no longer
_ACCOUNTS_A_DEVICE: Final = 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt to log in; `take_back` if the password was right."""

    counted: tuple[str, ...]


class TooManyAttempts(Exception):
    """No further attempt is accepted now."""


def begin_attempt(request: HttpRequest, login: str) -> Attempt:
    """Count an attempt to log in with the address `login`. Raises TooManyAttempts."""
    account = account_name(login)
    if own := _own_bucket(request, account):
        return _count((own, A_DEVICE))
    address = get_ip(request)
    attempt = _count(
        (f"login:pair:{account}:{address}", A_PAIR), (f"login:address:{address}", AN_ADDRESS)
    )
    return _take_turn(account, attempt)


def take_back(attempt: Attempt) -> None:
    """Do not count `attempt`: the password was right."""
    for name in attempt.counted:
        rate_limits.take_back(name)


def remember_device(response: HttpResponse, request: HttpRequest, *logins: str) -> None:
    """Record in a cookie that these addresses have logged in with this browser."""
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


def _own_bucket(request: HttpRequest, account: str) -> str:
    """The counter of a browser that is known for `account`; "" for any other browser."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:  # who proves themselves again
        return f"login:session:{digest_of(request.session.session_key or '')[:16]}"
    device, accounts = _device(request)
    return f"login:device:{device}:{account}" if account in accounts else ""


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


def _take_turn(account: str, attempt: Attempt) -> Attempt:
    """Make attempts wait for each other when there are many on one account."""
    tried = f"login:account:{account}"
    is_within(AN_ACCOUNT, seconds=3600, name=tried)
    attempt = Attempt((*attempt.counted, tried))
    wrong = int(cache.get(f"rate:{tried}") or 0)
    if wrong > AN_ACCOUNT:
        wait = min(LONGEST_WAIT, 2 ** min(wrong // AN_ACCOUNT - 1, 10))
        if not cache.add(f"turn:{account}", 1, timeout=wait):
            # Not tried, so not counted: a flood must not make the wait longer than it is.
            take_back(attempt)
            raise TooManyAttempts
    return attempt
