"""A call that is put through: its slot, its end, its way back, its bill."""

from datetime import timedelta

import pytest

from accounts.models import Organization
from agents.transfers.targets import Target
from testing.scene import NOW, Scene, after, lines, snapshot
from usage.billing import settlement
from usage.billing.settlement import NO_STREAM_AFTER, NO_WORD_AFTER, record_end, settle
from usage.models import Call, Quota, Transfer
from usage.quota.quotas import TICKET_LIFETIME, slots_in_use
from usage.records import transcript_deletion
from usage.transfers import records
from usage.transfers.records import TransferOrder
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason
from voicex.reasons.ends import EndReason

pytestmark = pytest.mark.django_db
ORDER = TransferOrder(Target("Sales", "+14155550100", "12", is_announced=True), "Ann, an order.")
Result = Transfer.Result


def put_through(scene: Scene, *, at: float = 60) -> Call:
    """A call of a minute, at the end of which the caller is put through."""
    call = scene.talks()
    snapshot(call, stream_ms=60_000, is_final=True, now=after(at))
    records.begin(call.pk, ORDER, generation=0, now=after(at))
    call.refresh_from_db()
    return call


def transfer_of(call: Call) -> Transfer:
    found = records.under_way(call.pk)
    assert found is not None
    return found


def comes_back(call: Call, *, at: float = 90) -> Call:
    transfer = transfer_of(call)
    assert records.conclude(transfer, Result.NO_ANSWER, seconds=0, now=after(at)) == "no_answer"
    back = records.take_back(transfer, now=after(at))
    assert back is not None
    return back


def ending(call: Call) -> tuple[str, str]:
    call.refresh_from_db()
    return call.state, call.end_reason


def test_it_is_written_with_its_organization_and_the_call_goes_on_without_a_slot(scene):
    call = put_through(scene)
    transfer = transfer_of(call)
    assert (transfer.org, transfer.number, transfer.target) == (scene.org, 1, "Sales")
    assert (transfer.address, transfer.digits, transfer.is_announced, transfer.briefing) == (
        "+14155550100", "12", True, "Ann, an order.",
    )  # fmt: skip
    assert (call.state, call.ended_at, call.end_reason) == ("transfer", None, "")
    assert slots_in_use(scene.org, now=after(60)) == 0


def test_a_record_that_is_written_twice_begins_one(scene):
    call = put_through(scene)
    records.begin(call.pk, ORDER, generation=0, now=after(61))
    assert Transfer.objects.count() == 1
    assert ending(call) == ("transfer", "")


def test_a_call_that_has_to_end_is_not_put_through(scene):
    call = scene.talks()
    assert record_end(call.pk, reason=EndReason.HUNG_UP_BY_MEMBER, now=after(1))
    records.begin(call.pk, ORDER, generation=0, now=after(2))
    assert not Transfer.objects.exists()
    assert ending(call) == ("ended", "hung_up_by_member")


@pytest.mark.parametrize(
    ("result", "reason"),
    [(Result.ANSWERED, "transferred"), (Result.ABANDONED, "transfer_abandoned")],
)
def test_a_caller_who_does_not_come_back_ends_the_call_once(scene, result, reason):
    call = put_through(scene)
    transfer = transfer_of(call)
    for seconds in (95, 200):
        now = after(300)
        assert records.conclude(transfer, result, seconds=seconds, now=now) == result
    assert ending(call) == ("ended", reason)
    assert call.ended_at == after(300)
    kept = Transfer.objects.get()
    assert (kept.result, kept.seconds, kept.briefing) == (result, 95, "")
    assert slots_in_use(scene.org, now=after(300)) == 0


def test_the_agent_is_charged_for_its_own_minutes_alone(scene):
    call = put_through(scene)
    records.conclude(transfer_of(call), Result.ANSWERED, seconds=1800, now=after(1900))
    assert settle(call.pk, now=after(2000))
    assert [quantity for key, quantity, _ in lines(call) if key == "telephony"] == [1]


def test_both_streams_of_a_call_that_comes_back_are_charged_together(scene):
    call = comes_back(put_through(scene))
    assert scene.redeems(call, now=after(91)) is not None
    snapshot(call, 2, stream_ms=130_000, is_final=True, now=after(160))
    settlement.finalize(call.pk, reason=EndReason.STOP, now=after(160))
    assert settle(call.pk, now=after(300))
    assert [quantity for key, quantity, _ in lines(call) if key == "telephony"] == [3]


