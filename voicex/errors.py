"""Every error that Voicex raises on purpose, drawn as one tree.

    VoicexError
    |-- ConfigurationError      the operator must change a setting
    |   `-- PriceMissing        the price book does not price something that was used
    |-- SecretUnreadable        a stored secret cannot be opened with the configured keys
    |-- Refused                 the caller of an API gets no; never a fault of ours
    |   |-- KeyRefused          unknown, revoked or foreign key; foreign or inactive agent
    |   |-- SignatureRefused    forged or missing signature
    |   |-- TicketRefused       no, used, expired or foreign ticket
    |   `-- Malformed           the request does not have the promised form
    |-- Declined                a known caller, but no answer is possible now (spoken to them)
    |-- CarrierProblem          the carrier's REST API did not do what was asked
    |-- ProtocolError           the other side of a media socket broke the protocol
    `-- EngineError             a provider could not answer
        |-- EngineTimeout       it did not answer in time
        |-- EngineBusy          it told us to slow down
        |-- EngineSilent        it answered with nothing
        |-- EngineRefused       it rejected our key or our request
        `-- EngineMissing       a package, model or binary is not installed

The default message of an error is its docstring, and `retryable` is its verdict:
whether the same request may succeed a moment later.
"""

from typing import ClassVar


class VoicexError(Exception):
    """Something went wrong in Voicex."""

    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class ConfigurationError(VoicexError):
    """A setting is missing or wrong."""


class PriceMissing(ConfigurationError):
    """The price book does not price something that a call used."""


class SecretUnreadable(VoicexError):
    """A stored secret cannot be decrypted."""


class Refused(VoicexError):
    """The request is refused."""


class KeyRefused(Refused):
    """The API key or agent is not known here."""


class SignatureRefused(Refused):
    """The request is not signed by the organization's carrier account."""


class TicketRefused(Refused):
    """The ticket does not open this stream."""


class Malformed(Refused):
    """The request does not have the expected form."""


class Declined(VoicexError):
    """No agent can answer this call now.

    `reason` is the static name in the attempt log; `sentence` is what the caller hears.
    """

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class CarrierProblem(VoicexError):
    """The carrier's REST API did not do what it was asked.

    `reason`: "wrong_token", "forbidden", "not_found", "rejected", "rate_limit", "timeout",
    "unreachable" or "failed".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The carrier did not do what it was asked: {reason}")
        self.reason = reason


class ProtocolError(VoicexError):
    """The media socket's peer broke the protocol."""


class EngineError(VoicexError):
    """The engine could not answer."""

    retryable = True


class EngineTimeout(EngineError):
    """The engine did not answer in time."""


class EngineBusy(EngineError):
    """The provider asked us to slow down."""


class EngineSilent(EngineError):
    """The provider answered with nothing."""


class EngineRefused(EngineError):
    """The provider rejected our key or our request."""

    retryable = False


class EngineMissing(EngineError):
    """A package, model or binary that the engine needs is not installed."""

    retryable = False
