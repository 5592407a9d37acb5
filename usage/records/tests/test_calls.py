"""A call while it happens: opened once, taken live once, written down in few statements."""

import pytest
from django.core.cache import cache

from testing.scene import NOW, Statements, after, snapshot
from usage.models import Call, FlightRecord, Turn, UsageFact
from usage.records.turns import LARGE_RECORD_BYTES, save_flight_record, save_turn
from voicex.errors import Declined


def turn(call, number=1, **changed):
    fields = {
        "role": "agent",
        "text": "We open at nine.",
        "heard_text": "We open",
        "interrupted": True,
        "started_ms": 1_000,
        "ended_ms": 2_000,
        "latency_ms": {"sent": 400},
    }
    save_turn(call.pk, number=number, **(fields | changed))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"wait_ms": 2_500, "reason": "number"}, {"wait_ms": 2_500, "reason": "number"}),
        ({"wait_ms": 224.4, "reason": "x" * 50}, {"wait_ms": 224, "reason": "x" * 20}),
        (
            {"wait_ms": 700, "reason": "finished", "finished_percent": 12},
            {"wait_ms": 700, "reason": "finished", "finished_percent": 12},
        ),
        (
            {"wait_ms": 700, "reason": "finished", "finished_percent": 150},
            {"wait_ms": 700, "reason": "finished", "finished_percent": 100},
        ),
        (
            {"wait_ms": 700, "reason": "finished", "finished_percent": "very"},
            {"wait_ms": 700, "reason": "finished"},
        ),
        (None, None),
        ({"wait_ms": "soon", "reason": "number"}, None),
        ("number", None),
    ],
)
def test_a_turn_keeps_how_its_end_was_found(scene, given, kept):
    call = scene.rings("CA1")
    turn(call, role="caller", endpoint=given)
    assert Turn.objects.get(call=call).endpoint == kept


def test_the_webhook_opens_a_call_that_pins_the_published_version(scene):
    call = scene.rings("CA1")
    assert (call.state, call.opened_at) == (Call.State.OPENED, NOW)
    assert call.version == scene.agent.published
    assert call.api_key == scene.key
    assert len(call.ticket_id) >= 22  # 128 bits in base64


def test_a_repeated_post_gets_the_same_call_and_ticket(scene):
    first = scene.rings("CA1")
    second = scene.rings("CA1", now=after(3))
    assert (second.pk, second.ticket_id, second.opened_at) == (first.pk, first.ticket_id, NOW)


def test_two_calls_have_different_tickets(scene):
    assert scene.rings().ticket_id != scene.rings().ticket_id


def test_the_same_call_sid_in_another_organization_is_another_call(scene):
    other = type(scene)()
    assert scene.rings("CA1").pk != other.rings("CA1").pk


def test_an_agent_without_a_published_version_declines(scene):
    scene.agent.published = None
    with pytest.raises(Declined) as declined:
        scene.rings()
    assert declined.value.reason == "no_agent"
    assert not Call.objects.exists()


def test_a_ticket_takes_the_call_live(scene):
    call = scene.redeems(scene.rings(), now=after(2))
    assert (call.state, call.stream_sid) == (Call.State.LIVE, "MZ1")
    assert call.live_at == call.heartbeat_at == call.ticket_redeemed_at == after(2)


def test_a_ticket_is_good_once(scene):
    call = scene.rings()
    assert scene.redeems(call) is not None
    assert scene.redeems(call, stream_sid="MZ2") is None
    assert Call.objects.get().stream_sid == "MZ1"


@pytest.mark.parametrize(
    "changed",
    [
        {"ticket_id": "another"},
        {"ticket_id": ""},
        {"call_sid": "CA-other"},
        {"account_sid": "AC-other"},
        {"call_id": 0},
    ],
)
def test_a_foreign_ticket_opens_nothing(scene, changed):
    call = scene.rings()
    assert scene.redeems(call, **changed) is None
    assert Call.objects.get().state == Call.State.OPENED


@pytest.mark.parametrize(("seconds", "is_good"), [(60, True), (61, False)])
def test_a_ticket_is_good_for_a_minute(scene, seconds, is_good):
    assert (scene.redeems(scene.rings(), now=after(seconds)) is not None) is is_good


def test_a_turn_is_written_anew_when_more_of_it_was_heard(scene):
    call = scene.talks()
    turn(call, heard_text="We")
    turn(call, heard_text="We open at nine.", interrupted=False)
    turn(call, number=2, role="caller")
    first, second = Turn.objects.filter(call=call)
    assert (first.heard_text, first.interrupted) == ("We open at nine.", False)
    assert (second.number, second.role) == (2, "caller")


def test_the_snapshot_with_the_highest_sequence_stays(scene):
    call = scene.talks()
    for sequence, stream_ms in ((1, 10_000), (3, 30_000), (2, 20_000), (3, 99_000)):
        snapshot(call, sequence, stream_ms=stream_ms)
    fact = UsageFact.objects.get()
    assert (fact.sequence, fact.stream_ms) == (3, 30_000)


def test_every_snapshot_is_a_heartbeat(scene):
    call = scene.talks()
    snapshot(call, 2, now=after(20))
    snapshot(call, 1, now=after(30))
    assert Call.objects.get().heartbeat_at == after(30)


def test_the_latest_flight_record_stays(scene):
    call = scene.talks()
    save_flight_record(call.pk, b"first")
    save_flight_record(call.pk, b"second")
    assert bytes(FlightRecord.objects.get().events) == b"second"


def test_writes_beside_live_audio_take_few_statements(scene):
    call = scene.rings()
    with Statements() as redeeming:
        scene.redeems(call)
    snapshot(call, 1)
    with Statements() as saving_usage:
        snapshot(call, 2)
    turn(call)
    with Statements() as saving_turn:
        turn(call)
    with Statements() as saving_events:
        save_flight_record(call.pk, b"events")
    counts = [len(it) for it in (redeeming, saving_usage, saving_turn, saving_events)]
    # The first looks for outgoing webhooks before it.
    assert counts == [3, 2, 1, 1]


def test_the_webhook_opens_a_call_in_three_statements(scene):
    with Statements() as opening:
        scene.rings()
    assert len(opening) == 3


def test_large_records_are_kept_up_to_the_budget_of_a_day(scene, monkeypatch):
    cache.clear()
    monkeypatch.setattr("accounts.members.trust.RECORDS_KB_A_DAY", 500)
    large = bytes(LARGE_RECORD_BYTES + 1)
    calls = [scene.talks(now=after(number)) for number in range(3)]
    for call in calls:
        save_flight_record(call.pk, large)
    assert set(FlightRecord.objects.values_list("call", flat=True)) == {c.pk for c in calls[:2]}
    save_flight_record(calls[2].pk, b"ordinary")
    assert FlightRecord.objects.count() == 3
