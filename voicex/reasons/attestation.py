"""How far a caller's number is vouched for by the carrier that it comes from (STIR/SHAKEN)."""

from enum import StrEnum

from voicex.reasons.translation import marked as _


class Attestation(StrEnum):
    """As kept in `Call.carrier_report`. label: what a member reads, to be translated."""

    label: str

    def __new__(cls, value: str, label: str) -> "Attestation":
        """A member with its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    FULL = "passed-a", _("Verified by the caller’s carrier")
    PARTIAL = "passed-b", _("Partly verified: the carrier knows the caller, but not the number")
    GATEWAY = "passed-c", _("Not verified: the call came through a gateway")
    FAILED = "failed", _("Verification failed: the number may be forged")
