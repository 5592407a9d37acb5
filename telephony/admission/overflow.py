"""What callers get while all lines are in use: what their organization has chosen."""

from typing import Final

from accounts.models import Organization
from telephony.carriers.answers import Answer
from telephony.carriers.base import Carrier, IncomingCall
from telephony.carriers.transfers import Dialing
from telephony.spoken import carrier as spoken
from usage.models import CallRules
from usage.quota.call_rules import rules_of
from voicex.errors import Declined
from voicex.reasons.attempts import AttemptReason

ALL_BUSY: Final = frozenset(
    {
        AttemptReason.NO_SLOT,
        AttemptReason.POOL_BUSY,
        AttemptReason.BUSY,
        AttemptReason.OVERLOADED,
        AttemptReason.DRAINING,
    }
)
RING_SECONDS: Final = 30


def decline(
    declined: Declined, *, org: Organization, carrier: Carrier, incoming: IncomingCall
) -> Answer:
    """The answer to a caller whom no agent takes. One read where all lines are in use."""
    said = spoken.decline(declined)
    if declined.reason not in ALL_BUSY:
        return carrier.say_and_hang_up(said.text, language=said.language)
    rules = rules_of(org)
    match rules.when_busy:
        case CallRules.WhenBusy.BUSY:
            return carrier.reject_as_busy()
        case CallRules.WhenBusy.SENTENCE if rules.busy_sentence:
            return carrier.say_and_hang_up(rules.busy_sentence, language=said.language)
        case CallRules.WhenBusy.NUMBER if _can_forward(org, rules, carrier, incoming):
            assert carrier.transfers is not None  # noqa: S101 - as asked above
            return carrier.transfers.dial(_line_to(rules.busy_number))
    return carrier.say_and_hang_up(said.text, language=said.language)


def _can_forward(
    org: Organization, rules: CallRules, carrier: Carrier, incoming: IncomingCall
) -> bool:
    """Whether the number can be dialled, and is not the one that was: it would ring for ever.

    An organization that is not proven dials nobody.
    """
    is_other = rules.busy_number not in ("", incoming.to_number)
    return org.is_proven and is_other and carrier.transfers is not None


def _line_to(number: str) -> Dialing:
    return Dialing(
        address=number,
        digits="",
        caller_number="",
        seconds=RING_SECONDS,
        after_url="",
        announce_url="",
    )
