"""Limits mails about accounts: by mailbox, and by the visitor who requests them.

Anyone can type anyone's address into the pages for signing up and for a new password. A mailbox
gets only as many mails of each kind as its user needs: their links stay valid for days, until the
user logs in or changes the password or an address. Notices of changes to the account are always
sent.
"""

from typing import Final

from allauth.core import context

from accounts.login.limits import account_name
from accounts.login.sessions import address_of
from accounts.rate_limits import is_within, take_back
from voicex.bounds.log_throttle import ThrottledWarning
from voicex.web.client_address import limited_address

HOUR: Final = 3600
TO_A_MAILBOX_AN_HOUR: Final = 5  # of each kind
TO_A_MAILBOX_A_DAY: Final = 20  # of each kind
OF_A_REQUESTER_AN_HOUR: Final = 60  # of a visitor's address, or of a user
# Kinds that any visitor can have sent, to any address.
ANYONE_CAN_REQUEST: Final = frozenset(
    {
        "account_already_exists",
        "address_too_new",
        "email_confirmation",
        "email_confirmation_signup",
        "password_reset_key",
        "unknown_account",
    }
)

_held_back: Final = {
    bound: ThrottledWarning("mails_held_back")
    for bound in ("visitor", "mailbox_hour", "mailbox_day")
}


def may_send(template_prefix: str, email: str) -> bool:
    """Whether the mail may be sent; if so, it is counted. template_prefix: allauth's name of it."""
    kind = template_prefix.rpartition("/")[2]
    if kind not in ANYONE_CAN_REQUEST:
        return True
    mailbox, requester = account_name(_mailbox_of(email)), _requester()
    bounds = (
        ("visitor", OF_A_REQUESTER_AN_HOUR, HOUR, f"mail-of:{requester}"),
        ("mailbox_hour", TO_A_MAILBOX_AN_HOUR, HOUR, f"mail-to:{mailbox}:{kind}"),
        ("mailbox_day", TO_A_MAILBOX_A_DAY, 24 * HOUR, f"mail-to-a-day:{mailbox}:{kind}"),
    )
    counted: list[str] = []
    for bound, most, seconds, name in bounds if requester else bounds[1:]:
        counted.append(name)
        if not is_within(most, seconds=seconds, name=name):
            # Only sent mails count: refused requests must not use up a mailbox's limit.
            for each in counted:
                take_back(each)
            _held_back[bound].warn(bound=bound, kind=kind)
            return False
    return True


def _mailbox_of(email: str) -> str:
    """The address without what makes no other mailbox of it: "a.b+x@" leads where "ab@" does.

    At some hosts dots do make another one; two such mailboxes are counted together.
    """
    local, at, host = email.rpartition("@")
    bare = local.partition("+")[0].replace(".", "")
    return f"{bare or local}{at}{host}"


def _requester() -> str:
    """Who requests the mail: a user or an IP address; "" for a command, and if a tunnel gives all
    visitors the address of this machine.
    """
    request = context.request
    if request is None:
        return ""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user:{user.pk}"
    address = limited_address(address_of(request) or "")
    return f"address:{address}" if address else ""
