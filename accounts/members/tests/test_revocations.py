"""Sockets are told at once when their user loses a right, and of nothing else."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from accounts.members import impersonation, revocations
from accounts.members.organizations import remove_member, set_role
from accounts.models import Membership, SessionRow, User
from testing.engines import settle
from testing.guard import GUARD_SECONDS

LONG = 1_800.0


@pytest.fixture
def committed(monkeypatch):
    """Every change is committed at once."""
    monkeypatch.setattr(revocations.transaction, "on_commit", lambda publish: publish())


async def test_the_sockets_of_a_user_are_told_and_no_others(committed):
    async with revocations.subscribed(7) as wait, revocations.subscribed(8) as wait_of_another:
        await settle()
        await sync_to_async(revocations.publish)(7)
        async with asyncio.timeout(GUARD_SECONDS):
            await wait(LONG)
        for waits in (wait, wait_of_another):  # once told, it waits for the next change
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await waits(LONG)


async def test_without_a_channel_layer_sockets_wait_and_the_change_stands(
    committed, monkeypatch, logged
):
    def away():
        raise OSError

    monkeypatch.setattr(revocations, "get_channel_layer", away)
    async with revocations.subscribed(7) as wait:
        await settle()
        await sync_to_async(revocations.publish)(7)
        await wait(0.0)
    assert [event["event"] for event in logged] == ["revocation_not_told"] * 2


@pytest.fixture
def told(cast, monkeypatch) -> list[int]:
    """The users whose sockets were told, in order."""
    users: list[int] = []
    monkeypatch.setattr(revocations, "publish", users.append)
    return users


def test_a_role_that_is_changed_or_taken_away_is_told(cast, told):
    set_role(cast.acorn, user=cast.bob, role="viewer", actor=None)
    assert told == [cast.bob.pk]
    remove_member(cast.acorn, user=cast.bob, actor=None)
    assert told == [cast.bob.pk] * 2


def test_a_change_of_a_user_is_told_and_a_log_in_is_none(cast, told):
    cast.bob.save(update_fields=["last_login"])
    assert told == []
    cast.bob.is_active = False
    cast.bob.save()
    assert told == [cast.bob.pk]


def test_who_is_new_has_no_socket_to_be_told(cast, told):
    newcomer = User.objects.create_user("newcomer@example.com")
    Membership.objects.create(org=cast.acorn, user=newcomer, role="viewer")
    assert told == []


def test_a_log_out_is_told_unless_the_session_had_expired(cast, told):
    for client in (Client(), Client()):
        client.force_login(cast.bob)
    told.clear()
    first, second = SessionRow.objects.filter(user=cast.bob)
    first.delete()
    assert told == [cast.bob.pk]
    second.expire_date = timezone.now() - timedelta(seconds=1)
    second.delete()
    assert told == [cast.bob.pk]


def test_a_session_without_a_user_is_told_to_none(cast, told):
    session = Client().session
    session["language"] = "de"
    session.save()
    session.delete()
    assert told == []


def test_the_end_of_an_impersonation_is_told_to_its_operator(cast, told):
    impersonation.ended.send(sender=None, operator_id=cast.olga.pk)
    assert told == [cast.olga.pk]
