"""Impersonation by an operator: who may, for how long, and what is left of it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.login.sessions import SessionStore
from accounts.members import impersonation
from accounts.members.access import admit, record
from accounts.models import AuditEntry, Impersonation, User
from testing.cast import Cast

NOW = timezone.now()


@pytest.fixture
def session() -> SessionStore:
    return SessionStore()


def begin(
    session: SessionStore, cast: Cast, *, by: User, role: str = "member", reason: str = "ticket 81"
) -> Impersonation:
    return impersonation.begin(
        session, operator=by, org=cast.acorn, role=role, reason=reason, now=NOW
    )


def comes_in(session: SessionStore, user: User, org_id: str, *, at=NOW):
    return admit(user, session, org_id=org_id, now=at)


def test_an_operator_is_a_stranger_until_they_say_why(session, cast: Cast) -> None:
    assert comes_in(session, cast.olga, cast.acorn.public_id) is None
    begin(session, cast, by=cast.olga)
    admitted = comes_in(session, cast.olga, cast.acorn.public_id)
    assert admitted is not None
    assert admitted.membership.role == "member"
    assert admitted.membership.pk is None


def test_it_opens_one_organization_only(session, cast: Cast) -> None:
    begin(session, cast, by=cast.olga)
    assert comes_in(session, cast.olga, cast.birch.public_id) is None


def test_it_belongs_to_the_session_and_the_person_that_began_it(session, cast: Cast) -> None:
    begin(session, cast, by=cast.olga)
    assert comes_in(SessionStore(), cast.olga, cast.acorn.public_id) is None
    assert comes_in(session, cast.charlie, cast.acorn.public_id) is None


def test_it_ends_by_itself(session, cast: Cast) -> None:
    begin(session, cast, by=cast.olga)
    after = NOW + impersonation.LIFETIME
    assert comes_in(session, cast.olga, cast.acorn.public_id, at=after) is None
    assert comes_in(session, cast.olga, cast.acorn.public_id, at=after - timedelta(seconds=1))


def test_it_is_ended_by_hand(session, cast: Cast) -> None:
    opened = begin(session, cast, by=cast.olga)
    impersonation.end(session, operator=cast.olga, now=NOW)
    opened.refresh_from_db()
    assert opened.ended_at == NOW
    assert comes_in(session, cast.olga, cast.acorn.public_id) is None


def test_it_ends_when_the_operator_is_one_no_more(session, cast: Cast) -> None:
    begin(session, cast, by=cast.olga)
    cast.olga.is_superuser = False
    cast.olga.save()
    assert comes_in(session, cast.olga, cast.acorn.public_id) is None


@pytest.mark.parametrize("name", ["alice", "charlie"])
def test_nobody_else_may(session, cast: Cast, name: str) -> None:
    with pytest.raises(PermissionDenied):
        begin(session, cast, by=getattr(cast, name))
    assert not Impersonation.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("role", "owner"), ("role", "emperor"), ("reason", "  ")]
)
def test_it_needs_a_role_and_a_reason(session, cast: Cast, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        begin(session, cast, by=cast.olga, **{field: value})
    assert field in refusal.value.message_dict


def test_the_audit_trail_names_it(session, cast: Cast) -> None:
    opened = begin(session, cast, by=cast.olga)
    token = impersonation.current.set(opened)
    try:
        entry = record(cast.acorn, actor=cast.olga, action="agent.changed", target="Reception")
    finally:
        impersonation.current.reset(token)
    assert entry.impersonation == opened
    assert record(cast.acorn, actor=cast.alice, action="x", target="").impersonation is None
    assert AuditEntry.objects.filter(action="impersonation.began", org=cast.acorn).exists()


def test_a_page_opens_with_the_role_and_no_more(client, cast: Cast) -> None:
    client.force_login(cast.olga)
    page = f"/o/{cast.acorn.public_id}/"
    assert client.get(page).status_code == 404
    session = client.session
    begin(session, cast, by=cast.olga, role="viewer")
    session.save()
    assert client.get(page).status_code == 200
    assert client.get(f"{page}agents/new/").status_code == 403
    assert client.get(f"/o/{cast.birch.public_id}/").status_code == 404
    assert impersonation.current.get() is None
