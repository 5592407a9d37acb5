"""Slots: taken by calls that can still speak, and never left behind."""

import pytest
from django.conf import settings

from accounts.models import Organization
from testing.scene import NOW, Scene, after, snapshot
from usage.billing.settlement import finalize, record_end
from usage.models import Call, Quota
from usage.quota import quotas
from usage.quota.quotas import (
    UNVERIFIED_CALLS_AT_ONCE,
    VERIFIED_CALLS_AT_ONCE,
    slots_in_use,
    slots_of,
)
from voicex.errors import Declined

pytestmark = pytest.mark.core


def allow(scene, calls):
    Quota.objects.create(org=scene.org, concurrent_calls=calls)


def declined(scene, **how):
    with pytest.raises(Declined) as caught:
        scene.rings(**how)
    return caught.value


def test_the_call_past_the_quota_is_declined(scene):
    allow(scene, 2)
    scene.rings()
    scene.talks()
    decline = declined(scene)
    assert decline.reason == "no_slot"
    assert Call.objects.count() == 2


def test_a_repeated_post_needs_no_second_slot(scene):
    allow(scene, 1)
    first = scene.rings("CA1")
    assert scene.rings("CA1").pk == first.pk


def test_calls_that_end_at_once_are_bounded_in_number_by_the_minute(scene, monkeypatch):
    """Who places them knows the URL that ends one: else there would be a hundred a second."""
    monkeypatch.setattr(quotas, "FEWEST_BEGUN_A_MINUTE", 3)
    allow(scene, 2)

    def ends_at_once(*, seconds: int) -> None:
        record_end(scene.rings(now=after(seconds)).pk, reason="no_stream", now=after(seconds))

    monkeypatch.setattr(quotas, "BEGUN_A_MINUTE_OF_A_SLOT", 1)
    for second in range(3):
        ends_at_once(seconds=second)
    assert slots_in_use(scene.org, now=after(3)) == 0
    assert declined(scene, now=after(3)).reason == "too_many_begun"
    Scene().rings(now=after(3))
    monkeypatch.setattr(quotas, "BEGUN_A_MINUTE_OF_A_SLOT", 2)
    ends_at_once(seconds=4)
    assert declined(scene, now=after(5)).reason == "too_many_begun"
    ends_at_once(seconds=62)


def test_calls_from_before_the_clock_was_set_back_are_none_of_this_minute(scene, monkeypatch):
    monkeypatch.setattr(quotas, "FEWEST_BEGUN_A_MINUTE", 2)
    monkeypatch.setattr(quotas, "BEGUN_A_MINUTE_OF_A_SLOT", 1)
    allow(scene, 2)
    for _ in range(2):
        record_end(scene.rings(now=after(3_600)).pk, reason="no_stream", now=after(3_600))
    assert scene.rings(now=after(0))


def test_another_organizations_calls_take_no_slot(scene):
    allow(scene, 1)
    Scene().rings()
    scene.rings()


def test_an_ended_call_frees_its_slot_at_once(scene):
    allow(scene, 1)
    call = scene.talks()
    finalize(call.pk, reason="stop", now=after(5))
    scene.rings(now=after(5))


def test_a_caller_who_hung_up_before_the_stream_holds_a_slot_for_a_minute(scene):
    scene.rings()
    assert slots_in_use(scene.org, now=after(59)) == 1
    assert slots_in_use(scene.org, now=after(60)) == 0


def test_a_call_whose_process_died_frees_its_slot_without_the_sweeper(scene):
    scene.talks()
    stale = settings.CALL_STALE_SECONDS
    assert slots_in_use(scene.org, now=after(stale)) == 1
    assert slots_in_use(scene.org, now=after(stale + 1)) == 0


def test_a_long_call_keeps_its_slot_by_its_heartbeat(scene):
    call = scene.talks()
    snapshot(call, 1, now=after(3_600))
    assert slots_in_use(scene.org, now=after(3_605)) == 1


def test_a_suspended_organization_is_declined_for_the_reason_that_was_given(scene):
    # Suspended since the key was looked up: the row that is locked says so.
    Organization.objects.update(
        state=Organization.State.SUSPENDED, suspended_reason="The invoice is open"
    )
    decline = declined(scene)
    assert (decline.reason, decline.why) == ("suspended", "The invoice is open")
    assert not Call.objects.exists()


def test_a_signed_webhook_may_bring_more_calls_than_a_bare_url(scene):
    assert slots_of(scene.org, is_verified=False) == UNVERIFIED_CALLS_AT_ONCE
    assert slots_of(scene.org, is_verified=True) == VERIFIED_CALLS_AT_ONCE
    assert 20 < UNVERIFIED_CALLS_AT_ONCE < VERIFIED_CALLS_AT_ONCE


def test_a_quota_row_goes_before_both_defaults(scene):
    allow(scene, 0)
    for is_verified in (False, True):
        assert declined(scene, is_verified=is_verified, now=NOW).reason == "no_slot"
