"""Calls that are over here and last at Twilio are ended there, by the account's own keys."""

import pytest

from accounts.models import OrganizationSecret
from accounts.secrets.vault import store_secret
from telephony.carriers.hang_ups import NO_WORD_AFTER, hang_up_due
from testing.scene import NOW, Scene, after
from testing.twilio.rest_api import SID, FakeTwilio
from usage.billing.settlement import record_end, sweep
from usage.models import Call, Outbox
from usage.outbox import hang_ups
from usage.records.evidence import without_texts
from voicex.reasons.ends import EndReason

REVOKED = EndReason.KEY_REVOKED


def talking(scene: Scene, twilio: FakeTwilio, *, state: str = "transfer", **changed) -> Call:
    """A call that Twilio carries, whose caller is with a person."""
    call = scene.talks()
    fields = {"state": state, "account_sid": SID} | changed
    Call.objects.filter(pk=call.pk).update(**fields)
    twilio.calls[call.call_sid] = {"sid": call.call_sid, "status": "in-progress"}
    return call


def ends(call: Call) -> None:
    """As `telephony.calls.hanging_up` ends it."""
    record_end(call.pk, reason=REVOKED, now=NOW)
    hang_ups.ask_at_once(call.pk, now=NOW)
    Outbox.objects.update(created_at=NOW)


def due() -> list[float]:
    """Seconds after NOW at which calls are ended."""
    rows = Outbox.objects.filter(kind="hang_up_call", done_at=None, dead_at=None)
    return [(row.due_at - NOW).total_seconds() for row in rows.order_by("pk")]


def noted(call: Call) -> str | None:
    return Call.objects.get(pk=call.pk).carrier_report.get("not_hung_up")


def test_a_call_is_ended_once_and_a_second_request_changes_nothing(account_holder, twilio):
    call = talking(account_holder, twilio)
    ends(call)
    hang_up_due(hint=call.pk, now=NOW)
    assert (twilio.calls[call.call_sid]["status"], due(), noted(call)) == ("completed", [], None)
    Outbox.objects.update(done_at=None)  # its worker died before it could say so
    hang_up_due(hint=0, now=NOW)
    assert (len(twilio.asked), due(), noted(call)) == (2, [], None)


@pytest.mark.parametrize("fault", [429, 500, 503])
def test_what_twilio_cannot_do_now_is_asked_again_less_and_less_often(
    account_holder, twilio, fault
):
    call = talking(account_holder, twilio)
    ends(call)
    twilio.faults = [fault] * 3
    times = []
    while due():
        times += due()
        hang_up_due(hint=0, now=after(times[-1]))
    assert times == [0, 15, 30, 60]
    assert (twilio.calls[call.call_sid]["status"], noted(call)) == ("completed", None)


def test_it_is_given_up_when_twilio_has_ended_any_call_itself(account_holder, twilio):
    call = talking(account_holder, twilio)
    ends(call)
    twilio.fault = 500
    hang_up_due(hint=0, now=NOW + NO_WORD_AFTER)
    assert (due(), noted(call)) == ([], "failed")


def test_a_call_that_twilio_does_not_have_may_last_and_says_so(account_holder, twilio):
    call = talking(account_holder, twilio)
    ends(call)
    twilio.calls.clear()
    hang_up_due(hint=0, now=NOW)
    assert (due(), noted(call)) == ([], "not_found")


@pytest.mark.parametrize(("token", "seen"), [("0" * 32, "wrong_token"), ("", "no_account")])
def test_keys_that_are_refused_or_gone_are_not_tried_again_and_the_call_says_so(
    account_holder, twilio, token, seen
):
    call = talking(account_holder, twilio)
    ends(call)
    if token:
        store_secret(account_holder.org, name="twilio_auth_token", value=token, actor=None)
    else:
        OrganizationSecret.objects.all().delete()
    hang_up_due(hint=0, now=NOW)
    assert (due(), noted(call), len(twilio.asked)) == ([], seen, bool(token))
    assert without_texts({"not_hung_up": seen}) == {"not_hung_up": seen}
    assert twilio.calls[call.call_sid]["status"] == "in-progress"


def test_an_account_that_is_busy_is_not_asked_about_its_other_calls_in_that_batch(
    account_holder, twilio
):
    for call in [talking(account_holder, twilio) for _ in range(3)]:
        ends(call)
    twilio.fault = 429
    hang_up_due(hint=0, now=NOW)
    assert (len(twilio.asked), due()) == (1, [15, 15, 15])


def test_what_cannot_be_written_of_one_call_keeps_no_other_waiting(
    account_holder, twilio, monkeypatch
):
    calls = [talking(account_holder, twilio) for _ in range(2)]
    for call in calls:
        ends(call)
    del twilio.calls[calls[0].call_sid]

    def refuse(*_args) -> None:
        raise Call.DoesNotExist  # deleted meanwhile

    monkeypatch.setattr("telephony.carriers.hang_ups.note_refusal", refuse)
    hang_up_due(hint=0, now=NOW)
    assert twilio.calls[calls[1].call_sid]["status"] == "completed"
    assert due() == [15]


def test_nobody_is_asked_about_a_call_that_twilio_said_is_over(account_holder, twilio):
    call = talking(account_holder, twilio)
    ends(call)
    Call.objects.filter(pk=call.pk).update(carrier_report={"status": "completed"})
    hang_up_due(hint=0, now=NOW)
    assert (twilio.asked, due()) == ([], [])


def test_a_call_that_lost_its_process_is_ended_when_a_process_would_have_said_goodbye(
    account_holder, twilio
):
    call = talking(account_holder, twilio, state="live")
    sweep(now=after(120))
    assert Call.objects.get(pk=call.pk).end_reason == "stale"
    hang_up_due(hint=0, now=after(179))
    assert twilio.asked == []
    hang_up_due(hint=0, now=after(180))
    assert twilio.calls[call.call_sid]["status"] == "completed"


def test_one_whose_dialled_line_nobody_reports_is_ended_and_tests_and_strangers_are_not_asked_for(
    account_holder, twilio
):
    call = talking(account_holder, twilio)
    talking(account_holder, twilio, state="live", channel="browser")
    talking(account_holder, twilio, state="live", account_sid="")
    sweep(now=NOW + NO_WORD_AFTER * 2)
    assert list(Outbox.objects.filter(kind="hang_up_call").values_list("call", flat=True)) == [
        call.pk
    ]


def test_without_a_token_a_lost_call_is_over_and_nobody_is_asked(scene, twilio):
    talking(scene, twilio, state="live")
    sweep(now=after(120))
    assert due() == []
