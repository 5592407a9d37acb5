"""The data of a call for its driver, after its ticket was redeemed."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from agents.engines.base import Engine, EngineSetup
from agents.settings.config import AgentConfig
from agents.settings.groups import Sensitivity
from telephony.calls.resuming.resumed import ResumedCall
from telephony.calls.streams.earlier import FIRST, Earlier
from telephony.session.call import CallSession
from telephony.session.turns import TurnRecord, TurnState
from usage.records.recordings import SoFar

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LiveCall:
    """What the driver needs to know of a call.

    has_transfers: its carrier can put callers through. is_pooled: its organization was not proven
    when the call began. earlier: the streams before this one, or before the one that it resumes.
    is_resumable: its carrier opens another stream when this one is lost. generation: the number of
    this stream; resumed: the state in which the stream before was lost or handed over.
    """

    call_id: int
    call_sid: str
    org_id: str
    setup: EngineSetup
    has_transfers: bool = False
    is_pooled: bool = False
    earlier: Earlier = FIRST
    is_resumable: bool = False
    generation: int = 0
    resumed: ResumedCall | None = None

    @property
    def recording(self) -> SoFar | None:
        """The stored recording of former streams."""
        return self.resumed.recording if self.resumed else None

    @property
    def turns(self) -> tuple[TurnRecord, ...]:
        """The turns before this stream, as its session knows them."""
        return self.resumed.state.turns.turns if self.resumed else self.earlier.turns

    def clock_ms(self, now: datetime) -> int:
        """The call's clock: 0 when its first stream begins."""
        return self.resumed.clock_ms(now) if self.resumed else 0

    def session(self, config: AgentConfig) -> CallSession:
        """Create its session: a new one, or one restored from another process."""
        if self.resumed is None:
            before = self.earlier.transcript()
            return CallSession(config, report=report_unlisted, transcript=before)
        return CallSession.restored(config, self.resumed.state, report=report_unlisted)


def report_unlisted(turn: TurnState, event: type) -> None:
    """Log a transition that the state table does not list; the call is not affected."""
    log.error("unlisted_move", state=turn.value, cause=event.__name__)


def config_for(engine: Engine, config: AgentConfig) -> AgentConfig:
    """The agent's configuration, adapted to what this engine can do."""
    turn_taking = config.turn_taking
    if not engine.abilities.drafts:
        turn_taking = replace(turn_taking, speculate=False)
    if not engine.abilities.peeks:
        turn_taking = replace(turn_taking, sensitivity=Sensitivity.EAGER)
    return replace(config, turn_taking=turn_taking)
