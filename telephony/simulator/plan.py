"""The plan and the result of a simulated call."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from telephony.simulator.caller import PATIENT, Caller, CallerBehaviour
from telephony.simulator.codes import CarrierError
from telephony.simulator.dial import ANSWERS, DialedPerson
from telephony.simulator.report.history import StreamLog
from telephony.simulator.report.measure import Measurements
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.stream import LineEffect
from voicex.simulated_phone import ACCOUNT_SID

FROM_NUMBER: Final = "+14155550132"  # 555-01xx is set aside for fiction
TO_NUMBER: Final = "+12065550100"


def new_call_sid() -> str:
    """A new, random CallSid."""
    return f"CA{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True)
class Faults:
    """What the carrier does wrong on purpose.

    connect_twice: a second socket presents the same parameters. repeat_callbacks: every
    callback comes twice. reorder_callbacks: all come after the call, the last one first.
    """

    connect_twice: bool = False
    repeat_callbacks: bool = False
    reorder_callbacks: bool = False


NO_FAULTS: Final = Faults()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """One call to place.

    webhook: the URL of the number's "A call comes in". status_callback: that of its "call
    status changes" ("" for none). auth_token: of the Twilio account, signs every request;
    a random one when the server is not expected to check. say_in_real_time: whether the
    carrier's own <Say> and <Pause> take their time. record: where to write the call as heard.
    make_caller: who speaks, in place of one with `utterances`, `digits` and `manner`, given the
    moment the stream began. effect: what the line does to the caller's sound. dialed: whom a <Dial>
    meets.
    """

    webhook: str
    utterances: tuple[Utterance, ...] = ()
    digits: str = ""
    manner: CallerBehaviour = PATIENT
    status_callback: str = ""
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    account_sid: str = ACCOUNT_SID
    call_sid: str = field(default_factory=new_call_sid)
    from_number: str = FROM_NUMBER
    to_number: str = TO_NUMBER
    max_seconds: float = 300.0
    say_in_real_time: bool = True
    record: Path | None = None
    faults: Faults = NO_FAULTS
    make_caller: Callable[[float], Caller] | None = None
    effect: LineEffect | None = None
    dialed: DialedPerson = ANSWERS


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    """Something a bystander would notice. at_ms: since the call began; words: for people."""

    at_ms: float
    what: str
    words: str


OnEvent = Callable[[PhoneEvent], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a call is not in order. code: Twilio's, None when Twilio would not complain."""

    code: int | None
    words: str


class Outcome(StrEnum):
    """How far the call came."""

    CONNECTED = "connected"  # a media stream was opened
    DECLINED = "declined"  # the server answered, in words, that no agent answers
    REFUSED = "refused"  # the webhook answered with an HTTP error
    FAILED = "failed"  # anything else


@dataclass(slots=True)
class CallResult:
    """What became of a call. status: Twilio's CallStatus at its end."""

    call_sid: str
    outcome: Outcome = Outcome.FAILED
    status: str = "failed"
    errors: list[Problem] = field(default_factory=list)
    measurements: Measurements = field(default_factory=Measurements)
    timeline: list[PhoneEvent] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    streams: list[StreamLog] = field(default_factory=list)
    second_socket_code: int | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether an agent answered and nothing was amiss."""
        return self.outcome is Outcome.CONNECTED and not self.errors

    def add_error(self, error: CarrierError) -> None:
        """Record what Twilio would report."""
        self.errors.append(Problem(code=error.code, words=error.words))

    def as_json(self) -> dict[str, object]:
        """The phone's side of the report, as plain values."""
        return {
            "outcome": str(self.outcome),
            "status": self.status,
            "seconds": round(self.seconds, 1),
            **self.measurements.as_json(),
            "twiml": self.verbs,
            "second_socket_code": self.second_socket_code,
            "timeline": [
                {"at_ms": round(event.at_ms), "what": event.what, "words": event.words}
                for event in self.timeline
            ],
        }

    def errors_as_json(self) -> list[dict[str, object]]:
        """The problems as plain values."""
        return [{"code": problem.code, "words": problem.words} for problem in self.errors]
