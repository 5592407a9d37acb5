"""The keys of organizations' own accounts at carriers."""

from accounts.carriers.accounts import account_and_region
from accounts.models import Organization
from accounts.secrets.vault import reveal_secret
from telephony.carriers.base import Carrier
from telephony.carriers.numbers import Account
from telephony.carriers.registry import carrier as carrier_named
from usage.models import Call
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


class Accounts:
    """The accounts that calls came in on, each looked up once: for one batch, as keys change."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str, str], Account | None] = {}

    def of(self, call: Call, *, seen: str) -> Account | None:
        """The account of `call`, which comes with its organization; None where the token of that
        one is not stored. seen: as in `account_of`.
        """
        wanted = call.org_id, call.carrier, seen
        if wanted not in self._known:
            own = carrier_named(call.carrier)
            self._known[wanted] = account_of(call.org, carrier=own, seen=seen)
        account = self._known[wanted]
        return account if account and account.account_id == call.account_sid else None
