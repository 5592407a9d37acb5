"""A live call goes to another process once a loss, with its slot, and never back."""

import json

import pytest
from django.conf import settings

from agents.transfers.targets import Target
from testing.scene import Scene, after, lines, snapshot
from usage.billing.settlement import finalize, record_end, settle, sweep
from usage.models import Call, LiveState, Transfer, UsageFact
from usage.quota.quotas import slots_in_use
from usage.records.calls import LOST_CALL
from usage.takeover import states
from usage.takeover.takeovers import MOST_TAKEOVERS, NextStream, Refusal, redeem, take_over
from usage.transfers import records
from usage.transfers.records import TransferOrder

pytestmark = pytest.mark.django_db

USED = {"stream_ms": 20_000, "stt_ms": 4_000, "tts_characters": 120}


@pytest.fixture
def acorn():
    return Scene()


def stands(call: Call, *, generation: int = 0, state: bytes = b"state", seconds: float = 20):
    return states.save(call.pk, generation=generation, state=state, used=USED, now=after(seconds))


def talking(acorn: Scene) -> Call:
    call = acorn.talks()
    assert stands(call)
    snapshot(call, 2, now=after(20), stream_ms=20_000)
    return call


def resumes(call: Call, *, seconds: float):
    return redeem(
        call_id=call.pk,
        ticket_id=call.ticket_id,
        generation=call.generation,
        carrier="twilio",
        stream_sid="MZ2",
        call_sid=call.call_sid,
        account_sid="AC1",
        now=after(seconds),
    )


def test_the_next_stream_has_a_ticket_of_its_own_and_the_state(acorn):
    call = talking(acorn)
    found = take_over(call.pk, generation=0, now=after(24))
    assert isinstance(found, NextStream)
    assert found.call.ticket_id != call.ticket_id
    assert found.call.generation == 1
    resumed = resumes(found.call, seconds=25)
    assert resumed.state == b"state"
    assert (resumed.saved_at, resumed.lost_at) == (after(20), after(24))
    # It was heard until it was lost; what it used besides is what was written last.
    assert resumed.used == {**USED, "stream_ms": 24_000}
    assert resumed.sequence == 2
    assert resumed.call.carrier_report == {"gap1_at_ms": 24_000, "gap1_ms": 1_000}


@pytest.mark.parametrize(("asked", "over"), [(22, 22), (19, 20), (90, 30)])
def test_one_that_nobody_could_take_for_a_while_was_lost_when_it_was_asked_about(
    acorn, asked, over
):
    call = talking(acorn)
    found = take_over(call.pk, generation=0, now=after(30), lost_at=after(asked))
    resumed = resumes(found.call, seconds=31)
    assert resumed.lost_at == after(over)
    assert resumed.used["stream_ms"] == over * 1_000  # nobody pays for the wait
    gap = {"gap1_at_ms": over * 1_000, "gap1_ms": (31 - over) * 1_000}
    assert resumed.call.carrier_report == gap


def test_a_stream_that_was_never_opened_is_not_paid_for(acorn):
    call = talking(acorn)
    assert isinstance(take_over(call.pk, generation=0, now=after(24)), NextStream)
    found = take_over(call.pk, generation=1, now=after(31))  # its handshake failed
    resumed = resumes(found.call, seconds=32)
    assert resumed.lost_at == after(24)
    assert resumed.used["stream_ms"] == 24_000
    assert stands(found.call, generation=2, seconds=40)
    again = take_over(call.pk, generation=2, now=after(43))
    assert resumes(again.call, seconds=44).lost_at == after(43)


def test_it_keeps_its_one_slot_all_the_time(acorn):
    call = talking(acorn)
    assert slots_in_use(acorn.org, now=after(24)) == 1
    found = take_over(call.pk, generation=0, now=after(24))
    assert slots_in_use(acorn.org, now=after(24)) == 1
    resumes(found.call, seconds=25)
    assert slots_in_use(acorn.org, now=after(30)) == 1
    finalize(call.pk, reason="stop", now=after(40), generation=1)
    assert slots_in_use(acorn.org, now=after(40)) == 0
    assert not LiveState.objects.exists()


def test_the_same_question_has_the_same_answer(acorn):
    call = talking(acorn)
    first = take_over(call.pk, generation=0, now=after(24))
    again = take_over(call.pk, generation=0, now=after(25))
    assert (again.call.ticket_id, again.issued_at) == (first.call.ticket_id, first.issued_at)
    assert resumes(first.call, seconds=26)
    assert take_over(call.pk, generation=0, now=after(27)) is Refusal.REPLACED
    assert Call.objects.get(pk=call.pk).generation == 1


