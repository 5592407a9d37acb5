"""An organization's account at Twilio: its AccountSid and auth tokens."""

from collections.abc import Mapping
from typing import Final

from django.db import transaction

from accounts.carriers.accounts import name_account, named_account
from accounts.models import CarrierAccount, Organization, OrganizationSecret, User
from accounts.secrets.vault import reveal_secret, store_secret

CHECKED: Final = OrganizationSecret.Name.TWILIO_AUTH_TOKEN  # the other is Twilio's next


@transaction.atomic
def store_account(
    org: Organization,
    *,
    account_sid: str,
    tokens: Mapping[str, str],
    actor: User | None,
    is_verified: bool | None = None,
    region: str = "",
) -> None:
    """Store the account of `org`, completely or not at all.

    tokens: by the name of the secret; an empty one keeps the stored one. is_verified: whether
    Twilio accepted the account with its auth token, new or stored; None if neither has changed.
    region: where it did. Raises ValidationError.
    """
    name_account(org, account_sid, carrier="twilio", actor=actor)
    for name, value in tokens.items():
        if value:
            store_secret(org, name=name, value=value, actor=actor)
    if is_verified is not None:
        token = OrganizationSecret.objects.filter(org=org, name=CHECKED)
        token.update(is_verified=is_verified)
    if is_verified:
        CarrierAccount.objects.filter(org=org, carrier="twilio").update(region=region)


@transaction.atomic
def note_accepted(org: Organization, *, account_sid: str, token: str) -> None:
    """Note that Twilio has answered this account of `org` with its auth token: the token is worth
    as much as one that was checked when it was stored.

    No effect where either is no longer what is stored.
    """
    stored = OrganizationSecret.objects.filter(org=org, name=CHECKED)
    # Locked, as `store_account` writes this row last: it may store another account meanwhile.
    list(stored.select_for_update(no_key=True).values_list("pk", flat=True))
    if named_account(org, carrier="twilio") != account_sid:
        return
    if reveal_secret(org, name=CHECKED) == token:
        stored.update(is_verified=True)
