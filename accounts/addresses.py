"""E-mail addresses of a user: which are confirmed, and which may reset the password.

An added address can reset the password no sooner than a day after it was confirmed: by then the
notice has reached the user's previous mailbox.
"""

from datetime import datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed

from accounts.login.models import AddressAge
from accounts.models import Membership, Organization, User

RIPE_AFTER: Final = timedelta(hours=24)


def is_confirmed(user: User) -> bool:
    """Whether `user` has proved that the address they log in with is theirs."""
    own = EmailAddress.objects.filter(user=user, email=user.email, verified=True)
    return bool(own.exists())


def own_addresses(org: Organization, *, actor: User | None) -> frozenset[str]:
    """The confirmed addresses of the members of `org` and the one of a member who acts, in lower
    case.

    The latter need not be confirmed: an owner who has just signed up types their own. It cannot be
    changed without a recent log-in.
    """
    members = Membership.objects.filter(org=org, user__is_active=True)
    confirmed = EmailAddress.objects.filter(verified=True, user__memberships__in=members)
    acting = members.filter(user=actor) if actor is not None else members.none()
    found = (
        *confirmed.values_list("email", flat=True),
        *acting.values_list("user__email", flat=True),
    )
    return frozenset(each.casefold() for each in found)


def confirm(user: User) -> None:
    """Record that `user` reads the mailbox of the address they log in with."""
    address, _is_new = EmailAddress.objects.get_or_create(user=user, email=user.email)
    if not address.verified and address.set_verified():
        address.set_as_primary(conditional=True)
        email_confirmed.send(sender=EmailAddress, request=None, email_address=address)


def record_age(address: EmailAddress, *, is_first: bool | None, now: datetime) -> None:
    """Record since when the account has `address`. is_first: None for one that was there before."""
    age, _is_new = AddressAge.objects.get_or_create(
        address=address, defaults={"is_first": bool(is_first)}
    )
    if address.verified and age.confirmed_at is None:
        AddressAge.objects.filter(pk=age.pk, confirmed_at=None).update(confirmed_at=now)


def may_reset_by(user: User, email: str, *, now: datetime) -> bool:
    """Whether a link that sets a new password of `user` may go to `email`."""
    addresses = EmailAddress.objects.filter(user=user).select_related("age")
    found = next((each for each in addresses if each.email.lower() == email.lower()), None)
    if found is None:
        return not addresses and user.email.lower() == email.lower()
    age = getattr(found, "age", None)
    if age is None:
        return len(addresses) == 1
    if age.is_first:
        return True
    return found.verified and age.confirmed_at is not None and age.confirmed_at <= now - RIPE_AFTER


def addresses_to_notify(user_id: int) -> list[str]:
    """The addresses that get notices of changes: the confirmed ones and the log-in address."""
    confirmed = EmailAddress.objects.filter(user=user_id, verified=True)
    own = User.objects.filter(pk=user_id).values_list("email", flat=True)
    return sorted({*confirmed.values_list("email", flat=True), *own} - {""})