def test_a_ticket_is_good_once_and_for_its_stream_alone(acorn):
    call = talking(acorn)
    assert resumes(call, seconds=21) is None  # nobody took it over
    found = take_over(call.pk, generation=0, now=after(24))
    assert acorn.redeems(call, now=after(25)) is None  # the first one
    assert acorn.redeems(found.call, now=after(25)) is None
    assert resumes(found.call, seconds=26)
    assert resumes(found.call, seconds=26) is None


def test_a_ticket_is_no_good_once_the_slot_may_be_anothers(acorn):
    call = talking(acorn)
    found = take_over(call.pk, generation=0, now=after(24))
    late = 25 + settings.CALL_STALE_SECONDS
    assert slots_in_use(acorn.org, now=after(late)) == 0
    assert resumes(found.call, seconds=late) is None


def test_what_the_process_before_still_writes_changes_nothing(acorn):
    call = talking(acorn)
    found = take_over(call.pk, generation=0, now=after(24))
    resumes(found.call, seconds=25)
    late = {"stream_ms": 24_000, "is_final": True, "generation": 0}
    assert snapshot(call, 9, now=after(60), **late) == LOST_CALL
    assert not stands(call, state=b"late", seconds=60)
    finalize(call.pk, reason="socket_closed", now=after(60), generation=0)
    call.refresh_from_db()
    assert (call.ended_at, call.end_reason, call.heartbeat_at) == (None, "", after(25))
    assert UsageFact.objects.get(call=call).stream_ms == 20_000
    assert bytes(LiveState.objects.get(call=call).state) == b"state"
    assert stands(call, generation=1, state=b"newer", seconds=61)


def fact_of(call: Call) -> tuple[int, int]:
    fact = UsageFact.objects.get(call=call)
    return fact.stream_ms, fact.stt_ms


def test_what_the_stream_before_used_and_said_too_late_is_counted_once(acorn):
    call = talking(acorn)
    found = take_over(call.pk, generation=0, now=after(24))
    resumed = resumes(found.call, seconds=25)
    assert resumed.used["stream_ms"] == 24_000
    late = {"stream_ms": 30_600, "stt_ms": 5_000, "generation": 0}
    for _ in range(2):  # and its journal says it again
        assert snapshot(call, 9, now=after(33), **late) == LOST_CALL
    # What the next stream says goes on from what was known when it began.
    snapshot(call, 3, now=after(35), generation=1, stream_ms=34_000, stt_ms=4_100)
    assert fact_of(call) == (40_600, 5_100)
    assert snapshot(call, 9, now=after(36), **late | {"stream_ms": 30_700}) == LOST_CALL
    assert fact_of(call) == (40_700, 5_100)
    last = {"stream_ms": 44_000, "stt_ms": 4_200, "is_final": True, "generation": 1}
    snapshot(call, 4, now=after(45), **last)
    finalize(call.pk, reason="stop", now=after(45), generation=1)
    assert fact_of(call) == (50_700, 5_200)
    assert settle(call.pk, now=after(46))
    assert lines(call) == [("telephony", 1, 8_500), ("stt", 6, 60)]


def test_a_third_stream_begins_without_what_is_added_beside_it(acorn):
    call = talking(acorn)
    second = take_over(call.pk, generation=0, now=after(24)).call
    resumes(second, seconds=25)
    assert snapshot(call, 9, generation=0, now=after(33), stream_ms=30_000) == LOST_CALL
    used = {"stream_ms": 34_000}
    assert states.save(call.pk, generation=1, state=b"state", used=used, now=after(35))
    third = take_over(call.pk, generation=1, now=after(35)).call
    assert resumes(third, seconds=36).used["stream_ms"] == 34_000
    assert snapshot(call, 9, generation=1, now=after(37), stream_ms=34_500) == LOST_CALL
    snapshot(call, 10, generation=2, now=after(46), stream_ms=44_000)
    assert fact_of(call)[0] == 44_000 + 6_000 + 500


