"""Invitations: which users they admit, once, and which they do not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.addresses import confirm, is_confirmed
from accounts.members import invitations
from accounts.members.invitations import Opened
from accounts.models import AuditEntry, Invitation, Membership, User
from testing.cast import Cast

NOW = timezone.now()


def invite(cast: Cast, *, email: str = "nina@example.com", role: str = "member") -> Invitation:
    return invitations.invite(cast.acorn, email=email, role=role, actor=cast.adam, now=NOW)


def mailed(invitation: Invitation) -> Opened:
    return Opened(invitation, is_mailed=True)


def shown(invitation: Invitation) -> Opened:
    return Opened(invitation, is_mailed=False)


@pytest.fixture
def nina(cast: Cast) -> User:
    return User.objects.create_user("nina@example.com")


def test_the_invited_person_joins_with_the_role(cast: Cast, nina: User) -> None:
    found = invitations.find(invitations.mailed_token(invite(cast)), now=NOW)
    assert found is not None
    assert invitations.accept(found, user=nina, now=NOW).role == "member"
    actions = set(AuditEntry.objects.filter(org=cast.acorn).values_list("action", flat=True))
    assert {"member.invited", "member.added", "member.joined"} <= actions


def test_a_team_has_a_size(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    members = cast.acorn.memberships.count()
    monkeypatch.setattr(invitations, "MOST_ON_TEAM", members + 1)
    first = invite(cast)
    assert invite(cast).pk != first.pk  # in place of the first
    with pytest.raises(ValidationError, match=f"at most {members + 1} members"):
        invite(cast, email="noah@example.com")
    assert invitations.open_invitations(cast.acorn).get().email == "nina@example.com"


def test_an_invitation_that_replaces_another_is_in_the_audit_log_with_it(cast: Cast) -> None:
    invite(cast)
    invite(cast, role="viewer")
    entries = AuditEntry.objects.filter(org=cast.acorn, action__endswith="invited").order_by("pk")
    assert list(entries.values_list("action", flat=True)) == [
        "member.invited", "member.uninvited", "member.invited",
    ]  # fmt: skip


def test_an_admin_replaces_an_owners_invitation_once_it_has_expired(cast: Cast) -> None:
    address = {"email": "nina@example.com"}
    by_owner = invitations.invite(
        cast.acorn, **address, role="owner", actor=cast.alice, now=NOW - timedelta(days=1)
    )
    with pytest.raises(ValidationError, match="An owner has invited"):
        invite(cast)
    with pytest.raises(PermissionDenied):
        invitations.revoke(cast.acorn, invitation=by_owner, actor=cast.adam, now=NOW)
    invitations.invite(
        cast.acorn, **address, role="viewer", actor=cast.adam, now=by_owner.expires_at
    )
    assert invitations.open_invitations(cast.acorn).get().role == "viewer"


def test_a_link_works_once(cast: Cast, nina: User) -> None:
    invitation = invite(cast)
    invitations.accept(mailed(invitation), user=nina, now=NOW)
    Membership.objects.filter(user=nina).delete()
    assert invitations.find(invitations.mailed_token(invitation), now=NOW) is None
    with pytest.raises(ValidationError):
        invitations.accept(mailed(invitation), user=nina, now=NOW)


def test_a_link_that_was_passed_on_lets_nobody_else_in(cast: Cast) -> None:
    with pytest.raises(ValidationError, match=r"nina@example\.com"):
        invitations.accept(mailed(invite(cast)), user=cast.charlie, now=NOW)
    assert not Membership.objects.filter(org=cast.acorn, user=cast.charlie).exists()


def test_a_forged_link_opens_nothing(cast: Cast) -> None:
    token = invitations.mailed_token(invite(cast))
    assert invitations.find(token[:-1] + ("A" if token[-1] != "A" else "B"), now=NOW) is None
    assert invitations.find("garbage", now=NOW) is None


@pytest.mark.parametrize("late", [invitations.LIFETIME, timedelta(days=30)])
def test_a_link_expires(cast: Cast, nina: User, late: timedelta) -> None:
    invitation = invite(cast)
    later: datetime = NOW + late
    assert invitations.find(invitations.mailed_token(invitation), now=later) is None
    with pytest.raises(ValidationError):
        invitations.accept(mailed(invitation), user=nina, now=later)


def test_a_revoked_link_opens_nothing(cast: Cast) -> None:
    invitation = invite(cast)
    invitations.revoke(cast.acorn, invitation=invitation, actor=cast.adam, now=NOW)
    assert invitations.find(invitations.mailed_token(invitation), now=NOW) is None


def test_nobody_revokes_in_another_organization(cast: Cast) -> None:
    invitation = invite(cast)
    invitations.revoke(cast.birch, invitation=invitation, actor=cast.charlie, now=NOW)
    found = invitations.find(invitations.mailed_token(invitation), now=NOW)
    assert found == mailed(invitation)


def test_inviting_again_replaces_the_first_link(cast: Cast) -> None:
    first = invite(cast, role="viewer")
    second = invite(cast, email=" Nina@Example.com ", role="admin")
    assert invitations.find(invitations.mailed_token(first), now=NOW) is None
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
    assert invitations.accept(mailed(invitation), user=nina, now=NOW).role == "admin"


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
    assert invitations.find(invitations.mailed_token(sent), now=NOW) is None
    with pytest.raises(ValidationError, match="was used or revoked"):
        invitations.accept(mailed(Invitation.objects.get(pk=sent.pk)), user=nina, now=NOW)
    assert not Membership.objects.filter(user=nina).exists()


def test_an_admin_invites_admins_only_while_an_admin(cast: Cast, nina: User) -> None:
    token = invitations.mailed_token(invite(cast, role="admin"))
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
    assert invitations.accept(mailed(sent), user=nina, now=NOW).role == "member"


@pytest.fixture
def no_mail(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"


def test_the_mailed_link_confirms_the_address_and_the_shown_one_does_not(
    cast: Cast, nina: User
) -> None:
    with pytest.raises(ValidationError, match="Confirm"):
        invitations.accept(shown(invite(cast)), user=nina, now=NOW)
    assert not Membership.objects.filter(user=nina).exists()
    invitations.accept(mailed(Invitation.objects.get()), user=nina, now=NOW)
    assert is_confirmed(nina)


def test_the_shown_link_opens_for_a_confirmed_address(cast: Cast, nina: User) -> None:
    confirm(nina)
    assert invitations.accept(shown(invite(cast)), user=nina, now=NOW).role == "member"


def test_one_link_cannot_stand_in_for_the_other(cast: Cast) -> None:
    invitation = invite(cast)
    adam = Membership.objects.get(user=cast.adam)
    tokens = invitations.mailed_token(invitation), invitations.shown_token(invitation, to=adam)
    assert tokens[0] != tokens[1]
    assert [invitations.find(token, now=NOW) for token in tokens] == [
        mailed(invitation),
        shown(invitation),
    ]


@pytest.mark.parametrize("who", ["alice", "adam", "bob", "vera"])
@pytest.mark.parametrize("role", Membership.Role.values)
def test_a_link_is_shown_to_who_may_give_its_role(cast: Cast, who: str, role: str) -> None:
    sent = invitations.invite(
        cast.acorn, email="nina@example.com", role=role, actor=cast.alice, now=NOW
    )
    member = Membership.objects.get(org=cast.acorn, user=getattr(cast, who))
    may = who == "alice" or (who == "adam" and role != "owner")
    assert bool(invitations.shown_token(sent, to=member)) == may


def test_without_mail_nobody_is_invited_as_owner(cast: Cast, no_mail: None) -> None:
    with pytest.raises(ValidationError) as refusal:
        invitations.invite(
            cast.acorn, email="nina@example.com", role="owner", actor=cast.alice, now=NOW
        )
    assert "role" in refusal.value.message_dict
    assert not Invitation.objects.exists()


def test_without_mail_a_shown_link_lets_in_whom_an_admin_could_let_in_anyway(
    cast: Cast, nina: User, no_mail: None
) -> None:
    assert invitations.accept(shown(invite(cast)), user=nina, now=NOW).role == "member"


def test_an_owners_invitation_of_before_needs_a_confirmed_address(
    cast: Cast, nina: User, settings
) -> None:
    sent = invitations.invite(
        cast.acorn, email="nina@example.com", role="owner", actor=cast.alice, now=NOW
    )
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    with pytest.raises(ValidationError, match="Confirm"):
        invitations.accept(shown(sent), user=nina, now=NOW)
    assert not Membership.objects.filter(user=nina).exists()


def test_what_waits_is_shown_to_a_confirmed_address_alone(cast: Cast, nina: User) -> None:
    invite(cast)
    assert invitations.waiting_for(nina, now=NOW) == ""
    confirm(nina)
    found = invitations.find(invitations.waiting_for(nina, now=NOW), now=NOW)
    assert found == shown(Invitation.objects.get())
