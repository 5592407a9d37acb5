"""The operator's page of what the proofs of the ledger found."""

from django.utils import timezone

from testing.office import Office, browser_of
from usage.models import CarrierBill, LedgerProof


def page_of_ledger(cast) -> str:
    return browser_of(cast.olga).get("/operator/ledger/").text


def test_differences_are_shown_with_both_sides(cast):
    LedgerProof.objects.create(
        began_at=timezone.now(),
        ended_at=timezone.now(),
        calls=1_200,
        fault_count=2,
        faults=[
            {
                "what": "lines",
                "org": cast.acorn.public_id,
                "about": "CA1",
                "expected": {"telephony": [17_000, 8_500]},
                "found": {},
            },
            {"what": "month", "org": "gone", "about": "2026-05-01", "expected": [1], "found": [2]},
        ],
    )
    text = page_of_ledger(cast)
    for said in (
        "The ledger has 2",
        "telephony $0.017 / $0.0085",
        cast.acorn.name,
        "1,200",
        "gone",
    ):
        assert said in text


def test_before_the_first_proof_the_page_says_so(cast):
    assert "No proof has run yet." in page_of_ledger(cast)


def test_a_call_that_differs_at_twilio_is_shown_with_both_differences(cast):
    office = Office(cast.acorn)
    call = office.rings("CA" + "8" * 32)
    CarrierBill.objects.create(
        call=call,
        checked_at=timezone.now(),
        oddity="longer",
        seconds_more=19,
        price_more_micros=-8_500,
    )
    text = page_of_ledger(cast)
    for said in (call.call_sid, "longer at the carrier", ">19<", "-$0.0085"):
        assert said in text
