"""However many organizations a person makes, they have one small pool of calls together."""

from datetime import timedelta

import pytest

from accounts.models import Organization
from testing.scene import NOW, Scene, snapshot
from usage.models import Call
from usage.quota import pool
from voicex.errors import Declined

pytestmark = pytest.mark.django_db


def unproven() -> Scene:
    scene = Scene()
    Organization.objects.filter(pk=scene.org.pk).update(proven_at=None)
    return scene


def reason_of(scene: Scene, sid: str, *, now=NOW) -> str:
    try:
        scene.rings(sid, now=now)
    except Declined as declined:
        return declined.reason
    return ""


def test_forty_organizations_have_as_many_calls_at_once_as_the_pool():
    scenes = [unproven() for _ in range(40)]
    reasons = [reason_of(scene, f"CA{number}") for number, scene in enumerate(scenes)]
    assert reasons == [""] * pool.CALLS_AT_ONCE + ["pool_busy"] * (40 - pool.CALLS_AT_ONCE)


def test_a_proven_organization_has_its_own_lines_while_the_pool_is_full():
    for number in range(pool.CALLS_AT_ONCE):
        assert reason_of(unproven(), f"CA{number}") == ""
    assert reason_of(Scene(), "CAproven") == ""


def test_calls_leave_the_pool_when_they_end():
    scene = unproven()
    calls = [scene.rings(f"CA{number}") for number in range(pool.CALLS_AT_ONCE)]
    Call.objects.filter(pk=calls[0].pk).update(ended_at=NOW, state=Call.State.ENDED)
    assert reason_of(scene, "CAnext") == ""


def test_calls_that_end_at_once_make_no_room_within_the_minute():
    scene = unproven()
    for number in range(pool.CALLS_A_MINUTE):
        call = scene.rings(f"CA{number}")
        Call.objects.filter(pk=call.pk).update(ended_at=NOW, state=Call.State.ENDED)
    assert reason_of(unproven(), "CAtoo-soon") == "pool_busy"
    assert reason_of(unproven(), "CAlater", now=NOW + timedelta(seconds=61)) == ""


def test_a_days_calls_are_counted_and_the_next_day_begins_anew(monkeypatch):
    monkeypatch.setattr(pool, "CALLS_A_DAY", 2)
    scene = unproven()
    for number in range(2):
        call = scene.rings(f"CA{number}")
        Call.objects.filter(pk=call.pk).update(ended_at=NOW, state=Call.State.ENDED)
    assert reason_of(unproven(), "CAthird") == "pool_used_up"
    assert reason_of(unproven(), "CAlater", now=NOW + timedelta(days=1, seconds=1)) == ""


def test_a_days_minutes_are_counted(monkeypatch):
    monkeypatch.setattr(pool, "MINUTES_A_DAY", 10)
    scene = unproven()
    call = scene.rings("CA0")
    snapshot(call, stream_ms=10 * 60_000, is_final=True)
    assert reason_of(unproven(), "CA1") == "pool_used_up"


def test_a_call_stays_in_the_pool_that_it_was_opened_from(monkeypatch):
    """An organization that is proven today does not free what it used of the pool before."""
    monkeypatch.setattr(pool, "CALLS_A_DAY", 1)
    scene = unproven()
    scene.rings("CA0")
    Organization.objects.filter(pk=scene.org.pk).update(proven_at=NOW)
    assert reason_of(unproven(), "CA1") == "pool_used_up"
