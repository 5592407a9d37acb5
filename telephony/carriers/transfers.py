"""Calls that a carrier puts through to a person: what it is told to do, and what it reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from django.http import HttpRequest

from telephony.carriers.answers import Answer


@dataclass(frozen=True, slots=True)
class Dialing:
    """A line to dial for a caller, who hears it ring.

    address: a number as +14155550100, or sip:name@host. digits: keys to send after the answer.
    caller_number: what the person sees, "" for the carrier's own choice. seconds: how long it
    rings. after_url: requested once the line is over; "" ends the call with it. announce_url:
    requested when the person has answered, for what they hear before they are connected; ""
    connects them at once.
    """

    address: str
    digits: str
    caller_number: str
    seconds: int
    after_url: str
    announce_url: str


class DialStatus(StrEnum):
    """What became of a dialled line."""

    ANSWERED = "answered"  # the line was; whether the caller was connected is another question
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DialReport:
    """What a carrier says of a dialled line that is over.

    call_id: of the caller's call. was_connected: to the caller; None where the carrier does not
    say. seconds: how long the line was answered. is_caller_gone: the caller hung up. is_silent: it
    says nothing of the line, as where it is asked again what it has failed to report.
    """

    call_id: str
    status: DialStatus
    was_connected: bool | None
    seconds: int
    is_caller_gone: bool
    is_silent: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether the caller was connected, as far as the report says."""
        if self.was_connected is None:
            return self.status is DialStatus.ANSWERED
        return self.was_connected


@dataclass(frozen=True, slots=True)
class PersonReport:
    """What a carrier says of a person who answers. call_id: of the caller's call; key: pressed."""

    call_id: str
    key: str = ""


class Transfers(Protocol):
    """How one carrier puts callers through. Readers raise Malformed, as those of `Carrier`."""

    def read_dialed(self, request: HttpRequest) -> DialReport:
        """The question what to do once the dialled line is over."""
        ...

    def read_person(self, request: HttpRequest) -> PersonReport:
        """The question what a person hears who answers, or what follows from their key."""
        ...

    def dial(self, line: Dialing) -> Answer:
        """Dial a line, and connect the caller to it."""
        ...

    def announce(self, sentences: Sequence[str], *, language: str, key_url: str) -> Answer:
        """Tell a person who answers, twice, and wait for a key; without one the line is ended.

        language: as "de-DE", "" for English. key_url: gets the key.
        """
        ...

    def connect_person(self) -> Answer:
        """Connect the person to the caller."""
        ...
