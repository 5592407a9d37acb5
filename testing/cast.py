"""The cast of the tests: two organizations, their people, and a stranger.

Alice owns Acorn; Adam administers it, Bob is a member, Vera only views. Charlie owns
Birch and is a stranger to Acorn. Olga operates the platform.
"""

from dataclasses import dataclass

import pytest
from django.contrib.auth.hashers import make_password
from pytest_django.fixtures import Settings

from accounts.members.organizations import create_organization
from accounts.models import Membership, Organization, User

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    """All users, by first name; all of them log in with PASSWORD."""

    acorn: Organization
    birch: Organization
    alice: User
    adam: User
    bob: User
    vera: User
    charlie: User
    olga: User


@pytest.fixture
def cheap_passwords(settings: Settings) -> None:
    """Use a cheap hash: a strong one would cost time at each log-in."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast(db: None, cheap_passwords: None) -> Cast:
    """Two organizations with their members, and the operator."""
    password = make_password(PASSWORD)
    people = {
        name: User(
            email=f"{name}@example.com",
            password=password,
            is_staff=name == "olga",
            is_superuser=name == "olga",
        )
        for name in ("alice", "adam", "bob", "vera", "charlie", "olga")
    }
    for person in people.values():
        person.save()
    acorn = create_organization(name="Acorn", owner=people["alice"], is_proven=True)
    birch = create_organization(name="Birch", owner=people["charlie"], is_proven=True)
    for name, role in (("adam", "admin"), ("bob", "member"), ("vera", "viewer")):
        Membership.objects.create(org=acorn, user=people[name], role=role)
    return Cast(acorn=acorn, birch=birch, **people)
