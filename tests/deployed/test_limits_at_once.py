"""Requests side by side find no more room than one after the other.

SQLite writes one transaction after the other, so these run where TEST_DATABASE_URL names a
PostgreSQL server (`test_on_postgresql`).
"""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.keys import api_keys
from accounts.members import invitations, organizations
from accounts.models import Invitation, Membership
from testing.at_once import at_once
from usage import saved_views
from usage.models import SavedView

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="needs PostgreSQL: set TEST_DATABASE_URL=postgres://...",
    ),
]

AT_ONCE = 6


def taken(write) -> int:
    """How many of some requests at once are carried out. write: of the number of a request."""

    def of(number):
        try:
            write(number)
        except ValidationError:
            return 0
        return 1

    return sum(at_once(*[lambda number=number: of(number) for number in range(AT_ONCE)]))


def test_a_key_is_the_last_one_for_one_request_alone(cast, monkeypatch):
    monkeypatch.setattr(api_keys, "MOST", 2)
    api_keys.issue_key(cast.acorn, label="first")
    assert taken(lambda number: api_keys.issue_key(cast.acorn, label=f"n{number}")) == 1
    assert api_keys.usable_keys(cast.acorn, now=timezone.now()).count() == 2


def test_a_view_is_the_last_one_for_one_request_alone(cast, monkeypatch):
    monkeypatch.setattr(saved_views, "MAX_VIEWS", 1)

    def save(number):
        saved_views.save_view(cast.acorn, user=cast.bob, name=f"n{number}", query="")

    assert taken(save) == 1
    assert SavedView.objects.count() == 1


def test_a_view_that_is_saved_twice_at_once_is_one(cast):
    def save(number):
        saved_views.save_view(cast.acorn, user=cast.bob, name="open", query=f"q={number}")

    assert taken(save) == AT_ONCE
    assert SavedView.objects.count() == 1


def invite(cast, email):
    now = timezone.now()
    invitations.invite(cast.acorn, email=email, role="member", actor=cast.alice, now=now)


def test_a_team_has_one_last_place(cast, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_ON_TEAM", cast.acorn.memberships.count() + 1)
    assert taken(lambda number: invite(cast, f"n{number}@example.com")) == 1


def test_an_address_that_several_invite_has_one_open_invitation(cast):
    assert taken(lambda _number: invite(cast, "new@example.com")) == AT_ONCE
    assert invitations.open_invitations(cast.acorn).count() == 1
    assert Invitation.objects.count() == AT_ONCE


def test_an_organization_keeps_an_owner_when_all_leave(cast):
    owners = [cast.alice, cast.adam, cast.bob]
    cast.acorn.memberships.filter(user__in=owners).update(role=Membership.Role.OWNER)

    def leave(number):
        person = owners[number % 3]
        organizations.remove_member(cast.acorn, user=person, actor=person)

    taken(leave)
    assert cast.acorn.memberships.filter(role=Membership.Role.OWNER).count() == 1
