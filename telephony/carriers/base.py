"""The protocol of a carrier: it requests a webhook for a call, and opens a media socket.

To add one: a folder with an object that implements `Carrier`, and a line in `settings.CARRIERS`.
Routes, admission, callbacks and sockets are shared by all carriers (`telephony.webhooks`).
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
    """A call as described by a webhook: validated in form, but not authenticated.

    call_id: the carrier's, unique within the organization across carriers. account_id: of the
    called account. attestation: of the caller's number, None if there is none. is_over: nobody is
    there to be answered: the call has ended, or a machine has taken one that the client placed.
    failed_url: the carrier asks because this one failed, "" for none. is_of_app: the call comes
    from an app, so the carrier lets nobody be called with the caller's number.
    is_signed_otherwise: the carrier says that it has signed with a key that is no auth token.
    """

    call_id: str
    account_id: str
    from_number: str
    to_number: str
    attestation: Attestation | None = None
    is_over: bool = False
    failed_url: str = ""
    is_signed_otherwise: bool = False
    is_of_app: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a callback.

    end_reason: why the call ended; None while it continues. stream_id: the reported stream, "" for
    the call. evidence: stored in the call's row; its free texts are deleted with the call's words
    (`usage.records.evidence`).
    """

    call_id: str
    end_reason: EndReason | None
    evidence: Mapping[str, Any]
    stream_id: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """The URLs for a call's media socket and its callbacks.

    ticket: sent in the stream's first messages, never in a URL. after_url: requested after the end
    of the stream, for the next step. status_url: receives reports of its start, stop or failure.
    """

    stream_url: str
    ticket: str
    after_url: str
    status_url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a caller in line hears, and the URL to request after it.

    sentences: said first, by the carrier's voice; language: as "de-DE", "" for English. music_url:
    played `times` in a row, 0 for none. next_url: requested after that.
    """

    sentences: Sequence[str]
    language: str
    music_url: str
    times: int
    next_url: str


@dataclass(frozen=True, slots=True)
class StreamStart:
    """The handshake of a media socket: the ids of the stream, and its transport."""

    call_id: str
    account_id: str
    stream_id: str
    ticket: str
    transport: Transport


class Carrier(Protocol):
    """One carrier. Stateless: one object serves all calls, on any thread."""

    name: str  # in routes, /api/<name>/..., and in the rows of calls
    # Of `OrganizationSecret.Name`: secrets that sign requests, the current one first.
    token_names: Sequence[str]
    numbers: Numbers
    transfers: Transfers | None  # None: it cannot put callers through

    # --- Requests: each reader raises Malformed for what the carrier would never send ----------

    def claimed_call_id(self, request: HttpRequest) -> str:
        """The call's id as claimed by an unverified request, for its record; "" without one."""
        ...

    def call_ids_in(self, body: bytes) -> Sequence[str]:
        """The calls that the body of a callback names, as claimed: at most three. On the event
        loop for each callback, so without parsing it; a body may be anything.
        """
        ...

    def read_call(self, request: HttpRequest) -> IncomingCall:
        """Read the voice webhook's request."""
        ...

    def read_after(self, request: HttpRequest) -> Report:
        """Read the request for the next step after the stream; always has evidence."""
        ...

    def read_stream_status(self, request: HttpRequest) -> Report:
        """Read a report about the stream. Evidence named `stream_error` is also logged."""
        ...

    def read_status(self, request: HttpRequest) -> Report:
        """Read a report about the call."""
        ...

    def is_signed(self, request: HttpRequest, *, tokens: Collection[str]) -> bool:
        """Whether `request`, which has been read, is signed with one of `tokens`."""
        ...

    def signature_in(self, request: HttpRequest) -> str:
        """The signature that `request` carries, whether it is good or not; "" for none."""
        ...

    def is_signed_otherwise(self, request: HttpRequest) -> bool:
        """Whether the carrier says that it has signed `request` with a key that is none of
        `token_names`.
        """
        ...

    # --- Answers -------------------------------------------------------------------------------

    def connect(self, connection: Connection) -> Answer:
        """Open the media socket."""
        ...

    def say_and_hang_up(self, sentence: str, *, language: str = "") -> Answer:
        """Speak one sentence with the carrier's voice, and end the call.

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
        """Read the handshake in a message; None for a message before it. Raises ProtocolError."""
        ...
