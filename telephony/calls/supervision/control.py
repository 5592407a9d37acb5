"""Orders of members to a live call, as the process that carries it takes them.

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
    """What a member can have a call do; the values travel between processes."""

    SAY = "say"
    NOTE = "note"
    TAKE_OVER = "take_over"


class Takes(Protocol):
    """Takes events for the session of a call."""

    def emit(self, event: Event, /) -> None:
        """Pass `event` on."""
        ...


class PutsThrough(Protocol):
    """Puts the caller of a call through."""

    def order(self, target: Target, /) -> bool:
        """Have the caller put through to a member; False where it cannot be done."""
        ...


class ControllableCall(Protocol):
    """A live call, as far as an order concerns it. For the event loop's thread."""

    generation: int  # which of the call's streams it is carried on

    @property
    def sink(self) -> Takes:
        """What takes words and notes of members."""
        ...

    @property
    def put_through(self) -> PutsThrough:
        """What puts the caller through."""
        ...

    def hang_up(self) -> None:
        """End the call in order."""
        ...

    def end_gracefully(self, *, is_over_budget: bool = False) -> None:
        """End the call in words: this process stops, or, in a moment, as a budget is spent."""
        ...

    def move(self, *, is_urgent: bool = False) -> None:
        """Leave the call to another process: this one stops. is_urgent: at once."""
        ...

    def end(self, reason: str) -> None:
        """Leave the call, which is over elsewhere; reason: a value of `EndReason`."""
        ...

    def listen(self) -> None:
        """Publish the call's sound for the next seconds."""
        ...


def supervise(call: ControllableCall, message: Mapping[str, Any]) -> None:
    """Have the call do what a member wants; an order of another release is passed over."""
    match message["order"]:
        case Order.SAY:
            call.sink.emit(SayAsked(message["text"]))
        case Order.NOTE:
            call.sink.emit(NoteGiven(message["text"]))
        case Order.TAKE_OVER:
            target = Target(message["text"], message["address"])
            log.info("call_taken_over", is_possible=call.put_through.order(target))
