"""A call in a test: what the caller and the engine do, in words, with a clock of its own."""

from agents.engines.events import (
    AudioDelta,
    ResponseEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    ToolCalled,
    Transcribed,
)
from agents.settings.config import AgentConfig, Recording, Speech, Transfers, TurnTaking
from agents.settings.groups import Sensitivity
from agents.tools import hang_up
from telephony.session.call import CallSession
from telephony.session.commands import Command, Play, Respond, Say
from telephony.session.events import CallOpened, FrameHeard, MarkPlayed, Tick

LOUD = b"\x00"  # a mu-law byte that is not silence


def config(**turn_taking) -> AgentConfig:
    greeting = turn_taking.pop("greeting", "Hello, how can I help?")
    recording = turn_taking.pop("recording", Recording())
    # Most tests are about what follows an interruption: it needs no evidence there.
    turn_taking.setdefault("sensitivity", Sensitivity.EAGER)
    language = turn_taking.pop("language", "en")
    http_tools = turn_taking.pop("http_tools", ())
    transfers = turn_taking.pop("transfers", Transfers())
    languages = turn_taking.pop("languages", "")
    return AgentConfig(
        agent_id="664a1234abcd",
        version=1,
        name="Mia",
        prompt="",
        facts=(),
        greeting=greeting,
        language=language,
        turn_taking=TurnTaking(**turn_taking),
        recording=recording,
        http_tools=http_tools,
        transfers=transfers,
        speech=Speech(languages=languages),
    )


class Conversation:
    """Drives a session; `log` holds every command in order."""

    def __init__(self, **turn_taking) -> None:
        self.session = CallSession(config(**turn_taking))
        self.now_ms = 0
        self.log: list[Command] = []
        self.unplayed: list[str] = []

    @property
    def turns(self):
        return self.session.transcript.turns

    def hears(self, event) -> list[Command]:
        commands = self.session.receive(event, now_ms=self.now_ms)
        self.log += commands
        self.unplayed += [command.mark for command in commands if isinstance(command, Play)]
        return commands

    def passes(self, ms: int) -> None:
        """Time passes on the line, 20 ms of caller audio at a time."""
        for _ in range(ms // 20):
            self.now_ms += 20
            self.hears(FrameHeard(b"\xff" * 160))

    def opens(self) -> list[Command]:
        return self.hears(CallOpened())

    def caller_says(self, text: str, *, ms: int = 1000, continues: bool = False) -> list[Command]:
        """Speech, a pause, its transcription, and the end of the turn."""
        commands = self.caller_begins(continues=continues)
        self.passes(ms)
        commands += self.caller_pauses(text)
        self.passes(140)
        return commands + self.caller_ends()

    def caller_begins(self, *, continues: bool = False) -> list[Command]:
        return self.hears(SpeechStarted(max(0, self.now_ms - 96), continues))

    def caller_pauses(self, text: str) -> list[Command]:
        self.ended_ms = self.now_ms
        self.passes(60)
        return self.hears(SpeechPaused(at_ms=self.ended_ms)) + self.hears(Transcribed(text))

    def caller_goes_on(self) -> list[Command]:
        return self.hears(SpeechResumed(at_ms=self.now_ms))

    def caller_ends(self) -> list[Command]:
        return self.hears(SpeechStopped(at_ms=self.ended_ms))

    def last_response(self) -> str:
        return [c.response_id for c in self.log if isinstance(c, Respond | Say)][-1]

    def agent_says(self, text: str, *, ms: int = 2000, ends: bool = True) -> list[Command]:
        """The engine gives the audio of the newest response."""
        response_id = self.last_response()
        commands = self.hears(AudioDelta(response_id, LOUD * ms * 8, text))
        if ends:
            commands += self.hears(ResponseEnded(response_id))
        return commands

    def agent_hangs_up(self) -> list[Command]:
        """The newest response ends, and the call with it."""
        response_id = self.last_response()
        commands = self.hears(ToolCalled(response_id, hang_up.NAME))
        return commands + self.hears(ResponseEnded(response_id))

    def carrier_plays(self, up_to_ms: int | None = None) -> list[Command]:
        """Marks come back in order, as far as `up_to_ms` of the response (None: all)."""
        commands = []
        while self.unplayed and (
            up_to_ms is None or int(self.unplayed[0].split(":")[1]) <= up_to_ms
        ):
            commands += self.hears(MarkPlayed(self.unplayed.pop(0)))
        return commands

    def greets(self) -> None:
        """Open the call and let the greeting be heard."""
        self.opens()
        self.agent_says("Hello, how can I help?")
        self.passes(2000)
        self.carrier_plays()

    def lives(self, ms: int, *, speaks: bool = True) -> list[tuple[int, str]]:
        """Silence on the line for `ms`, with ticks; when each fixed sentence was to be said.

        speaks: the engine says each in a second, and the caller hears it.
        """
        said = []
        for _ in range(ms // 240):
            self.passes(240)
            for command in self.hears(Tick()):
                if isinstance(command, Say):
                    said.append((self.now_ms, command.text))
                    if speaks:
                        self.agent_says(command.text, ms=1000)
                        self.passes(1000)
                        self.carrier_plays()
        return said


def greeted(**turn_taking) -> Conversation:
    """A call whose caller has heard the greeting."""
    call = Conversation(**turn_taking)
    call.greets()
    return call


def texts(said: list[tuple[int, str]]) -> list[str]:
    """The sentences of what `Conversation.lives` returns, without their times."""
    return [text for _, text in said]
