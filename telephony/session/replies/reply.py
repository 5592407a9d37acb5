"""A reply of the agent, from its request until it was heard."""

from dataclasses import dataclass, field

from agents.engines.events import AudioDelta, ResponseEnded, Stage, ToolCalled
from telephony.session.replies.playout import Playout
from voicex.reasons.ends import EndReason

Held = AudioDelta | ToolCalled | ResponseEnded


@dataclass(slots=True)
class Reply:
    """A reply or draft. Times on the session's clock, milliseconds."""

    id: str
    playout: Playout
    speech_ended_ms: int | None  # end of the caller's speech; None for a fixed text
    fixed_text: str = ""  # the text to say; "" for an answer of the model
    hang_up: bool = False  # the call ends when it has been heard
    end_reason: EndReason = EndReason.AGENT_HUNG_UP  # the end reason
    is_apology: bool = False  # an apology for a failure
    is_interjection: bool = False  # interrupts an endless turn, which is still to be answered
    is_greeting: bool = False  # the greeting or the rest of one
    heard_before: str = ""  # what a lost stream has said of it, whose rest this is; the end of that
    has_failed: bool = False  # the engine failed, perhaps before any audio
    is_too_long: bool = False  # ended for its length; the caller is asked whether to continue
    number: int | None = None  # number of its turn, once it is audible
    stages: dict[Stage, int] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)  # audio held back while a draft
    tools: set[str] = field(default_factory=set)  # ids of running tool calls
    has_called: bool = False  # a tool returned a result that needs an answer
    must_answer: bool = False  # one that was refused or failed: the caller hears of it in any case
    tool_rounds: int = 0  # consecutive answers before it that called tools

    @property
    def is_made(self) -> bool:
        """Whether it is complete: no more audio or tool results will come."""
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
