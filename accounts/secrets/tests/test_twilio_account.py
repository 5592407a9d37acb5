"""The account at Twilio is stored whole or not at all."""

import pytest
from django.core.exceptions import ValidationError

from accounts.carriers.accounts import named_account
from accounts.models import AuditEntry, OrganizationSecret
from accounts.secrets.twilio_account import note_accepted, store_account
from accounts.secrets.vault import reveal_secret

SID = "AC" + "0a" * 16
NAME = OrganizationSecret.Name.TWILIO_AUTH_TOKEN


def test_the_account_and_its_token_are_stored_with_their_entries(cast):
    store_account(cast.acorn, account_sid=SID, tokens={NAME: "0123456789"}, actor=cast.alice)
    assert named_account(cast.acorn, carrier="twilio") == SID
    assert reveal_secret(cast.acorn, name=NAME) == "0123456789"
    entries = AuditEntry.objects.filter(org=cast.acorn, actor=cast.alice)
    assert set(entries.values_list("action", "target")) >= {
        ("organization.changed", "twilio_account_sid"),
        ("secret.stored", "twilio_auth_token"),
    }


def test_a_token_that_is_not_given_stays(cast):
    store_account(cast.acorn, account_sid="", tokens={NAME: "0123456789"}, actor=cast.alice)
    store_account(cast.acorn, account_sid=SID, tokens={NAME: ""}, actor=cast.alice)
    assert reveal_secret(cast.acorn, name=NAME) == "0123456789"


def test_a_token_that_is_refused_leaves_the_account_as_it_was(cast):
    with pytest.raises(ValidationError):
        store_account(cast.acorn, account_sid=SID, tokens={NAME: "two words"}, actor=cast.alice)
    assert named_account(cast.acorn, carrier="twilio") == ""
    assert not AuditEntry.objects.filter(org=cast.acorn, target="twilio_account_sid").exists()


@pytest.mark.parametrize(
    ("account_sid", "token", "is_noted"),
    [
        (SID, "0123456789", True),
        (SID, "9876543210", False),
        ("AC" + "0b" * 16, "0123456789", False),
    ],
)
def test_an_account_is_accepted_only_as_it_is_stored(cast, account_sid, token, is_noted):
    stored = {NAME: "0123456789"}
    store_account(cast.acorn, account_sid=SID, tokens=stored, actor=cast.alice, is_verified=False)
    note_accepted(cast.acorn, account_sid=account_sid, token=token)
    assert OrganizationSecret.objects.get(org=cast.acorn).is_verified is is_noted