def test_who_comes_back_has_a_slot_a_new_ticket_and_the_same_row(scene):
    call = put_through(scene)
    first = call.ticket_id
    back = comes_back(call)
    assert (back.pk, back.state) == (call.pk, "return")
    assert back.ticket_id != first
    assert slots_in_use(scene.org, now=after(91)) == 1
    assert slots_in_use(scene.org, now=after(90) + TICKET_LIFETIME) == 0
    assert scene.redeems(call, now=after(91)) is None  # with the ticket of the first stream
    live = scene.redeems(back, now=after(92), stream_sid="MZ2")
    assert live is not None
    assert scene.redeems(back, now=after(92), stream_sid="MZ3") is None
    assert ending(call) == ("live", "")
    assert (call.live_at, call.stream_sid) == (NOW, "MZ2")


def test_asked_for_again_it_is_the_same_ticket_and_a_late_one_opens_nothing(scene):
    call = comes_back(put_through(scene))
    again = records.take_back(Transfer.objects.get(), now=after(95))
    assert again is not None
    assert again.ticket_id == call.ticket_id
    assert scene.redeems(again, now=after(91) + TICKET_LIFETIME) is None


def test_where_all_lines_are_in_use_there_is_no_way_back(scene):
    Quota.objects.create(org=scene.org, concurrent_calls=1)
    call = put_through(scene)
    scene.talks(now=after(70))  # the slot is free while the caller is put through
    transfer = transfer_of(call)
    records.conclude(transfer, Result.BUSY, seconds=0, now=after(90))
    with pytest.raises(Declined) as declined:
        records.take_back(transfer, now=after(90))
    assert declined.value.reason is AttemptReason.NO_SLOT
    records.give_up(transfer, now=after(90))
    assert ending(call) == ("ended", "transfer_failed")
    assert records.take_back(transfer, now=after(91)) is None


def test_a_suspended_organization_takes_nobody_back(scene):
    call = put_through(scene)
    Organization.objects.update(state=Organization.State.SUSPENDED)
    with pytest.raises(Declined):
        comes_back(call)


@pytest.mark.parametrize("stream_sid", ["MZ1", "MZ2"])
def test_a_late_report_of_the_first_stream_ends_nothing(scene, stream_sid):
    call = put_through(scene)
    late = {"reason": EndReason.STREAM_STOPPED, "stream_id": "MZ1"}
    assert not record_end(call.pk, now=after(61), **late)
    assert ending(call) == ("transfer", "")
    back = comes_back(call)
    assert not record_end(call.pk, now=after(91), **late)
    assert ending(call) == ("return", "")
    scene.redeems(back, now=after(92), stream_sid="MZ2")
    is_order = record_end(
        call.pk, reason=EndReason.STREAM_STOPPED, stream_id=stream_sid, now=after(93)
    )
    assert is_order is (stream_sid == "MZ2")
    assert ending(call) == ("live", "stream_stopped" if is_order else "")


def test_a_new_stream_that_fails_ends_the_call(scene):
    call = comes_back(put_through(scene))
    record_end(call.pk, reason=EndReason.STREAM_ERROR, stream_id="MZ2", now=after(91))
    assert ending(call) == ("ended", "stream_error")


def test_an_end_that_is_reported_before_the_line_s_own_gets_its_reason_then(scene):
    call = put_through(scene)
    transfer = transfer_of(call)
    record_end(call.pk, reason=EndReason.CARRIER_COMPLETED, now=after(400))
    assert ending(call) == ("ended", "carrier_completed")
    assert Transfer.objects.get().result == Result.UNKNOWN
    assert Transfer.objects.get().briefing == ""
    records.conclude(transfer, Result.ANSWERED, seconds=300, now=after(401))
    assert ending(call) == ("ended", "transferred")
    assert Transfer.objects.get().seconds == 300


def test_who_is_never_heard_of_again_is_swept(scene):
    waiting, back = put_through(scene), comes_back(put_through(scene))
    records.dialed(transfer_of(waiting))
    settlement.sweep(now=after(90) + NO_STREAM_AFTER + timedelta(seconds=1))
    assert ending(back) == ("ended", "no_stream")
    assert ending(waiting) == ("transfer", "")
    settlement.sweep(now=after(61) + NO_WORD_AFTER)
    assert ending(waiting) == ("ended", "transfer_failed")
    assert {each.briefing for each in Transfer.objects.all()} == {""}


