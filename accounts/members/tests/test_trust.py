"""New organizations share a small pool until it is known who is behind them."""

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.members import organizations, trust
from accounts.members.invitations import accept, find, invite, mailed_token
from accounts.members.organizations import create_organization, set_role
from accounts.models import AuditEntry, Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora() -> User:
    return User.objects.create_user("dora@example.com", "a-password-of-dora")


def confirm(user: User) -> None:
    address = EmailAddress.objects.create(user=user, email=user.email, verified=True)
    email_confirmed.send(EmailAddress, request=None, email_address=address)


def test_an_organization_of_a_new_person_is_not_proven(dora):
    assert not create_organization(name="Dora's", owner=dora).is_proven


def test_a_confirmed_address_proves_the_organizations_that_the_person_owns(dora, cast):
    org = create_organization(name="Dora's", owner=dora)
    confirm(dora)
    org.refresh_from_db()
    assert org.is_proven
    entry = AuditEntry.objects.get(org=org, action="organization.proven")
    assert (entry.actor, entry.target) == (dora, "address")


def test_a_confirmed_address_proves_no_organization_that_the_person_only_works_for(dora):
    owner = User.objects.create_user("eve@example.com", "a-password-of-eve")
    org = create_organization(name="Eve's", owner=owner)
    organizations.set_role(org, user=dora, role="admin", actor=None)
    confirm(dora)
    org.refresh_from_db()
    assert not org.is_proven


def test_who_has_confirmed_an_address_makes_proven_organizations(dora):
    confirm(dora)
    assert create_organization(name="Dora's", owner=dora).is_proven


def test_it_is_proven_once(dora):
    org = create_organization(name="Dora's", owner=dora)
    trust.prove(org, how="operator")
    at = Organization.objects.get(pk=org.pk).proven_at
    trust.prove(Organization.objects.get(pk=org.pk), how="signed_call")
    assert Organization.objects.get(pk=org.pk).proven_at == at
    assert AuditEntry.objects.filter(action="organization.proven").count() == 1


@pytest.mark.parametrize(
    ("is_confirmed", "most"),
    [(False, organizations.MAX_OWNED_UNCONFIRMED), (True, organizations.MAX_OWNED)],
)
def test_a_person_owns_so_many_organizations(dora, is_confirmed, most):
    if is_confirmed:
        confirm(dora)
    for number in range(most):
        create_organization(name=f"Dora's {number}", owner=dora)
    with pytest.raises(ValidationError, match=f"already own {most} organizations"):
        create_organization(name="One more", owner=dora)
    create_organization(name="By the operator", owner=dora, is_proven=True)


@pytest.fixture
def full(dora) -> User:
    """Dora, who owns as many organizations as she may."""
    confirm(dora)
    for number in range(organizations.MAX_OWNED):
        create_organization(name=f"Dora's {number}", owner=dora)
    return dora


def test_nobody_is_made_owner_of_more_organizations_than_they_may_create(full, cast):
    set_role(cast.acorn, user=full, role="admin", actor=cast.alice)
    with pytest.raises(ValidationError, match=r"dora@example\.com already owns 20 organizations"):
        set_role(cast.acorn, user=full, role="owner", actor=cast.alice)
    assert not organizations.is_owner(cast.acorn, full)
    set_role(cast.acorn, user=full, role="owner", actor=cast.olga)


def test_who_owns_too_many_stays_owner_and_may_leave(full, cast):
    create_organization(name="By the operator", owner=full, is_proven=True)
    mine = Organization.objects.get(name="Dora's 0")
    assert set_role(mine, user=full, role="owner", actor=cast.alice).role == "owner"
    confirm(cast.bob)
    set_role(mine, user=cast.bob, role="owner", actor=full)
    assert set_role(mine, user=full, role="viewer", actor=cast.bob).role == "viewer"


def test_an_invitation_makes_no_owner_of_too_many_and_stays_open(full, cast):
    now = timezone.now()
    invitation = invite(cast.acorn, email=full.email, role="owner", actor=cast.alice, now=now)
    opened = find(mailed_token(invitation), now=now)
    with pytest.raises(ValidationError, match="already owns 20 organizations"):
        accept(opened, user=full, now=now)
    assert find(mailed_token(invitation), now=now)


@pytest.mark.parametrize("may", [trust.may_mail, trust.may_preview])
def test_new_organizations_together_have_what_one_proven_one_has_a_multiple_of(dora, may):
    new = [create_organization(name=f"Dora's {number}", owner=dora) for number in range(3)]
    allowed = sum(may(new[number % 3]) for number in range(300))
    proven = create_organization(name="Acorn", owner=dora, is_proven=True)
    assert 0 < allowed < sum(may(proven) for _ in range(300)) < 300


def test_tools_are_tried_by_all_new_organizations_as_often_as_by_a_proven_one(dora):
    new = [create_organization(name=f"Dora's {number}", owner=dora) for number in range(3)]
    proven = create_organization(name="Acorn", owner=dora, is_proven=True)
    assert sum(trust.may_try_tool(new[number % 3]) for number in range(300)) == 10
    assert sum(trust.may_try_tool(proven) for _ in range(300)) == 10
    assert sum(trust.may_read_page(new[number % 3]) for number in range(300)) == 10
    assert sum(trust.may_read_page(proven) for _ in range(300)) == 10
