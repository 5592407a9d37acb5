"""Organizations: founded, joined, suspended."""

import smtplib

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend

from accounts.addresses import confirm
from accounts.members import owner_mails
from accounts.members.organizations import (
    change_organization,
    create_organization,
    remove_member,
    resume,
    set_role,
    suspend,
)
from accounts.models import AuditEntry, Membership, Organization


def test_the_founder_owns_the_organization(cast):
    org = create_organization(name="Cedar", owner=cast.bob)
    assert Membership.objects.get(org=org).role == Membership.Role.OWNER
    assert AuditEntry.objects.filter(org=org, actor=cast.bob, target="Cedar").exists()


def test_public_ids_are_twelve_hex_digits(cast):
    assert len(cast.acorn.public_id) == 12
    int(cast.acorn.public_id, 16)


def test_a_suspended_organization_knows_why_until_it_is_resumed(cast):
    suspend(cast.acorn, reason=" unpaid invoice ", actor=cast.olga)
    org = Organization.objects.get(pk=cast.acorn.pk)
    assert (org.is_suspended, org.suspended_reason) == (True, "unpaid invoice")
    resume(org, actor=cast.olga)
    org.refresh_from_db()
    assert (org.is_suspended, org.suspended_reason) == (False, "")


def test_nobody_is_suspended_without_a_reason(cast):
    with pytest.raises(ValidationError):
        suspend(cast.acorn, reason="  ", actor=cast.olga)
    cast.acorn.refresh_from_db()
    assert not cast.acorn.is_suspended


def test_a_member_is_added_then_promoted(cast):
    assert set_role(cast.acorn, user=cast.charlie, role="viewer", actor=cast.alice).role == "viewer"
    set_role(cast.acorn, user=cast.charlie, role="admin", actor=cast.alice)
    assert Membership.objects.get(org=cast.acorn, user=cast.charlie).role == "admin"
    targets = AuditEntry.objects.filter(action__startswith="member.").values_list(
        "target", flat=True
    )
    assert list(targets) == ["charlie@example.com: admin", "charlie@example.com: viewer"]


def test_the_last_owner_can_neither_leave_nor_step_down(cast):
    with pytest.raises(ValidationError, match="at least one owner"):
        remove_member(cast.acorn, user=cast.alice, actor=cast.alice)
    with pytest.raises(ValidationError, match="at least one owner"):
        set_role(cast.acorn, user=cast.alice, role="viewer", actor=cast.alice)
    confirm(cast.bob)
    set_role(cast.acorn, user=cast.bob, role="owner", actor=cast.alice)
    remove_member(cast.acorn, user=cast.alice, actor=cast.alice)
    assert not cast.alice.memberships.exists()


def test_the_owners_are_told_who_becomes_one_and_who_no_longer_is(
    cast, django_capture_on_commit_callbacks, monkeypatch
):
    cache.clear()  # how many were told is counted there

    def told(change, **values):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            change(cast.acorn, user=cast.bob, actor=cast.alice, **values)
        sentences = {"now": "is now an owner", "no": "is no longer an owner"}
        found = {
            key for each in mail.outbox for key, said in sentences.items() if said in each.body
        }
        assert all("bob@example.com" in e.body and "alice@" in e.body for e in mail.outbox)
        return sorted(found), sorted(each.to[0] for each in mail.outbox)

    confirm(cast.bob)
    both = ["alice@example.com", "bob@example.com"]
    assert told(set_role, role="admin") == ([], [])
    assert told(set_role, role="owner") == (["now"], both[:1])
    assert told(set_role, role="owner") == ([], [])
    assert told(set_role, role="viewer") == (["no"], both)
    set_role(cast.acorn, user=cast.bob, role="owner", actor=cast.alice)
    assert told(remove_member) == (["no"], both)
    monkeypatch.setattr(owner_mails, "TOLD_AN_HOUR", 4)
    assert told(set_role, role="owner") == ([], [])
    cache.clear()


def test_an_owner_whose_address_is_refused_keeps_no_other_from_the_news(
    cast, django_capture_on_commit_callbacks, monkeypatch
):
    cache.clear()
    confirm(cast.bob)
    set_role(cast.acorn, user=cast.bob, role="owner", actor=cast.alice)
    takes = EmailBackend.send_messages

    def send(self, messages):
        if messages[0].to == ["alice@example.com"]:
            raise smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"no such user")})
        return takes(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)
    with django_capture_on_commit_callbacks(execute=True):
        set_role(cast.acorn, user=cast.bob, role="viewer", actor=cast.alice)
    assert [each.to for each in mail.outbox] == [["bob@example.com"]]


def test_nobody_becomes_owner_by_an_address_that_is_not_confirmed(cast, settings):
    with pytest.raises(ValidationError, match="confirm"):
        set_role(cast.acorn, user=cast.bob, role="owner", actor=cast.alice)
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # none can be
    assert set_role(cast.acorn, user=cast.bob, role="owner", actor=cast.alice).role == "owner"


def test_a_change_is_stored_with_its_entry_and_what_stays_has_none(cast):
    changes = {"name": "Acorn & Sons", "recording_days": cast.acorn.recording_days}
    assert change_organization(cast.acorn, actor=cast.alice, **changes) == ["name"]
    assert Organization.objects.get(pk=cast.acorn.pk).name == cast.acorn.name == "Acorn & Sons"
    assert change_organization(cast.acorn, actor=cast.alice, **changes) == []
    [entry] = AuditEntry.objects.filter(action="organization.changed")
    assert (entry.actor, entry.target) == (cast.alice, "name")


def test_a_change_that_makes_no_sense_changes_nothing(cast):
    with pytest.raises(ValidationError, match="recording_days"):
        change_organization(cast.acorn, actor=cast.alice, name="New", recording_days=0)
    with pytest.raises(TypeError, match="state"):
        change_organization(cast.acorn, actor=cast.alice, state="suspended")
    assert Organization.objects.get(pk=cast.acorn.pk).name != "New"
    assert not AuditEntry.objects.filter(action="organization.changed").exists()