def test_a_result_of_an_earlier_transfer_ends_nothing_of_a_later_one(scene):
    call = put_through(scene)
    first = transfer_of(call)
    scene.redeems(comes_back(call), now=after(91), stream_sid="MZ2")
    records.begin(call.pk, ORDER, generation=0, now=after(120))
    assert [each.number for each in Transfer.objects.all()] == [1, 2]
    assert records.conclude(first, Result.ANSWERED, seconds=9, now=after(121)) == "no_answer"
    assert ending(call) == ("transfer", "")


def test_a_person_accepts_while_they_are_asked_and_not_later(scene):
    transfer = transfer_of(put_through(scene))
    assert records.accept(transfer, now=after(70))
    records.conclude(transfer, Result.ANSWERED, seconds=1, now=after(80))
    assert not records.accept(transfer, now=after(81))
    assert Transfer.objects.get().accepted_at == after(70)


def test_words_that_wait_for_a_person_go_with_those_of_the_call(scene):
    call = put_through(scene)
    transcript_deletion.delete(call.pk, now=after(70))
    assert Transfer.objects.get().briefing == ""


def test_a_process_that_lost_the_call_puts_nobody_through_and_ends_nothing(scene):
    call = scene.talks()
    Call.objects.filter(pk=call.pk).update(generation=1)
    for reason in ("", "stop"):
        Call.objects.filter(pk=call.pk).update(end_reason=reason)
        records.begin(call.pk, ORDER, generation=0, now=after(60))
    call.refresh_from_db()
    assert (call.state, call.ended_at) == (Call.State.LIVE, None)
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("reason", [EndReason.STREAM_STOPPED, EndReason.STREAM_ENDED])
def test_a_report_of_the_stream_s_end_that_comes_first_keeps_nobody_from_it(scene, reason):
    call = scene.talks()
    assert record_end(call.pk, reason=reason, stream_id="MZ1", now=after(1))
    records.begin(call.pk, ORDER, generation=0, now=after(2))
    assert ending(call) == ("transfer", "")
    assert transfer_of(call).target == "Sales"


def test_who_is_not_dialled_in_time_is_swept_and_a_late_result_corrects_it(scene):
    call, rings = put_through(scene), put_through(scene)
    records.dialed(transfer_of(rings))
    settlement.sweep(now=after(60) + NO_STREAM_AFTER - timedelta(seconds=1))
    assert ending(call) == ("transfer", "")
    settlement.sweep(now=after(60) + NO_STREAM_AFTER)
    assert ending(call) == ("ended", "transfer_failed")
    assert Transfer.objects.get(call=call).result == Result.UNKNOWN
    assert ending(rings) == ("transfer", "")
    records.conclude(Transfer.objects.get(call=call), Result.ANSWERED, seconds=9, now=after(900))
    assert ending(call) == ("ended", "transferred")


def test_whose_line_is_over_and_who_asks_nothing_more_is_swept(scene):
    call = put_through(scene)
    transfer = transfer_of(call)
    records.dialed(transfer)
    records.conclude(transfer, Result.BUSY, seconds=0, now=after(90))
    settlement.sweep(now=after(89) + NO_STREAM_AFTER)
    assert ending(call) == ("transfer", "")
    settlement.sweep(now=after(91) + NO_STREAM_AFTER)
    assert ending(call) == ("ended", "transfer_failed")
    assert Transfer.objects.get().result == Result.BUSY


@pytest.mark.parametrize(
    ("is_caller_gone", "result", "reason"),
    [(True, Result.ABANDONED, "transfer_abandoned"), (False, Result.UNKNOWN, "transfer_failed")],
)
def test_who_is_not_dialled_any_more_is_dropped_and_nobody_else(
    scene, is_caller_gone, result, reason
):
    call, talking = put_through(scene), scene.talks()
    for each in (call, talking):
        records.drop(each.pk, is_caller_gone=is_caller_gone, now=after(70))
    assert ending(call) == ("ended", reason)
    assert Transfer.objects.get().result == result
    assert ending(talking) == ("live", "")


def test_a_way_back_that_was_taken_is_not_given_up(scene):
    call = put_through(scene)
    transfer = transfer_of(call)
    scene.redeems(comes_back(call), now=after(91), stream_sid="MZ2")
    records.give_up(transfer, now=after(92))
    assert ending(call) == ("live", "")
