"""Members send orders to a live call: audited, then sent to the process that carries the call. An
entry of its own says that a call was not taken over, where its process says so.

Not on the event loop's thread.
"""

from enum import StrEnum
from typing import Final

import structlog
from asgiref.sync import async_to_sync

from accounts.members.access import record
from accounts.members.recent_login import ensure_recent_login
from accounts.models import Membership, Organization, User
from accounts.rate_limits import is_within
from agents.transfers.targets import NAME, number_in
from telephony.calls import live_hub
from telephony.calls.supervision import asking, control
from telephony.session.supervision.words import LONGEST
from usage.models import Call, Transfer
from usage.transfers.records import MOST_OF_A_CALL
from voicex.database.storable import storable_text

log = structlog.get_logger(__name__)

MOST_A_MINUTE: Final = 30  # rate limit of orders for each member


class Sent(StrEnum):
    """The result of an order."""

    SENT = "sent"
    OVER = "over"  # no process carries the call
    EMPTY = "empty"  # there is nothing to say
    TOO_LONG = "too_long"  # a part of it would be left unsaid
    NO_NUMBER = "no_number"
    NO_LINE = "no_line"  # calls from a browser cannot be put through
    UNPROVEN = "unproven"  # the organization was not proven when the call began
    TOO_OFTEN = "too_often"  # the caller was put through too often
    TOO_MANY = "too_many"
    NOT_SENT = "not_sent"  # the processes cannot be reached
    # What its process says of a take-over that it does not begin.
    ENDING = "ending"  # the agent says goodbye
    UNDER_WAY = "under_way"  # the caller is being put through already
    IMPOSSIBLE = "impossible"


_REFUSED: Final[dict[str, Sent]] = {
    control.TakeOver.ENDING: Sent.ENDING,
    control.TakeOver.UNDER_WAY: Sent.UNDER_WAY,
    control.TakeOver.IMPOSSIBLE: Sent.IMPOSSIBLE,
}


def say(call: Call, text: str, *, actor: User) -> Sent:
    """Have the agent say `text` next."""
    return _tell(call, control.Order.SAY, text, action="call.said", actor=actor)


def note(call: Call, text: str, *, actor: User) -> Sent:
    """Give the agent's model the note `text`, which is not said."""
    return _tell(call, control.Order.NOTE, text, action="call.noted", actor=actor)


def take_over(call: Call, number: str, *, actor: User) -> Sent:
    """Put the caller through to the member `actor`, at their own number, which is remembered.

    Raises ReauthenticationRequired for another number than the remembered one where the log-in of
    the request is an old one: a session that was left open must not bring callers to any telephone.
    """
    address = number_in(number)
    if not address:
        return Sent.NO_NUMBER
    if call.is_test:
        return Sent.NO_LINE
    if call.is_pooled:
        return Sent.UNPROVEN
    if Transfer.objects.filter(call=call).count() >= MOST_OF_A_CALL:
        return Sent.TOO_OFTEN
    if address != own_number(call.org, actor):
        ensure_recent_login()
    name = actor.email[:NAME]
    sent = _order(
        call, control.Order.TAKE_OVER, name, address, action="call.taken_over", actor=actor
    )
    if sent is Sent.SENT:
        Membership.objects.filter(org=call.org_id, user=actor).update(phone=address)
    return sent


def own_number(org: Organization, user: User) -> str:
    """The number at which the member last took a call over; "" for none."""
    found = Membership.objects.filter(org=org, user=user).values_list("phone", flat=True)
    return found.first() or ""


def _tell(call: Call, what: str, text: str, *, action: str, actor: User) -> Sent:
    line = " ".join(storable_text(text[: 4 * LONGEST]).split())
    if len(line) > LONGEST or len(text) > 4 * LONGEST:
        return Sent.TOO_LONG
    if not line:
        return Sent.EMPTY
    return _order(call, what, line, "", action=action, actor=actor)


def _order(call: Call, what: str, text: str, address: str, *, action: str, actor: User) -> Sent:
    if call.state != Call.State.LIVE:
        return Sent.OVER
    if not is_within(MOST_A_MINUTE, seconds=60, name=f"supervise:{actor.pk}"):
        return Sent.TOO_MANY
    # Without the text, because audit entries can never be erased.
    record(call.org, actor=actor, action=action, target=call.call_sid)
    answer = ""
    try:
        if what == control.Order.TAKE_OVER:
            answer = async_to_sync(asking.ask)(call.pk, what, text=text, address=address)
        else:
            async_to_sync(live_hub.order)(call.pk, what, text=text, address=address)
    except Exception as error:  # boundary: the channel layer raises any error of its client
        log.error("order_not_sent", order=what, error=type(error).__name__)
        return Sent.NOT_SENT
    sent = _REFUSED.get(answer, Sent.SENT)
    if sent is not Sent.SENT:
        record(call.org, actor=actor, action="call.not_taken_over", target=call.call_sid)
    return sent
