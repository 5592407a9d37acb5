"""Accounts at carriers: one for each carrier, learned once, read with the key."""

import pytest

from accounts.carriers.accounts import (
    account_and_region,
    known_accounts,
    name_account,
    named_account,
    record_seen_account,
)
from accounts.keys.api_keys import issue_key, known_key
from accounts.models import AuditEntry, CarrierAccount

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_an_account_is_named_at_one_carrier_and_audited_once(cast):
    for _ in range(2):
        name_account(cast.acorn, "AC1", carrier="twilio", actor=cast.alice)
    assert named_account(cast.acorn, carrier="twilio") == "AC1"
    assert named_account(cast.acorn, carrier="another") == ""
    assert named_account(cast.birch, carrier="twilio") == ""
    changes = AuditEntry.objects.filter(org=cast.acorn, action="organization.changed")
    assert [change.target for change in changes] == ["twilio_account_sid"]


def test_of_two_first_calls_of_an_account_one_is_reported_as_first(cast):
    first = record_seen_account(cast.acorn, "AC1", carrier="twilio", before="")
    second = record_seen_account(cast.acorn, "AC2", carrier="twilio", before="")
    assert (first, second) == (True, False)
    assert record_seen_account(cast.acorn, "AC2", carrier="twilio", before="AC1")
    assert not record_seen_account(cast.acorn, "AC3", carrier="twilio", before="AC1")


def test_a_key_is_looked_up_with_its_accounts_in_one_query(cast, django_assert_num_queries):
    name_account(cast.acorn, "AC1", carrier="twilio", actor=None)
    record_seen_account(cast.acorn, "depot", carrier="another", before="")
    _, text = issue_key(cast.acorn, label="")
    with django_assert_num_queries(1):
        at_twilio = known_accounts(known_key(text, carrier="twilio"))
    assert (at_twilio.named, at_twilio.seen) == ("AC1", "")
    at_another = known_accounts(known_key(text, carrier="another"))
    assert (at_another.named, at_another.seen) == ("", "depot")
    at_none = known_accounts(known_key(text, carrier="third"))
    assert (at_none.named, at_none.seen) == ("", "")


def test_another_account_is_not_taken_for_one_of_the_former_ones_region(cast):
    name_account(cast.acorn, "AC" + "1" * 32, carrier="twilio", actor=None)
    CarrierAccount.objects.update(region="ie1")
    name_account(cast.acorn, "AC" + "2" * 32, carrier="twilio", actor=None)
    assert account_and_region(cast.acorn, carrier="twilio") == ("AC" + "2" * 32, "")
