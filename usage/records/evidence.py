"""The carrier's reports on a call, and their removal: status words, figures, and free texts.

Callers can have texts included, and carriers may quote numbers in their texts. So these are deleted
with the words of the call, and not stored for a call without words.
"""

from collections.abc import Mapping
from typing import Any, Final

from voicex.reasons.attestation import Attestation
from voicex.reasons.carrier import CarrierReason

ATTESTATION: Final = "attestation"  # under this name
OF_APP: Final = "is_of_app"  # True for a caller who calls by an app
WAITED: Final = "waited_s"  # seconds in line before the call began, which the carrier charges

NOT_HUNG_UP: Final = "not_hung_up"  # why the carrier could not be had to end the call
NO_ACCOUNT: Final = "no_account"  # no token is stored for the account of the call
STATUSES: Final = ("status", "after_status")  # of the call, in the carrier's words

# https://www.twilio.com/docs/voice/api/call-resource#call-status-values and
# https://www.twilio.com/docs/voice/twiml/stream#statuscallback
WORDS_OF_CARRIERS: Final = frozenset(
    {
        "queued",
        "initiated",
        "ringing",
        "in-progress",
        "completed",
        "busy",
        "failed",
        "no-answer",
        "canceled",
        "stream-started",
        "stream-stopped",
        "stream-error",
        *Attestation,
        *CarrierReason,
        NO_ACCOUNT,
    }
)


def without_texts(report: Mapping[str, Any]) -> dict[str, Any]:
    """`Call.carrier_report` reduced to numbers and the carrier's known words.

    By known values rather than by field names, so that texts in new fields are removed too.
    """
    return {name: told for name, told in report.items() if _is_known(told)}


def _is_known(told: object) -> bool:
    if isinstance(told, str):
        return told in WORDS_OF_CARRIERS
    return told is None or isinstance(told, bool | int | float)


def attestation_in(report: Mapping[str, Any]) -> Attestation | None:
    """The carrier's attestation of the caller's number; None if there is none."""
    told = report.get(ATTESTATION)
    return next((each for each in Attestation if each == told), None)
