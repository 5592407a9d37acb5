"""Tickets: the one-shot right to open a stream, from TwiML to redemption."""

from datetime import timedelta

import pytest
from django.core.signing import Signer

from telephony.admission.tickets import make_ticket, read_ticket
from telephony.webhooks.callback_urls import Callback, make_callback_token
from testing.phone_number import ACCOUNT_SID, CALL_SID, OTHER_ACCOUNT, OTHER_CALL, PhoneNumber
from usage.models import Call
from usage.records.calls import redeem_ticket
from voicex.errors import TicketRefused


def redeem(text: str, call: Call, *, seconds: int = 1, **changed: str) -> Call | None:
    ticket = read_ticket(text)
    presented = {
        "carrier": "twilio",
        "stream_sid": "MZ1",
        "call_sid": CALL_SID,
        "account_sid": ACCOUNT_SID,
    }
    return redeem_ticket(
        call_id=ticket.call_id,
        ticket_id=ticket.ticket_id,
        now=call.opened_at + timedelta(seconds=seconds),
        **(presented | changed),
    )


def test_a_ticket_is_the_same_for_a_call_and_differs_between_calls(line: PhoneNumber):
    call, other = line.answered(), line.answered(CallSid=OTHER_CALL)
    assert make_ticket(call) == make_ticket(Call.objects.get(pk=call.pk))
    assert make_ticket(call) != make_ticket(other)


def test_a_ticket_opens_one_stream_and_only_once(line: PhoneNumber):
    call = line.answered()
    assert redeem(make_ticket(call), call) == call
    assert redeem(make_ticket(call), call) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"carrier": "another"},
        {"call_sid": OTHER_CALL},
        {"account_sid": OTHER_ACCOUNT},
        {"seconds": 61},
    ],
)
def test_a_ticket_is_bound_to_its_call_account_and_minute(line: PhoneNumber, changed):
    call = line.answered()
    assert redeem(make_ticket(call), call, **changed) is None
    assert redeem(make_ticket(call), call) == call


def test_two_organizations_with_one_call_sid_do_not_meet(
    line: PhoneNumber, other_line: PhoneNumber
):
    call, foreign = line.answered(), other_line.answered()
    redeemed = redeem(make_ticket(foreign), foreign)
    assert redeemed == foreign
    call.refresh_from_db()
    assert call.state == Call.State.OPENED


def test_a_ticket_says_neither_key_nor_numbers(line: PhoneNumber):
    call = line.answered()
    ticket = make_ticket(call)
    for secret in (line.key_text, call.from_number, call.to_number):
        assert secret not in ticket
    assert len("ticket" + ticket) < 500  # Twilio's limit for a <Parameter>


def test_an_altered_ticket_is_refused(line: PhoneNumber):
    ticket = make_ticket(line.answered())
    for position in range(len(ticket)):
        letter = "A" if ticket[position] != "A" else "B"
        altered = ticket[:position] + letter + ticket[position + 1 :]
        with pytest.raises(TicketRefused):
            read_ticket(altered)


@pytest.mark.parametrize("text", ["", ".", "1.x", "1.x.y", "\x00", "\ud800", "9" * 100_000])
def test_anything_else_is_refused_without_a_fault(text):
    with pytest.raises(TicketRefused):
        read_ticket(text)


def test_no_other_signature_of_ours_passes_for_a_ticket(line: PhoneNumber):
    call = line.answered()
    body = f"{call.pk}.{call.ticket_id}"
    lookalikes = [make_callback_token(kind, call) for kind in Callback]
    lookalikes += [Signer(sep=".").sign(body), Signer(sep=".", salt="invite").sign(body)]
    for text in lookalikes:
        with pytest.raises(TicketRefused):
            read_ticket(text)
