"""The keys of an organization's own account at a carrier."""

from accounts.carriers.accounts import account_and_region
from accounts.models import Organization
from accounts.secrets.vault import reveal_secret
from telephony.carriers.base import Carrier
from telephony.carriers.numbers import Account
from voicex.errors import SecretUnreadable


def account_of(org: Organization, *, carrier: Carrier, seen: str = "") -> Account | None:
    """The organization's account at `carrier`; None until its id and token are stored and readable.

    seen: the account to take the token for where the organization has named none. It has signed
    with any of the organization's tokens: with a later one, where that is the only one.
    """
    token = ""
    try:
        for name in carrier.token_names if seen else carrier.token_names[:1]:
            token = token or reveal_secret(org, name=name)
    except SecretUnreadable:
        return None
    named, region = account_and_region(org, carrier=carrier.name)
    account_id = named or seen
    return Account(account_id, token, region) if token and account_id else None
