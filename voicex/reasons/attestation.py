"""How far a caller's number is vouched for by the carrier that it comes from (STIR/SHAKEN)."""

from voicex.reasons.labelled import Labelled
from voicex.reasons.translation import marked as _


class Attestation(Labelled):
    """As kept in `Call.carrier_report`. label: what a member reads, to be translated."""

    FULL = "passed-a", _("Verified by the caller’s carrier")
    PARTIAL = "passed-b", _("Partly verified: the carrier knows the caller, but not the number")
    GATEWAY = "passed-c", _("Not verified: the call came through a gateway")
    FAILED = "failed", _("Verification failed: the number may be forged")
