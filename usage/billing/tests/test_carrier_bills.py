"""What a carrier says of a call is kept beside the ledger, and a difference is named."""

from datetime import timedelta

import pytest

from accounts.secrets.vault import store_secret
from testing.scene import NOW, Scene, after, snapshot
from usage.billing.carrier_bills import CAN_ASK, CHECKS, CarrierFacts, is_asked_about, keep
from usage.billing.carrier_bills import odd_bills as odd_ones
from usage.billing.settlement import finalize, settle
from usage.models import Call, CarrierBill, Transfer


def ended(scene: Scene, *, stream_ms: int = 61_000) -> Call:
    """A settled call, whose telephony has cost 17,000 micro-dollars."""
    call = scene.talks()
    snapshot(call, 1, is_final=True, stream_ms=stream_ms)
    finalize(call.pk, reason="stop", now=NOW)
    settle(call.pk, now=NOW)
    return call


def billed(call: Call, seconds: int | None, micros: int | None, currency: str = "usd"):
    """When the carrier is asked again, and what is kept of its answer."""
    again = keep(call.pk, CarrierFacts("completed", seconds, micros, currency), now=after(60))
    return again, CarrierBill.objects.get(call=call)


@pytest.mark.parametrize(
    ("facts", "oddity", "differences"),
    [
        ((80, 17_000), "longer", (19, 0)),
        ((20, 17_000), "shorter", (-41, 0)),
        ((61, 40_000), "dearer", (0, 23_000)),
        ((61, 40_000, "eur"), "", (0, None)),
        ((61, 18_000), "", (0, 1_000)),
    ],
)
def test_a_difference_is_named_and_what_is_complete_is_not_asked_again(
    scene, facts, oddity, differences
):
    again, bill = billed(ended(scene), *facts)
    assert again is None
    assert (bill.oddity, (bill.seconds_more, bill.price_more_micros)) == (oddity, differences)
    assert odd_ones(since=NOW, limit=9) == ([bill] if oddity else [])
    assert odd_ones(since=after(61), limit=9) == []


def test_the_time_with_a_person_is_no_difference(scene):
    call = ended(scene)
    Transfer.objects.create(call=call, number=1, target="Sales", address="+1", began_at=NOW)
    _, bill = billed(call, 900, 15 * 8_500)
    assert (bill.oddity, bill.seconds_more, bill.price_more_micros) == ("", None, 0)


def test_a_higher_price_of_a_minute_is_found_in_a_transferred_call_as_well(scene):
    call = ended(scene)
    Transfer.objects.create(call=call, number=1, target="Sales", address="+1", began_at=NOW)
    _, bill = billed(call, 900, 15 * 11_000)
    assert (bill.oddity, bill.price_more_micros) == ("dearer", 15 * 2_500)


def test_a_minute_that_turns_between_two_clocks_is_no_difference(scene):
    _, bill = billed(ended(scene, stream_ms=59_000), 61, 17_000)
    assert (bill.oddity, bill.seconds_more, bill.price_more_micros) == ("", 2, 0)


def test_it_is_asked_at_its_times_and_then_no_more(scene):
    call = ended(scene)
    assert billed(call, 61, None)[0] == NOW + CHECKS[1]
    late = NOW + timedelta(hours=3)
    assert keep(call.pk, None, now=late) == late  # those that were due are made at once
    for _ in CHECKS[2:]:
        last = keep(call.pk, None, now=late, is_unknown=True)
    bill = CarrierBill.objects.get()
    assert (last, bill.checks, bill.oddity) == (None, len(CHECKS), "")  # it was known once


def test_a_call_that_the_carrier_never_knew_is_odd(scene):
    call = ended(scene)
    for _ in CHECKS:
        keep(call.pk, None, now=after(60), is_unknown=True)
    assert CarrierBill.objects.get().oddity == "unknown"


def test_only_real_calls_of_an_organization_with_a_token_are_asked_about(scene):
    def asked(call: Call) -> bool:
        return is_asked_about(Call.objects.annotate(can_ask=CAN_ASK).get(pk=call.pk))

    call = ended(scene)
    assert not asked(call)
    store_secret(scene.org, name="twilio_auth_token", value="0" * 32, actor=None)
    assert asked(call)
    Call.objects.filter(pk=call.pk).update(account_sid="")
    assert not asked(call)