@pytest.mark.parametrize("is_over", [False, True])
def test_the_last_word_of_a_stream_counts_where_none_has_begun_after_it(acorn, is_over):
    call = talking(acorn)
    found = take_over(call.pk, generation=0, now=after(24))
    if is_over:  # its caller had hung up: nobody brought the ticket
        sweep(now=after(30 + settings.CALL_STALE_SECONDS))
        assert settle(call.pk, now=after(200))
        assert ("telephony", 1, 8_500) in lines(call)
    late = USED | {"stream_ms": 66_600, "is_final": True, "generation": 0}
    assert snapshot(call, 3, now=after(66), **late) == LOST_CALL
    assert fact_of(call)[0] == 66_600
    if is_over:
        assert settle(call.pk, now=after(300))
        assert sum(quantity for key, quantity, _ in lines(call) if "telephony" in key) == 2
    else:
        assert not UsageFact.objects.get(call=call).is_final
        assert resumes(found.call, seconds=67).used["stream_ms"] == 66_600


def test_what_is_said_too_late_of_a_call_that_the_release_before_continued_replaces_nothing(acorn):
    call = talking(acorn)
    found = take_over(call.pk, generation=0, now=after(24))
    resumes(found.call, seconds=25)
    UsageFact.objects.filter(call=call).update(earlier=None)  # that release knows no such column
    snapshot(call, 3, now=after(35), generation=1, stream_ms=34_000, stt_ms=4_100)
    late = {"stream_ms": 30_600, "stt_ms": 5_000, "generation": 0, "is_final": True}
    assert snapshot(call, 9, now=after(36), **late) == LOST_CALL
    assert fact_of(call) == (34_000, 4_100)


def test_a_stream_that_begins_where_nothing_was_written_yet_keeps_what_is_known(acorn):
    call = acorn.talks()
    assert stands(call, seconds=4)
    found = take_over(call.pk, generation=0, now=after(5))
    resumes(found.call, seconds=6)
    assert fact_of(call) == (21_000, 4_000)
    assert (
        snapshot(call, 1, now=after(9), generation=0, stream_ms=22_000, stt_ms=4_000) == LOST_CALL
    )
    assert fact_of(call) == (22_000, 4_000)


def test_reports_of_a_stream_that_was_replaced_end_nothing(acorn):
    call = talking(acorn)
    assert record_end(call.pk, reason="stream_stopped", now=after(24), generation=0)
    found = take_over(call.pk, generation=0, now=after(24))
    assert isinstance(found, NextStream)
    said = {"stream_event": "stream-stopped"}
    assert not record_end(
        call.pk, reason="stream_stopped", now=after(24), generation=0, evidence=said
    )
    assert resumes(found.call, seconds=25)
    call.refresh_from_db()
    assert (call.end_reason, call.carrier_report["stream_event"]) == ("", "stream-stopped")


def test_a_call_that_has_to_end_is_not_continued(acorn):
    call = talking(acorn)
    record_end(call.pk, reason="hung_up_by_member", now=after(21))
    assert take_over(call.pk, generation=0, now=after(24)) is Refusal.OVER


def test_a_call_that_has_ended_is_not_continued(acorn):
    call = talking(acorn)
    finalize(call.pk, reason="agent_hung_up", now=after(21))
    assert take_over(call.pk, generation=0, now=after(24)) is Refusal.OVER


def test_the_calls_of_a_suspended_organization_are_not_continued(acorn):
    call = talking(acorn)
    acorn.org.state = acorn.org.State.SUSPENDED
    acorn.org.save()
    assert take_over(call.pk, generation=0, now=after(24)) is Refusal.OVER


def test_a_call_that_fell_silent_long_ago_is_not_continued(acorn):
    call = talking(acorn)
    late = after(21 + settings.CALL_STALE_SECONDS)
    assert take_over(call.pk, generation=0, now=late) is Refusal.OVER


def test_a_call_of_which_nothing_is_known_is_not_continued(acorn):
    call = acorn.talks()
    assert take_over(call.pk, generation=0, now=after(1)) is Refusal.UNKNOWN


def test_a_call_that_is_lost_again_and_again_is_ended(acorn):
    call = talking(acorn)
    for number in range(MOST_TAKEOVERS):
        found = take_over(call.pk, generation=number, now=after(24 + number))
        assert resumes(found.call, seconds=24 + number)
    assert take_over(call.pk, generation=3, now=after(30)) is Refusal.TOO_OFTEN


