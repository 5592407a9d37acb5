"""Pages that ask Twilio about an organization's own account: so many a minute, and in a place."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from accounts.members.asking import ServersBusy, place_to_ask
from accounts.members.trust import may_ask_carrier, may_check_key
from accounts.models import Organization
from accounts.secrets.twilio_account import CHECKED
from accounts.secrets.vault import is_any_accepted
from voicex.errors import CarrierProblem
from voicex.reasons.carrier import CarrierReason


@contextmanager
def asking_twilio(org: Organization) -> Iterator[bool]:
    """A page's thread asks Twilio with the stored token of `org`. Yields whether Twilio is known to
    have accepted it.

    A token that it has not may be made up, and each request tries it: as often as one is checked
    that is stored. Raises CarrierProblem, and nothing is asked then.
    """
    is_accepted = is_any_accepted(org, names=(CHECKED,))
    if not (may_ask_carrier(org) if is_accepted else may_check_key(org)):
        raise CarrierProblem(CarrierReason.RATE_LIMIT)
    with ExitStack() as stack:
        try:
            stack.enter_context(place_to_ask(org))
        except ServersBusy as busy:
            raise CarrierProblem(CarrierReason.RATE_LIMIT) from busy
        yield is_accepted
