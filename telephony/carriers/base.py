"""A carrier: it asks a webhook about a call, is answered, and opens a media socket.

A carrier is a folder with an object that satisfies `Carrier`, and a line in `settings.CARRIERS`.
Its routes, admission, callbacks and sockets are those of every carrier (`telephony.webhooks`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.http import HttpRequest

from telephony.calls.transport import Transport
from telephony.carriers.answers import Answer
from telephony.carriers.numbers import Numbers
from telephony.carriers.transfers import Transfers
from voicex.reasons.attestation import Attestation
from voicex.reasons.ends import EndReason


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """What a webhook says of a call, each field held to its form; nothing of it is proven.

    call_id: the carrier's own, which no other call of the organization may have, at any carrier.
    account_id: of the account that the call came to. attestation: how far the carrier vouches for
    the caller's number, None when it says nothing.
    """

    call_id: str
    account_id: str
    from_number: str
    to_number: str
    attestation: Attestation | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a callback says of a call.

    end_reason: why the call ended; None while it continues. stream_id: of the stream that the
    report is of, "" for the call.
    evidence: what is kept in the call's row; texts that may hold anything go with its words
    (`usage.records.evidence`).
    """

    call_id: str
    end_reason: EndReason | None
    evidence: Mapping[str, Any]
    stream_id: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a call's media socket is opened, and where the carrier reports what became of it.

    ticket: to be handed over in the stream's first messages; never in a URL.
    after_url: requested once the stream has ended, for what to do. status_url: gets the reports
    that it started, stopped or failed.
    """

    stream_url: str
    ticket: str
    after_url: str
    status_url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a caller in line hears, and where the carrier asks next.

    sentences: said first, in the carrier's own voice; language: as "de-DE", "" for English.
    music_url: a sound, played `times` after one another, 0 for none. next_url: requested after
    that.
    """

    sentences: Sequence[str]
    language: str
    music_url: str
    times: int
    next_url: str


@dataclass(frozen=True, slots=True)
class StreamStart:
    """The handshake of a media socket: whose stream it is, and how its messages are read."""

    call_id: str
    account_id: str
    stream_id: str
    ticket: str
    transport: Transport


class Carrier(Protocol):
    """One carrier. It keeps nothing, so one object serves all calls, on any thread."""

    name: str  # in routes, /api/<name>/..., and in the rows of calls
    token_names: Collection[str]  # of `OrganizationSecret.Name`: what it signs with
    numbers: Numbers
    transfers: Transfers | None  # None: it cannot put callers through

    # --- Requests: each reader raises Malformed for what the carrier would never send ----------

    def claimed_call_id(self, request: HttpRequest) -> str:
        """The call's id, "" without one: for the record of a request that is not believed."""
        ...

    def read_call(self, request: HttpRequest) -> IncomingCall:
        """The call that the voice webhook is asked about."""
        ...

    def read_after(self, request: HttpRequest) -> Report:
        """The question what to do after the stream; it always has evidence."""
        ...

    def read_stream_status(self, request: HttpRequest) -> Report:
        """What became of the stream. Evidence named `stream_error` is logged as well."""
        ...

    def read_status(self, request: HttpRequest) -> Report:
        """What became of the call."""
        ...

    def is_signed(self, request: HttpRequest, *, tokens: Collection[str]) -> bool:
        """Whether the carrier signed `request`, which was read before, with one of `tokens`."""
        ...

    # --- Answers -------------------------------------------------------------------------------

    def connect(self, connection: Connection) -> Answer:
        """Open the media socket."""
        ...

    def say_and_hang_up(self, sentence: str, *, language: str = "") -> Answer:
        """Speak one sentence in the carrier's own voice, and end the call.

        language: as "de-DE"; "" for English.
        """
        ...

    def hang_up(self) -> Answer:
        """End the call."""
        ...

    def reject_as_busy(self) -> Answer:
        """Let the caller hear the busy tone."""
        ...

    def keep_waiting(self, waiting: Waiting) -> Answer:
        """Let the caller hear words and music, then ask again."""
        ...

    # --- The media socket -----------------------------------------------------------------------

    def read_start(self, text: str) -> StreamStart | None:
        """The handshake in a message; None for one that comes before it. Raises ProtocolError."""
        ...
