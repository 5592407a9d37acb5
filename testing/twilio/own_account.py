"""The account that an organization has at the fake Twilio (`testing.twilio.rest_api`)."""

from accounts.carriers.accounts import name_account
from accounts.models import Organization, OrganizationSecret
from accounts.secrets.vault import store_secret
from testing.twilio.rest_api import SID, TOKEN


def give_account(org: Organization, *, token: str = TOKEN) -> None:
    """Name the account and store its token, as under Credentials, without asking Twilio."""
    name_account(org, SID, carrier="twilio", actor=None)
    name = OrganizationSecret.Name.TWILIO_AUTH_TOKEN
    store_secret(org, name=name, value=token, actor=None)
