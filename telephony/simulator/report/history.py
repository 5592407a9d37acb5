"""The history of a media stream. Pure."""

from dataclasses import dataclass, field

from telephony.simulator.codes import CarrierError
from telephony.simulator.sound.playout import Playout


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance as it went out: when its first and last audible frame were sent, in ms."""

    text: str
    first_voiced_ms: float
    last_voiced_ms: float
    is_complete: bool


@dataclass(slots=True)
class StreamLog:
    """All that happened on one stream. Times in ms of the call's clock.

    caller_audio: all that was sent (mu-law); kept only for a recording.
    late_ms: how late the phone itself sent a frame, at worst. unheard_ms: agent audio that was
    still waiting when the stream ended.
    ended_by: "caller", "server", "line lost" or "time".
    """

    stream_sid: str
    started_ms: float = 0.0
    ended_ms: float = 0.0
    ended_by: str = ""
    close_code: int | None = None
    playout: Playout = field(default_factory=Playout)
    said: list[Said] = field(default_factory=list)
    pressed: list[tuple[float, str]] = field(default_factory=list)
    unanswered_ms: list[float] = field(default_factory=list)
    marks_received: int = 0
    marks_returned: int = 0
    frames_sent: int = 0
    late_ms: float = 0.0
    unheard_ms: float = 0.0
    caller_audio: bytearray = field(default_factory=bytearray)
    errors: list[CarrierError] = field(default_factory=list)
