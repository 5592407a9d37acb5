"""Every error that Voicex raises on purpose, drawn as one tree.

    VoicexError
    |-- ConfigurationError      the operator must change a setting
    |   `-- PriceMissing        a call began before every price book
    |-- SecretUnreadable        a stored secret cannot be opened with the configured keys
    |-- NotPrepared             an agent's version is in no form that a call may read
    |-- TaskFailed              what was asked of the compiler's process took too much, or failed
    |-- Refused                 the caller of an API gets no; never a fault of ours
    |   |-- KeyRefused          unknown, revoked or foreign key; foreign or inactive agent
    |   |-- SignatureRefused    forged or missing signature
    |   |-- TicketRefused       no, used, expired or foreign ticket
    |   `-- Malformed           the request does not have the promised form
    |-- CallerOnTheLine         a caller cannot be erased while a call of theirs is live
    |-- MessageRefused          a caller's message cannot be taken; the text says why
    |-- Declined                a known caller, but no answer is possible now (spoken to them)
    |-- CarrierProblem          the carrier's REST API did not do what was asked
    |-- EndpointRefused         an address that a client named may not be asked, or misbehaved
    |-- ProtocolError           the other side of a media socket broke the protocol
    `-- EngineError             a provider could not answer
        |-- EngineTimeout       it did not answer in time
        |-- EngineBusy          it asked us to slow down
        |-- EngineSilent        it answered with nothing
        |-- EngineCutShort      its answer has no end
        |   `-- EngineBrokeOff  its voice ended in the middle of a sentence
        |-- EngineRefused       it rejected our key or our request
        `-- EngineMissing       a package, model or binary is not installed

The default message of an error is its docstring, and `retryable` is its verdict:
whether the same request may succeed a moment later.

What a provider said is never an error's message, because providers quote keys and messages reach
pages: an EngineError has a `reason` for people and a `detail` for the log.
"""

from enum import StrEnum
from typing import ClassVar

from voicex.reasons.attempts import AttemptReason
from voicex.reasons.carrier import CarrierReason


class VoicexError(Exception):
    """Something went wrong in Voicex."""

    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class ConfigurationError(VoicexError):
    """A setting is missing or wrong."""


class PriceMissing(ConfigurationError):
    """No price book was in force when a call began."""


class SecretUnreadable(VoicexError):
    """A stored secret cannot be decrypted."""


class NotPrepared(VoicexError):
    """The agent's version is in no form that a call may read."""


class TaskFailed(VoicexError):
    """The compiler's process did not do what it was asked.

    `reason`: "time", "memory", "crash" or "busy"; `reading`: the name of the text that it read, if
    known.
    """

    def __init__(self, reason: str, *, reading: str = "") -> None:
        super().__init__(f"The compiler ended: {reason} {reading}".strip())
        self.reason = reason
        self.reading = reading


class PaperFailed(VoicexError):
    """A statement or an invoice was not drawn. `reason`: "busy", "time" or "crash"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The paper was not drawn: {reason}")
        self.reason = reason


class MeterRefused(VoicexError):
    """Stripe did not take a report. `is_final`: it never will, as it is.

    `is_clear`: it said so, and has not counted it.
    """

    def __init__(self, said: str, *, is_final: bool, is_clear: bool = False) -> None:
        super().__init__(said)
        self.is_final = is_final
        self.is_clear = is_clear


class Refused(VoicexError):
    """The request is refused.

    `reason`: the name in the attempt log; None for what leaves no row there.
    """

    def __init__(self, message: str = "", *, reason: AttemptReason | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class KeyRefused(Refused):
    """The API key or agent is not known here."""


class SignatureRefused(Refused):
    """The request is not signed by the organization's carrier account."""


class TicketRefused(Refused):
    """The ticket does not open this stream."""


class Malformed(Refused):
    """The request does not have the expected form."""


class CallerOnTheLine(VoicexError):
    """A call of this caller is in progress or still being stored. Erase them when it is over."""

    retryable = True


