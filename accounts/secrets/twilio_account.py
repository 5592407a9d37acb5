"""An organization's account at Twilio: its AccountSid, and the auth tokens that go with it."""

from collections.abc import Mapping

from django.db import transaction

from accounts.carriers.accounts import name_account
from accounts.models import Organization, User
from accounts.secrets.vault import store_secret


@transaction.atomic
def store_account(
    org: Organization, *, account_sid: str, tokens: Mapping[str, str], actor: User | None
) -> None:
    """Store the account of `org`, all of it or nothing.

    tokens: by the name of the secret; an empty one leaves what is stored. Raises ValidationError.
    """
    name_account(org, account_sid, carrier="twilio", actor=actor)
    for name, value in tokens.items():
        if value:
            store_secret(org, name=name, value=value, actor=actor)
