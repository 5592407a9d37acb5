"""A new organization is answered from a pool, and for ten minutes a call, until it is proven."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Organization
from accounts.secrets.twilio_account import store_account
from telephony.admission import busy_pool, decision, preparation
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber, attempts
from usage.models import Call
from usage.quota import pool

AUTH_TOKEN = "a" * 32
TOKENS = {"twilio_auth_token": AUTH_TOKEN}


@pytest.fixture
def new(line: PhoneNumber) -> PhoneNumber:
    Organization.objects.filter(pk=line.org.pk).update(proven_at=None)
    return line


def test_a_signed_call_proves_the_organization(new: PhoneNumber):
    store_account(new.org, account_sid="", tokens=TOKENS, actor=None, is_verified=True)
    assert new.rings(token=AUTH_TOKEN).status_code == 200
    new.org.refresh_from_db()
    assert new.org.is_proven
    entry = AuditEntry.objects.get(org=new.org, action="organization.proven")
    assert entry.target == "signed_call"


@pytest.mark.parametrize("name", ["twilio_auth_token", "twilio_auth_token_next"])
@pytest.mark.parametrize("is_verified", [None, False])
def test_a_token_that_twilio_has_not_accepted_may_be_made_up_and_proves_nothing(
    new: PhoneNumber, name, is_verified
):
    tokens = {name: AUTH_TOKEN}
    store_account(new.org, account_sid="", tokens=tokens, actor=None, is_verified=is_verified)
    assert b"<Connect" in new.rings(token=AUTH_TOKEN).content
    assert Call.objects.get().is_verified
    new.org.refresh_from_db()
    assert not new.org.is_proven


def test_an_unsigned_call_proves_nothing(new: PhoneNumber):
    assert new.rings().status_code == 200
    new.org.refresh_from_db()
    assert not new.org.is_proven


def test_when_the_pool_is_used_up_the_call_is_declined_in_words(new: PhoneNumber, monkeypatch):
    monkeypatch.setattr(pool, "CALLS_A_DAY", 1)
    new.rings(CallSid=OTHER_CALL)
    assert b"<Say" in new.rings().content
    assert attempts(new.org)[-1] == ("declined", "pool_used_up", CALL_SID)


def test_a_call_from_the_pool_ends_after_ten_minutes(new: PhoneNumber):
    new.rings()
    setup = preparation.setup_of(Call.objects.get())
    assert setup.config.turn_taking.max_call_ms == 600_000


def test_a_call_of_a_proven_organization_lasts_as_long_as_its_agent_says(line: PhoneNumber):
    line.rings()
    setup = preparation.setup_of(Call.objects.get())
    assert setup.config.turn_taking.max_call_ms == 4 * 3600 * 1000


@pytest.fixture
def full(new: PhoneNumber, monkeypatch) -> list[str]:
    """The pool has room for one call, which is open; the ids of those it was asked for."""
    monkeypatch.setattr(pool, "CALLS_AT_ONCE", 1)
    new.rings()
    asked: list[str] = []
    opens = decision.open_call

    def counted(**about: object) -> Call:
        asked.append(about["call_sid"])
        return opens(**about)

    monkeypatch.setattr(decision, "open_call", counted)
    return asked


def test_a_full_pool_is_not_asked_again_within_a_second(new: PhoneNumber, full, monkeypatch):
    clock = [50.0]
    monkeypatch.setattr(busy_pool, "monotonic", lambda: clock[0])
    sids = [f"CA{number:032}" for number in range(1, 6)]
    for sid in sids:
        assert b"<Say" in new.rings(CallSid=sid).content
    assert full == sids[:1]
    expected = [("declined", "pool_busy", sid) for sid in sids]
    assert attempts(new.org)[-5:] == expected
    clock[0] += busy_pool.SECONDS
    new.rings(CallSid=OTHER_CALL)
    assert full == [sids[0], OTHER_CALL]


def test_a_repeated_webhook_is_answered_while_the_pool_is_full(new: PhoneNumber, full):
    new.rings(CallSid=OTHER_CALL)
    assert b"<Connect" in new.rings(CallSid=CALL_SID).content


def test_a_proven_organization_is_answered_while_the_pool_is_full(new: PhoneNumber, full):
    new.rings(CallSid=OTHER_CALL)
    Organization.objects.filter(pk=new.org.pk).update(proven_at=timezone.now())
    assert b"<Connect" in new.rings(CallSid="CA" + "7" * 32).content