class MessageRefused(VoicexError):
    """A message of a caller cannot be taken; the text is for the model, in plain words."""


class Declined(VoicexError):
    """No agent can answer this call now.

    `telephony.spoken.carrier.decline` says it to the caller. `reason`: the name in the attempt
    log; `why`: the operator's own words for a suspension; `language`: the agent's, as "de-AT", ""
    until it is known; `detail`: names of engines, with commas between; `is_signed`: whether the
    request was, by the organization's own token.
    """

    def __init__(
        self, reason: AttemptReason, *, why: str = "", language: str = "", detail: str = ""
    ) -> None:
        super().__init__(f"No agent can answer this call now: {reason}")
        self.reason = reason
        self.why = why
        self.language = language
        self.detail = detail
        self.is_signed = False


class CarrierProblem(VoicexError):
    """The carrier's REST API did not do what it was asked."""

    def __init__(self, reason: CarrierReason) -> None:
        super().__init__(f"The carrier did not do what it was asked: {reason}")
        self.reason = reason


class EndpointRefused(VoicexError):
    """An address that a client named was not asked, or its answer was given up.

    `reason`: "no_url", "scheme", "userinfo" (the address itself), "address" (where it leads),
    "too_large", "too_slow" or "encoded" (its answer), "unreachable" (there was none).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The address was refused: {reason}")
        self.reason = reason


class ProtocolError(VoicexError):
    """The media socket's peer broke the protocol."""


class EngineReason(StrEnum):
    """Why an engine could not answer; `agents.providers.engine_problems` has the sentences."""

    KEY_REFUSED = "key_refused"
    KEY_UNUSABLE = "key_unusable"  # found out here; the provider was not asked
    LIMIT = "limit"  # too many requests, or no credit left
    MODEL_UNKNOWN = "model_unknown"
    VOICE_UNKNOWN = "voice_unknown"
    REQUEST_REFUSED = "request_refused"
    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    MISSING = "missing"
    FAILED = "failed"


class EngineError(VoicexError):
    """The engine could not answer."""

    retryable = True
    usual_reason: ClassVar[EngineReason] = EngineReason.FAILED

    def __init__(
        self,
        detail: str = "",
        *,
        reason: EngineReason | None = None,
        wait_seconds: float | None = None,
    ) -> None:
        """detail: what the provider said, and what it was asked for. For the log alone.

        wait_seconds: how long the provider asks us to wait; None if it said nothing of that.
        """
        super().__init__()
        self.reason = reason or self.usual_reason
        self.detail = detail
        self.wait_seconds = wait_seconds

    def for_the_log(self) -> dict[str, str]:
        """All of the error as fields of a log event."""
        return {"error": type(self).__name__, "reason": self.reason.value, "detail": self.detail}


class EngineTimeout(EngineError):
    """The engine did not answer in time."""

    usual_reason = EngineReason.TIMED_OUT


class EngineBusy(EngineError):
    """The provider asked us to slow down."""

    usual_reason = EngineReason.LIMIT


class EngineSilent(EngineError):
    """The provider answered with nothing."""

    usual_reason = EngineReason.EMPTY


class EngineCutShort(EngineError):
    """The provider's answer ended before its end."""


class EngineBrokeOff(EngineCutShort):
    """The voice ended in the middle of a sentence.

    `given_ms`: how much of it had been given, in milliseconds of sound.
    """

    def __init__(
        self, detail: str = "", *, reason: EngineReason | None = None, given_ms: int = 0
    ) -> None:
        super().__init__(detail, reason=reason)
        self.given_ms = given_ms


class EngineRefused(EngineError):
    """The provider rejected our key or our request."""

    retryable = False
    usual_reason = EngineReason.REQUEST_REFUSED


class EngineMissing(EngineError):
    """A package, model or binary that the engine needs is not installed.

    The one EngineError whose message is more than its class: it is in our own words, and says
    what to install.
    """

    retryable = False
    usual_reason = EngineReason.MISSING

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        if message:
            self.args = (message,)
