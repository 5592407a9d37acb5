"""Invitations: whom they let in, once, and whom they do not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import invitations
from accounts.models import AuditEntry, Invitation, Membership, User
from accounts.tests.cast import Cast

NOW = timezone.now()


def invite(cast: Cast, *, email: str = "nina@example.com", role: str = "member") -> Invitation:
    return invitations.invite(cast.acorn, email=email, role=role, actor=cast.adam, now=NOW)


@pytest.fixture
def nina(cast: Cast) -> User:
    return User.objects.create_user("nina@example.com")


def test_the_invited_person_joins_with_the_role(cast: Cast, nina: User) -> None:
    found = invitations.find(invitations.token_of(invite(cast)), now=NOW)
    assert found is not None
    assert invitations.accept(found, user=nina, now=NOW).role == "member"
    actions = set(AuditEntry.objects.filter(org=cast.acorn).values_list("action", flat=True))
    assert {"member.invited", "member.added", "member.joined"} <= actions


def test_a_link_works_once(cast: Cast, nina: User) -> None:
    invitation = invite(cast)
    invitations.accept(invitation, user=nina, now=NOW)
    Membership.objects.filter(user=nina).delete()
    assert invitations.find(invitations.token_of(invitation), now=NOW) is None
    with pytest.raises(ValidationError):
        invitations.accept(invitation, user=nina, now=NOW)


def test_a_link_that_was_passed_on_lets_nobody_else_in(cast: Cast) -> None:
    with pytest.raises(ValidationError, match=r"nina@example\.com"):
        invitations.accept(invite(cast), user=cast.charlie, now=NOW)
    assert not Membership.objects.filter(org=cast.acorn, user=cast.charlie).exists()


def test_a_forged_link_opens_nothing(cast: Cast) -> None:
    token = invitations.token_of(invite(cast))
    assert invitations.find(token[:-1] + ("A" if token[-1] != "A" else "B"), now=NOW) is None
    assert invitations.find("garbage", now=NOW) is None


@pytest.mark.parametrize("late", [invitations.LIFETIME, timedelta(days=30)])
def test_a_link_expires(cast: Cast, nina: User, late: timedelta) -> None:
    invitation = invite(cast)
    later: datetime = NOW + late
    assert invitations.find(invitations.token_of(invitation), now=later) is None
    with pytest.raises(ValidationError):
        invitations.accept(invitation, user=nina, now=later)


def test_a_revoked_link_opens_nothing(cast: Cast) -> None:
    invitation = invite(cast)
    invitations.revoke(cast.acorn, invitation=invitation, actor=cast.adam, now=NOW)
    assert invitations.find(invitations.token_of(invitation), now=NOW) is None


def test_nobody_revokes_in_another_organization(cast: Cast) -> None:
    invitation = invite(cast)
    invitations.revoke(cast.birch, invitation=invitation, actor=cast.charlie, now=NOW)
    assert invitations.find(invitations.token_of(invitation), now=NOW) == invitation


def test_inviting_again_replaces_the_first_link(cast: Cast) -> None:
    first = invite(cast, role="viewer")
    second = invite(cast, email=" Nina@Example.com ", role="admin")
    assert invitations.find(invitations.token_of(first), now=NOW) is None
    assert list(invitations.open_invitations(cast.acorn)) == [second]


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [
        ("bob@example.com", "member", "email"),
        ("not an address", "member", "email"),
        ("nina@example.com", "emperor", "role"),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(
    cast: Cast, email: str, role: str, field: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        invite(cast, email=email, role=role)
    assert field in refusal.value.message_dict


def test_an_invitation_never_lowers_a_member(cast: Cast, nina: User) -> None:
    invitation = invite(cast, role="viewer")
    Membership.objects.create(org=cast.acorn, user=nina, role="admin")
    assert invitations.accept(invitation, user=nina, now=NOW).role == "admin"


def adam_leaves(cast: Cast) -> None:
    Membership.objects.filter(user=cast.adam).delete()


def adam_is_a_member_now(cast: Cast) -> None:
    Membership.objects.filter(user=cast.adam).update(role="member")


def adams_account_is_closed(cast: Cast) -> None:
    User.objects.filter(pk=cast.adam.pk).update(is_active=False)


def adams_account_is_deleted(cast: Cast) -> None:
    cast.adam.delete()


GONE = [adam_leaves, adam_is_a_member_now, adams_account_is_closed, adams_account_is_deleted]


@pytest.mark.parametrize("adam_loses_the_role", GONE)
def test_an_invitation_does_not_outlive_the_role_of_who_sent_it(
    cast: Cast, nina: User, adam_loses_the_role: Callable[[Cast], None]
) -> None:
    sent = invite(cast)
    adam_loses_the_role(cast)
    assert invitations.find(invitations.token_of(sent), now=NOW) is None
    with pytest.raises(ValidationError, match="used, taken back"):
        invitations.accept(Invitation.objects.get(pk=sent.pk), user=nina, now=NOW)
    assert not Membership.objects.filter(user=nina).exists()


def test_an_admin_invites_admins_only_while_an_admin(cast: Cast, nina: User) -> None:
    token = invitations.token_of(invite(cast, role="admin"))
    assert invitations.find(token, now=NOW) is not None
    Membership.objects.filter(user=cast.adam).update(role="viewer")
    assert invitations.find(token, now=NOW) is None
    Membership.objects.filter(user=cast.adam).update(role="owner")
    assert invitations.find(token, now=NOW) is not None


def test_an_operator_who_acted_in_an_organizations_place_invites_too(
    cast: Cast, nina: User
) -> None:
    sent = invitations.invite(
        cast.acorn, email="nina@example.com", role="member", actor=cast.olga, now=NOW
    )
    assert invitations.accept(sent, user=nina, now=NOW).role == "member"
