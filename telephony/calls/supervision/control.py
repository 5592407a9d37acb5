"""Orders of members to a live call, executed by the process that carries it.

| order | text | address | what happens |
|---|---|---|---|
| SAY | words | | the agent says them next |
| NOTE | words | | its model knows them from now on |
| TAKE_OVER | who takes the call | a number, as `Target` has it | the caller is put through |
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

import structlog

from agents.transfers.targets import Target
from telephony.session.events import Event, NoteGiven, SayAsked

log = structlog.get_logger(__name__)


class Order(StrEnum):
    """The kinds of orders. The values are sent between processes."""

    SAY = "say"
    NOTE = "note"
    TAKE_OVER = "take_over"


class TakeOver(StrEnum):
    """What becomes of an order to take a call over. The values are sent between processes."""

    BEGINS = "begins"
    ENDING = "ending"  # the call is: the agent says goodbye
    UNDER_WAY = "under_way"  # the caller is being put through already
    IMPOSSIBLE = "impossible"  # for this call


class Takes(Protocol):
    """Receives events for the session of a call."""

    def emit(self, event: Event, /) -> None:
        """Pass `event` on."""
        ...


class PutsThrough(Protocol):
    """Puts the caller of a call through."""

    def order(self, target: Target, /) -> TakeOver:
        """Put the caller through to a member, unless that is not possible."""
        ...


class ControllableCall(Protocol):
    """The part of a live call that orders use. For the event loop's thread."""

    generation: int  # the number of the call's current stream

    @property
    def sink(self) -> Takes:
        """Receives words and notes of members."""
        ...

    @property
    def put_through(self) -> PutsThrough:
        """Puts the caller through."""
        ...

    def hang_up(self) -> None:
        """End the call because a member asked for it."""
        ...

    def end_gracefully(self, *, is_over_budget: bool = False) -> None:
        """End the call with a goodbye, because this process stops or a budget is spent."""
        ...

    def move(self, *, is_urgent: bool = False, in_any_pause: bool = False) -> None:
        """Hand the call over to another process. is_urgent: at once. in_any_pause: in the next."""
        ...

    def end(self, reason: str) -> None:
        """End the call here, as it has ended or continues elsewhere; reason: a value of
        `EndReason`.
        """
        ...

    def listen(self) -> None:
        """Publish the call's audio for some seconds."""
        ...


def supervise(call: ControllableCall, message: Mapping[str, Any]) -> str:
    """Execute an order of a member; what became of it, "" for one that is not answered.

    Unknown orders (of another release) are ignored.
    """
    match message["order"]:
        case Order.SAY:
            call.sink.emit(SayAsked(message["text"]))
        case Order.NOTE:
            call.sink.emit(NoteGiven(message["text"]))
        case Order.TAKE_OVER:
            target = Target(message["text"], message["address"])
            answer = call.put_through.order(target)
            log.info("call_taken_over", is_possible=answer is TakeOver.BEGINS, answer=answer)
            return answer
    return ""
