"""A call that a member ends: its end and the entry of who wanted it are written together."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from telephony.calls import hanging_up
from telephony.calls.hanging_up import Dropped, HangUp, InProgress
from testing.office import Office
from testing.twilio.own_account import give_account
from testing.twilio.rest_api import SID
from usage.models import Call, Outbox


class AuditAway(Exception):
    """The audit log cannot be written."""


def test_a_call_is_not_ended_without_a_trace(cast, monkeypatch):
    def away(*_args, **_fields):
        raise AuditAway

    monkeypatch.setattr(hanging_up, "record", away)
    call = Office(cast.acorn).rings("CA1")
    with pytest.raises(AuditAway):
        hanging_up.hang_up(call, actor=cast.adam, now=timezone.now())
    assert Call.objects.get(pk=call.pk).end_reason == ""


@pytest.fixture
def with_person(cast):
    """A call whose caller talks to a person."""
    call = Office(cast.acorn).rings("CA1")
    Call.objects.filter(pk=call.pk).update(state="transfer", account_sid=SID)
    return Call.objects.get(pk=call.pk)


def asked() -> list[int]:
    return list(Outbox.objects.filter(kind="hang_up_call").values_list("call", flat=True))


def test_a_caller_who_is_with_a_person_is_hung_up_by_the_carrier(cast, with_person):
    give_account(cast.acorn)
    ended = hanging_up.hang_up(with_person, actor=cast.adam, now=timezone.now())
    assert (ended, asked()) == (HangUp.ASKED, [with_person.pk])
    assert Call.objects.get().end_reason == "hung_up_by_member"


def test_without_keys_a_caller_stays_with_the_person_and_nothing_is_written(cast, with_person):
    stays = hanging_up.hang_up(with_person, actor=cast.adam, now=timezone.now())
    assert (stays, asked()) == (HangUp.STAYS, [])
    assert Call.objects.get().end_reason == ""
    assert not AuditEntry.objects.filter(action="call.hung_up").exists()


@pytest.mark.parametrize("has_keys", [True, False])
def test_a_revoked_key_ends_the_calls_of_persons_or_says_how_many_stay(
    cast, with_person, monkeypatch, has_keys
):
    async def order(_call_id, _what):
        """Nobody is there."""

    monkeypatch.setattr(hanging_up.live_hub, "order", order)
    if has_keys:
        give_account(cast.acorn)
    key = with_person.api_key
    counts = hanging_up.in_progress(key)
    dropped = hanging_up.drop_key(cast.acorn, key=key, actor=cast.adam, now=timezone.now())
    call = Call.objects.get()
    assert call.end_reason == "key_revoked"  # in both: the caller does not come back to an agent
    if has_keys:
        assert (counts, dropped) == (InProgress(with_person=1), Dropped(1, 0, True))
        assert (asked(), call.carrier_report) == ([call.pk], {})
    else:
        assert (counts, dropped) == (InProgress(staying=1), Dropped(0, 1, True))
        assert (asked(), call.carrier_report) == ([], {"not_hung_up": "no_account"})


def test_a_call_whose_process_is_lost_is_ended_at_the_carrier_and_one_that_is_carried_is_not(
    cast, with_person, monkeypatch
):
    async def order(_call_id, _what):
        """Nobody is there."""

    monkeypatch.setattr(hanging_up.live_hub, "order", order)
    give_account(cast.acorn)
    lost = timezone.now() - timedelta(hours=1)
    Call.objects.update(state="live", heartbeat_at=lost)
    assert hanging_up.hang_up(with_person, actor=cast.adam, now=timezone.now()) is HangUp.OVER
    carried = Office.existing(cast.acorn).rings("CA2")
    Call.objects.filter(pk=carried.pk).update(account_sid=SID)
    assert hanging_up.hang_up(carried, actor=cast.adam, now=timezone.now()) is HangUp.ORDERED
    assert asked() == [with_person.pk]
