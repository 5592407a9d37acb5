"""What a carrier reported of a call: its own words and figures, and texts that may say anything.

A caller can have texts sent, and a carrier may quote numbers in its own. So they go
with the words of the call, and of a call without words none is kept.
"""

from collections.abc import Mapping
from typing import Any, Final

from voicex.reasons.attestation import Attestation

ATTESTATION: Final = "attestation"  # under this name
WAITED: Final = "waited_s"  # in line before the call began, in seconds; the carrier counts them

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
    }
)


def without_texts(report: Mapping[str, Any]) -> dict[str, Any]:
    """Of `Call.carrier_report` the numbers and the carrier's own words, not what may be anything.

    By known values rather than by name: a text under a new name is left out too.
    """
    return {name: told for name, told in report.items() if _is_known(told)}


def _is_known(told: object) -> bool:
    if isinstance(told, str):
        return told in WORDS_OF_CARRIERS
    return told is None or isinstance(told, bool | int | float)


def attestation_in(report: Mapping[str, Any]) -> Attestation | None:
    """How far the carrier vouches for the caller's number; None when it has said nothing."""
    told = report.get(ATTESTATION)
    return next((each for each in Attestation if each == told), None)
