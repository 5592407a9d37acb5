"""Calls that are over are compared with Twilio's own record, by the account's own keys."""

from datetime import timedelta

import pytest

from accounts.carriers.accounts import name_account
from accounts.models import Organization
from accounts.secrets.vault import store_secret
from telephony.carriers.reconciling import reconcile_due
from testing.scene import NOW, Scene, after, snapshot
from testing.twilio.rest_api import SID, TOKEN, FakeTwilio
from usage.billing.carrier_bills import odd_bills
from usage.billing.settlement import finalize, settle
from usage.models import Call, CarrierBill, LedgerEntry, Outbox

MINUTES = 60
HOURS = 3600


def over(scene: Scene, *, stream_ms: int = 61_000, account_sid: str = SID) -> Call:
    call = scene.talks()
    Call.objects.filter(pk=call.pk).update(account_sid=account_sid)
    snapshot(call, 1, is_final=True, stream_ms=stream_ms)
    finalize(call.pk, reason="stop", now=NOW)
    settle(call.pk, now=NOW)
    return call


def due() -> list[float]:
    """Seconds after NOW at which calls are compared."""
    rows = Outbox.objects.filter(kind="reconcile_call", done_at=None, dead_at=None)
    return [(row.due_at - NOW).total_seconds() for row in rows.order_by("pk")]


def told(twilio: FakeTwilio, call: Call, **facts) -> None:
    answer = {"status": "completed", "duration": "62", "price": None, "price_unit": "USD"}
    twilio.calls[call.call_sid] = answer | facts


def test_a_call_is_asked_about_until_its_price_is_known(account_holder, twilio):
    call = over(account_holder)
    assert due() == [60]
    told(twilio, call)
    reconcile_due(hint=0, now=after(59))
    assert twilio.asked == []
    reconcile_due(hint=0, now=after(60))
    assert due() == [5 * MINUTES]
    told(twilio, call, price="-0.017")
    reconcile_due(hint=0, now=after(5 * MINUTES))
    assert due() == []
    bill = CarrierBill.objects.get()
    assert (bill.seconds, bill.price_micros, bill.seconds_more) == (62, 17_000, 1)
    assert (bill.price_more_micros, bill.oddity, bill.checks) == (0, "", 2)


def test_without_an_answer_it_is_asked_five_times_in_a_day(account_holder, twilio):
    over(account_holder)
    times = []
    while due():
        times += due()
        reconcile_due(hint=0, now=NOW + timedelta(seconds=times[-1]))
    assert times == [60, 5 * MINUTES, 30 * MINUTES, 2 * HOURS, 24 * HOURS]
    assert CarrierBill.objects.get().oddity == "unknown"


@pytest.mark.parametrize(
    ("facts", "oddity", "seconds", "micros"),
    [
        ({"duration": "80", "price": "-0.0170"}, "longer", 19, 0),
        ({"duration": "20", "price": "-0.0085"}, "shorter", -41, -8_500),
        ({"duration": "61", "price": "-0.034"}, "dearer", 0, 17_000),
        ({"duration": "61", "price": "-0.034", "price_unit": "EUR"}, "", 0, None),
        ({"duration": "62", "price": "-0.018"}, "", 1, 1_000),
    ],
)
def test_differences_are_shown_to_operators_and_not_posted(
    account_holder, twilio, facts, oddity, seconds, micros
):
    call = over(account_holder)
    lines = list(LedgerEntry.objects.values())
    told(twilio, call, **facts)
    reconcile_due(hint=0, now=after(60))
    bill = CarrierBill.objects.get()
    assert (bill.oddity, bill.seconds_more, bill.price_more_micros) == (oddity, seconds, micros)
    assert list(LedgerEntry.objects.values()) == lines
    assert odd_bills(since=NOW, limit=9) == ([bill] if oddity else [])
    assert odd_bills(since=after(61), limit=9) == []


def test_nothing_is_asked_without_keys_for_the_account_of_the_call(scene, twilio):
    over(scene)
    assert due() == []
    name_account(scene.org, SID, carrier="twilio", actor=None)
    store_secret(scene.org, name="twilio_auth_token", value=TOKEN, actor=None)
    over(scene, account_sid="AC" + "9" * 32)
    reconcile_due(hint=0, now=after(60))
    assert (due(), twilio.asked, CarrierBill.objects.count()) == ([], [], 0)


def test_a_token_that_is_refused_is_not_tried_again(account_holder, twilio):
    store_secret(account_holder.org, name="twilio_auth_token", value="0" * 32, actor=None)
    over(account_holder)
    reconcile_due(hint=0, now=after(60))
    assert (due(), len(twilio.asked)) == ([], 1)


@pytest.mark.parametrize("body", [b"<html>", b'{"price": {"a": 1}, "duration": -5}'])
def test_an_odd_answer_is_asked_for_again(account_holder, twilio, body):
    over(account_holder)
    twilio.body = body
    reconcile_due(hint=0, now=after(60))
    assert due() == [5 * MINUTES]


@pytest.mark.parametrize(
    ("is_signed", "name", "token", "is_proven"),
    [
        (True, "", TOKEN, True),
        (True, "_next", TOKEN, True),
        (False, "", TOKEN, False),
        (True, "", "0" * 32, False),
    ],
)
def test_a_signed_call_that_twilio_knows_proves_who_gave_no_account(
    scene, twilio, is_signed, name, token, is_proven
):
    store_secret(scene.org, name=f"twilio_auth_token{name}", value=token, actor=None)
    Organization.objects.filter(pk=scene.org.pk).update(proven_at=None)
    call = over(scene)
    Call.objects.filter(pk=call.pk).update(is_verified=is_signed)
    told(twilio, call)
    reconcile_due(hint=0, now=after(60))
    scene.org.refresh_from_db()
    assert scene.org.is_proven is is_proven
    assert len(twilio.asked) == is_signed
