"""The sweeper ends calls whose signals never came, and leaves the others alone."""

import pytest
from django.conf import settings

from testing.scene import NOW, Scene, after, lines, snapshot
from usage.billing import settlement
from usage.billing.settlement import finalize, settle, sweep
from usage.models import Call

STALE = settings.CALL_STALE_SECONDS


def test_a_call_whose_process_died_is_ended_and_settled_from_its_last_snapshot(scene):
    call = scene.talks()
    snapshot(call, 1, now=after(20), stream_ms=20_000)
    sweep(now=after(20 + STALE))
    assert Call.objects.get().state == Call.State.LIVE
    sweep(now=after(21 + STALE))
    call.refresh_from_db()
    assert (call.state, call.end_reason) == (Call.State.ENDED, "stale")
    assert settle(call.pk, now=after(21 + STALE))
    assert lines(call) == [("telephony", 1, 8_500)]


def test_a_call_that_never_got_a_stream_is_ended_after_two_minutes(scene):
    call = scene.rings()
    sweep(now=after(120))
    assert Call.objects.get().state == Call.State.OPENED
    sweep(now=after(121))
    call.refresh_from_db()
    assert (call.state, call.end_reason) == (Call.State.ENDED, "no_stream")


def test_a_call_that_lives_is_left_alone(scene):
    call = scene.talks()
    snapshot(call, 1, now=after(7_200))
    sweep(now=after(7_210))
    assert Call.objects.get().state == Call.State.LIVE


def test_an_ended_call_keeps_its_reason(scene):
    call = scene.talks()
    finalize(call.pk, reason="stop", now=NOW)
    sweep(now=after(10_000))
    assert Call.objects.get().end_reason == "stop"


@pytest.mark.django_db
def test_every_organization_is_swept():
    calls = [Scene().talks(), Scene().rings()]
    sweep(now=after(1_000))
    assert {call.org_id for call in Call.objects.filter(state=Call.State.ENDED)} == {
        call.org_id for call in calls
    }


def test_a_call_that_another_process_has_just_ended_keeps_what_that_has_written(scene, monkeypatch):
    calls = [scene.talks(), scene.talks()]
    end = settlement._end_uncarried

    def and_the_other(_call, call_id, **written):
        end(_call, call_id, **written)
        for other in calls:
            if other.pk != call_id:
                finalize(other.pk, reason="stop", now=after(1))

    monkeypatch.setattr(settlement, "_end_uncarried", and_the_other)
    sweep(now=after(21 + STALE))
    assert sorted(Call.objects.values_list("end_reason", flat=True)) == ["stale", "stop"]
