"""A call of the core that is recorded, with a carrier at its other end."""

from agents.engines.events import (
    ResponseEnded,
    ToolCalled,
)
from telephony.calls.flight_recorder import FlightRecorder
from telephony.session.call import CallSession
from telephony.session.commands import Clear, HangUp, Leave, Play
from telephony.session.events import (
    CallerTyped,
    CallResumed,
    FrameHeard,
    MarkPlayed,
    Tick,
)
from telephony.session.resuming.state import decoded, encoded
from telephony.session.tests.conversation import Conversation
from telephony.simulator.sound.playout import Playout

WHEN = "when do you open"
OPEN = "We open at nine. On Sundays we rest. On Saturdays we close at one."
ASKED = "This call is recorded. Press one to agree."


class Flown(Conversation):
    """A conversation with a carrier, whose events are recorded as a driver records them."""

    def __init__(self, **settings) -> None:
        super().__init__(**settings)
        self.records: list[bytes] = []
        self._recorder = FlightRecorder(self.session.config)
        self._carrier = Playout()
        self._is_deaf = False  # as a driver is when it has left or ended the call

    def hears(self, event):
        if self._is_deaf:
            return []
        if isinstance(event, FrameHeard):
            self._recorder.record_frame(event.payload, self.now_ms)
        else:
            self._recorder.record(event, self.now_ms)
        commands = super().hears(event)
        self.unplayed.clear()  # the carrier has them
        self._is_deaf = any(isinstance(each, Leave | HangUp) for each in commands)
        for command in commands:
            if isinstance(command, Play):
                self._carrier.media(command.payload, now_ms=self.now_ms)
                self._carrier.mark(command.mark, now_ms=self.now_ms)
            elif isinstance(command, Clear):
                self._gives_back(self._carrier.clear(now_ms=self.now_ms))
        return commands

    def passes(self, ms: int) -> None:
        """The caller is silent, and hears what was sent."""
        for _ in range(ms // 20):
            super().passes(20)
            self._gives_back(self._carrier.reached(now_ms=self.now_ms))

    def goes_on(self, ms: int) -> None:
        """Silence on the line, with ticks."""
        for _ in range(ms // 240):
            self.passes(240)
            self.hears(Tick())

    def types(self, text: str) -> None:
        """The caller of a call without sound writes, after a while; all was heard until then."""
        self.now_ms += 3000
        self._gives_back(self._carrier.reached(now_ms=self.now_ms))
        self.hears(Tick())
        self.hears(CallerTyped(text))

    def is_heard(self, text: str, *, ms: int = 2000) -> None:
        """The agent says `text`, and the caller hears all of it."""
        self.agent_says(text, ms=ms)
        self.goes_on(ms + 240)

    def moves(self, *, gap_ms: int = 800) -> None:
        """The line is lost; another process goes on."""
        config, lost_at_ms = self.session.config, self.now_ms
        state = decoded(encoded(self.session.snapshot(now_ms=self.now_ms)))
        self.packs()
        self.session = CallSession.restored(config, state)
        self._carrier, self._is_deaf = Playout(), False
        self._recorder = FlightRecorder(config)
        self.now_ms += gap_ms
        self.hears(CallResumed(lost_at_ms))

    def packs(self) -> list[bytes]:
        """The records of all processes until now."""
        self.records.append(self._recorder.pack())
        return self.records

    def _gives_back(self, marks: list[str]) -> None:
        for mark in marks:
            self.hears(MarkPlayed(mark))


def asked(**settings) -> Flown:
    """A caller who was greeted, and asks."""
    call = Flown(**settings)
    call.greets()
    call.caller_says(WHEN)
    return call


def calls_tool(call: Flown) -> None:
    response_id = call.last_response()
    call.hears(ToolCalled(response_id, "opening_hours", '{"day":"Monday"}'))
    call.hears(ResponseEnded(response_id))
