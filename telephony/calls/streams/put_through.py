"""Transfers of one call: checks whether the caller can be put through, and ends the stream."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from agents.settings.config import AgentConfig
from agents.tools import transfer_call
from agents.tools.base import ToolFailed
from agents.transfers.targets import Target
from telephony.calls.streams.live_call import LiveCall
from telephony.calls.supervision.control import TakeOver
from telephony.process.record_writer import RecordWriter
from telephony.session.call import CallSession
from telephony.session.events import TransferReady
from telephony.session.turns import TurnState
from usage.billing import settlement
from usage.transfers import records
from usage.transfers.records import MOST_OF_A_CALL, TransferOrder
from voicex.database.storable import storable_text
from voicex.reasons.ends import EndReason

LONGEST_BRIEFING: Final = 400  # characters, as the column: half a minute of speech

NOBODY: Final = "Nobody takes calls at this time. Tell the caller, and offer to take a message."
TOO_OFTEN: Final = "This caller was put through too often. Offer to take a message instead."
# A limit, because each transfer costs money and may ring at any number.
UNPROVEN: Final = (
    "Calls are not put through yet: the organization is new, and its owner has to confirm an email "
    "address. Tell the caller that it is not possible now, and offer to take a message."
)
NO_LINE: Final = (
    f"{transfer_call.NO_LINE} On a real call the caller would now be put through to {{name}}. "
    "Say so."
)
ENDING: Final = "The call is ending: the caller is not put through. Say nothing more."
READY: Final = "The caller hears that they are put through to {name}. Say nothing more."

COLLEAGUE: Final = "a colleague"


class PutThrough:
    """Prepares and executes the transfer of one call. For the event loop's thread.

    ready: called once with the event for the session, when a target was accepted. session: of the
    call, whose state is read.
    """

    def __init__(
        self, call: LiveCall, *, session: CallSession, ready: Callable[[TransferReady], None]
    ) -> None:
        self._call = call
        self._config: AgentConfig = call.setup.config
        self._session = session
        self._ready = ready
        self._order = _order_of(call)

    def request(self, name: str, *, briefing: str, now: datetime) -> str:
        """Request a transfer to the target of that name; returns a description for the model.

        Raises ToolFailed: unknown target, outside of its hours, or not possible for this call.
        """
        transfers = self._config.transfers
        target = transfers.named(name)
        if target is None:
            names = ", ".join(each.name for each in transfers.all)
            raise ToolFailed(f"There is no {name[:80]}. There are: {names or 'none'}.")
        if not self._config.puts_through(now):
            raise ToolFailed(NOBODY)
        if not self._call.has_transfers:
            raise ToolFailed(NO_LINE.replace("{name}", target.name))
        if self._call.is_pooled:
            raise ToolFailed(UNPROVEN)
        if self._call.earlier.transfers >= MOST_OF_A_CALL:
            raise ToolFailed(TOO_OFTEN)
        if self._order is None:  # idempotent: the caller was told already
            if self._is_ending:
                raise ToolFailed(ENDING)
            # What is redacted from the transcript is not passed on in the briefing either.
            said = "" if self._config.privacy.is_on else _line(briefing)
            self._order = TransferOrder(target, said)
            self._ready(TransferReady(target.name, said))
        # A member who takes the call over meanwhile is not a target: the model must not learn the
        # number.
        known = transfers.named(self._order.target.name)
        return READY.replace("{name}", known.name if known else COLLEAGUE)

    def order(self, target: Target) -> TakeOver:
        """Put the caller through to a member, who takes the call over.

        IMPOSSIBLE: the carrier cannot transfer, the organization was not proven, or the caller was
        put through too often.
        """
        can_dial = self._call.has_transfers and not self._call.is_pooled
        if not can_dial or self._call.earlier.transfers >= MOST_OF_A_CALL:
            return TakeOver.IMPOSSIBLE
        if self._order is not None:
            return TakeOver.UNDER_WAY
        if self._is_ending:
            return TakeOver.ENDING
        self._order = TransferOrder(target)
        self._ready(TransferReady(target.name, address=target.address))
        return TakeOver.BEGINS

    @property
    def _is_ending(self) -> bool:
        """Whether the agent says goodbye, or has: nothing stops that."""
        return self._session.state in (TurnState.LEAVING, TurnState.ENDED)

    def end_stream(self, recorder: RecordWriter, *, reason: str, now: datetime) -> None:
        """Write that the stream ended for `reason`, and whether the call ended with it."""
        call_id, own = self._call.call_id, self._call.generation
        if self._order and reason == EndReason.TRANSFERRED:
            recorder.submit(records.begin, call_id, self._order, generation=own, now=now)
        else:
            recorder.submit(settlement.finalize, call_id, reason=reason, generation=own, now=now)


def _order_of(call: LiveCall) -> TransferOrder | None:
    """A transfer that another process had accepted, but not executed."""
    saved = call.resumed.state.transfer if call.resumed else None
    if saved is None:
        return None
    if saved.address:
        return TransferOrder(Target(saved.name, saved.address))
    target = call.setup.config.transfers.named(saved.name)
    return TransferOrder(target, saved.briefing) if target else None


def _line(text: str) -> str:
    """`text` on one line, without characters that XML or a voice cannot use."""
    said = " ".join(storable_text(text[: 2 * LONGEST_BRIEFING]).split())
    return "".join(each for each in said if each.isprintable())[:LONGEST_BRIEFING]
