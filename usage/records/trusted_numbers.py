"""The caller's number for actions on their behalf; not for display."""

from usage.models import Call
from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD, readable
from usage.records.evidence import attestation_in
from voicex.reasons.attestation import Attestation


def own_number(call: Call) -> str:
    """The caller's number, "" where it is withheld, unknown or erased."""
    number = readable(call.from_number)
    return "" if number in ("", WITHHELD, UNKNOWN, ERASED) else number


def is_forged(call: Call) -> bool:
    """Whether the carrier reports that the caller's number has failed verification."""
    return attestation_in(call.carrier_report) is Attestation.FAILED


def trusted_number(call_id: int) -> str:
    """As `own_number`, for authorization: "" also for a forged number."""
    call = Call.objects.only("from_number", "carrier_report").get(pk=call_id)
    return "" if is_forged(call) else own_number(call)
