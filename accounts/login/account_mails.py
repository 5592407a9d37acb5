"""How many mails about accounts are sent: to one mailbox, and at one visitor's wish.

Anyone may type anyone's address into the pages for signing up and for a new password. A mailbox
gets as many as help its user, and each link in them stays good. What tells a user of a change to
the account is always sent.
"""

from typing import Final

from allauth.core import context
from allauth.core.internal.ratelimit import get_ip  # truncates IPv6 to a subscriber's network

from accounts.login.limits import account_name
from accounts.rate_limits import is_within
from voicex.bounds.log_throttle import ThrottledWarning

HOUR: Final = 3600
TO_A_MAILBOX_AN_HOUR: Final = 5  # of each kind
TO_A_MAILBOX_A_DAY: Final = 20
AT_ONES_WISH_AN_HOUR: Final = 60  # of a visitor's address, or of a user
# Those that are sent to an address because somebody typed it.
ANYONES: Final = frozenset(
    {
        "account_already_exists",
        "address_too_new",
        "email_confirmation",
        "email_confirmation_signup",
        "password_reset_key",
        "unknown_account",
    }
)

_held_back: Final = ThrottledWarning("mails_held_back")


def may_send(template_prefix: str, email: str) -> bool:
    """Count the mail; whether it is sent. template_prefix: allauth's name of it."""
    kind = template_prefix.rpartition("/")[2]
    if kind not in ANYONES:
        return True
    mailbox = account_name(email)
    limits = (
        (TO_A_MAILBOX_AN_HOUR, HOUR, f"mail-to:{mailbox}:{kind}"),
        (TO_A_MAILBOX_A_DAY, 24 * HOUR, f"mail-to:{mailbox}"),
        (AT_ONES_WISH_AN_HOUR, HOUR, f"mail-of:{_wisher()}"),
    )
    is_allowed = all(is_within(most, seconds=seconds, name=name) for most, seconds, name in limits)
    if not is_allowed:
        _held_back.warn(kind=kind)
    return is_allowed


def _wisher() -> str:
    request = context.request
    if request is None:  # a command
        return ""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user:{user.pk}"
    return f"address:{get_ip(request)}"
