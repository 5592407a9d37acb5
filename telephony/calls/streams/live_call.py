"""A call as its driver gets it, once its ticket was redeemed."""

from dataclasses import dataclass

from agents.engines.base import EngineSetup
from telephony.calls.streams.earlier import FIRST, Earlier


@dataclass(frozen=True, slots=True)
class LiveCall:
    """What the driver needs to know of a call.

    has_transfers: its carrier can put callers through. earlier: what was before this stream.
    """

    call_id: int
    call_sid: str
    org_id: str
    setup: EngineSetup
    has_transfers: bool = False
    earlier: Earlier = FIRST