def test_a_call_that_was_left_stands_where_it_was_left_and_that_does_not_count(acorn):
    call = talking(acorn)
    for number in range(MOST_TAKEOVERS + 1):
        assert stands(call, generation=number)
        states.leave(call.pk, generation=number)
        found = take_over(call.pk, generation=number, now=after(24))
        resumed = resumes(found.call, seconds=24)
        assert resumed.lost_at == resumed.saved_at == after(20)
        assert resumed.used["stream_ms"] == 20_000
    assert LiveState.objects.get(call=call).takeovers == 0


def test_a_state_is_written_over(acorn):
    call = acorn.talks()
    assert stands(call, state=b"one")
    assert stands(call, state=b"two")
    kept = LiveState.objects.get(call=call)
    assert (bytes(kept.state), kept.saved_at, kept.org_id) == (b"two", after(20), acorn.org.pk)


def test_of_a_state_that_is_too_large_only_the_use_is_kept_and_no_older_one_is_continued(acorn):
    call = talking(acorn)
    assert stands(call, state=bytes(states.MOST_BYTES + 1), seconds=22)
    assert take_over(call.pk, generation=0, now=after(24)) is Refusal.UNKNOWN
    kept = LiveState.objects.get(call=call)
    assert (bytes(kept.state), kept.saved_at, kept.generation) == (b"", after(22), 0)
    assert json.loads(kept.used) == USED


def test_while_a_caller_is_put_through_nothing_that_was_said_is_kept_here(acorn):
    call = talking(acorn)
    LiveState.objects.update(takeovers=2)
    order = TransferOrder(Target("Sales", "+14155550100"))
    records.begin(call.pk, order, generation=0, now=after(30))
    kept = LiveState.objects.get(call=call)
    assert (bytes(kept.state), kept.used, kept.takeovers) == (b"", "{}", 2)
    # Nobody took it: it comes back, and its process dies before it has written where it stands.
    transfer = Transfer.objects.get()
    records.conclude(transfer, Transfer.Result.BUSY, seconds=0, now=after(630))
    back = records.take_back(transfer, now=after(631))
    assert acorn.redeems(back, now=after(632), stream_sid="MZ2")
    assert take_over(call.pk, generation=0, now=after(633)) is Refusal.UNKNOWN
    # Where it has, the gap lies among the turns, whose clock stood still for 600 seconds.
    assert stands(call, seconds=640)
    found = take_over(call.pk, generation=0, now=after(642))
    assert isinstance(found, NextStream)
    assert resumes(found.call, seconds=643).call.carrier_report["gap1_at_ms"] == 42_000
    assert LiveState.objects.get().takeovers == 3


def test_a_call_that_was_put_through_and_is_lost_costs_what_was_written(acorn):
    call = talking(acorn)
    order = TransferOrder(Target("Sales", "+14155550100"))
    records.begin(call.pk, order, generation=0, now=after(30))
    record_end(call.pk, reason="carrier_completed", now=after(900))
    assert UsageFact.objects.get(call=call).stream_ms == 20_000


def test_a_call_that_is_over_leaves_no_state(acorn):
    call = talking(acorn)
    finalize(call.pk, reason="stop", now=after(30))
    assert not stands(call)
    assert not LiveState.objects.exists()


def test_of_a_call_that_nobody_continues_all_that_is_known_is_charged(acorn):
    call = acorn.talks()
    stands(call, seconds=8)  # its process died before its first snapshot
    late = after(30 + settings.CALL_STALE_SECONDS)
    sweep(now=late)
    call.refresh_from_db()
    assert call.end_reason == "stale"
    assert UsageFact.objects.get(call=call).tts_characters == USED["tts_characters"]
    assert not LiveState.objects.exists()


def test_a_stream_that_fails_before_it_writes_its_state_counts_though_the_call_was_left(acorn):
    call = talking(acorn)
    states.leave(call.pk, generation=0)
    for number in range(MOST_TAKEOVERS + 1):
        found = take_over(call.pk, generation=number, now=after(24 + number))
        assert resumes(found.call, seconds=24 + number)
    again = take_over(call.pk, generation=MOST_TAKEOVERS + 1, now=after(30))
    assert again is Refusal.TOO_OFTEN


def test_what_is_written_while_a_call_ends_is_forgotten_with_the_next_sweep(acorn):
    call, other = talking(acorn), talking(acorn)
    Call.objects.filter(pk=call.pk).update(ended_at=after(30))  # as the state's writer sees it late
    states.forget_ended()
    assert LiveState.objects.get().call == other
