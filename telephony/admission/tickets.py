"""Tickets: one-time tokens to open the stream of one call, and the stream's path."""

from dataclasses import dataclass
from datetime import datetime

from telephony.admission import stream_paths
from telephony.admission.own_signatures import signed, unsigned
from usage.models import Call
from usage.quota.quotas import TICKET_LIFETIME
from voicex.errors import TicketRefused


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it was read from the first messages of a stream.

    `usage.records.calls.redeem_ticket` checks whether it is still valid: unused, at most 60 s old,
    and presented for the same call of the same account. generation: the stream that it is for; for
    all but the first `usage.takeover.takeovers.redeem` decides.
    """

    call_id: int
    ticket_id: str
    generation: int = 0


def make_ticket(call: Call) -> str:
    """The ticket of `call`. Deterministic, so a repeated webhook gets the same answer."""
    return signed("ticket", f"{call.pk}.{call.ticket_id}.{call.generation or ''}".rstrip("."))


def read_ticket(text: str) -> Ticket:
    """Read and verify a ticket. Raises TicketRefused for any other text."""
    genuine = unsigned("ticket", text)
    if genuine is None:
        raise TicketRefused
    call_id, ticket_id, *generation = genuine.split(".")
    return Ticket(int(call_id), ticket_id, generation=int(generation[0]) if generation else 0)


def make_stream_path(call: Call, *, issued_at: datetime | None = None) -> str:
    """The path of the stream of `call`, valid as long as its ticket.

    issued_at: of the ticket; None for the first one. Deterministic, so a repeated webhook gets the
    same answer.
    """
    is_return = call.state == Call.State.RETURNING
    issued_at = issued_at or (is_return and call.heartbeat_at) or call.opened_at
    expires_at = issued_at + TICKET_LIFETIME
    return stream_paths.write(call.pk, carrier=call.carrier, expires_at=expires_at)
