"""A response on its way: begun, perhaps held back as a draft, sent, heard."""

from dataclasses import dataclass, field

from agents.engines.events import AudioDelta, ResponseEnded, Stage, ToolCalled
from telephony.session.playout import Playout
from voicex.reasons.ends import EndReason

Held = AudioDelta | ToolCalled | ResponseEnded


@dataclass(slots=True)
class Reply:
    """What the agent says, or is about to say. Times on the session's clock, milliseconds."""

    id: str
    playout: Playout
    speech_ended_ms: int | None  # the caller's last speech; None: a fixed text, no answer
    fixed_text: str = ""  # that the engine was told to say; "" for an answer
    hang_up: bool = False  # the call ends when it has been heard
    end_reason: EndReason = EndReason.AGENT_HUNG_UP  # for which it does
    is_apology: bool = False  # for something that did not work
    is_interjection: bool = False  # into a turn that never ends; what was said is still to answer
    is_greeting: bool = False  # or the rest of one
    has_failed: bool = False  # the engine broke off, perhaps before a first sound
    is_too_long: bool = False  # so it was ended, and the caller is asked whether to continue
    number: int | None = None  # of its turn, once it is audible
    stages: dict[Stage, int] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)  # while a draft
    tools: set[str] = field(default_factory=set)  # ids of the calls that run
    has_called: bool = False  # some tool: what it gave wants an answer
    tool_rounds: int = 0  # how many answers in a row before it called some

    @property
    def is_made(self) -> bool:
        """Whether nothing more of it will come, neither words nor what its tools give."""
        return self.playout.is_complete and not self.tools

    @property
    def is_answer(self) -> bool:
        """Whether it answers the caller, unlike a greeting or an apology."""
        return self.speech_ended_ms is not None

    def latency_ms(self) -> dict[str, int]:
        """Stage name to milliseconds after the caller's last speech; empty for a fixed text."""
        if self.speech_ended_ms is None:
            return {}
        return {stage: at_ms - self.speech_ended_ms for stage, at_ms in self.stages.items()}
