"""The number that calls, where one is known: for what is done for a caller, never for a page."""

from usage.models import Call
from usage.records.caller_numbers import ERASED, UNKNOWN, WITHHELD, readable
from usage.records.evidence import attestation_in
from voicex.reasons.attestation import Attestation


def own_number(call: Call) -> str:
    """The number that calls, "" where it is withheld, unknown or erased."""
    number = readable(call.from_number)
    return "" if number in ("", WITHHELD, UNKNOWN, ERASED) else number


def is_forged(call: Call) -> bool:
    """Whether its carrier says that the number that calls has failed verification."""
    return attestation_in(call.carrier_report) is Attestation.FAILED


def trusted_number(call_id: int) -> str:
    """As `own_number`, of the call with this id, for what a number opens: "" for a forged one."""
    call = Call.objects.only("from_number", "carrier_report").get(pk=call_id)
    return "" if is_forged(call) else own_number(call)
