"""A call whose state nobody can read ends with what is known that it has used."""

import pytest

from telephony.webhooks.consumers import _continued
from testing.scene import Scene, after, snapshot
from usage.models import Call, LiveState, UsageFact
from usage.takeover import states
from usage.takeover.takeovers import Resumed, redeem, take_over
from voicex.errors import TicketRefused

pytestmark = pytest.mark.django_db

USED = {"stream_ms": 20_000, "stt_ms": 4_000, "tts_characters": 120}


@pytest.fixture
def resumed() -> Resumed:
    """A call whose next stream has come, and a state that is of no release."""
    call = Scene().talks()
    states.save(call.pk, generation=0, state=b"of no release", used=USED, now=after(20))
    snapshot(call, 1, now=after(10), stream_ms=10_000)
    found = take_over(call.pk, generation=0, now=after(24)).call
    return redeem(
        call_id=call.pk,
        ticket_id=found.ticket_id,
        generation=1,
        carrier="twilio",
        stream_sid="MZ2",
        call_sid=call.call_sid,
        account_sid="AC1",
        now=after(25),
    )


def test_what_it_has_used_is_kept_and_its_state_is_forgotten(resumed):
    with pytest.raises(TicketRefused):
        _continued(resumed, carrier="twilio")
    assert UsageFact.objects.get().stream_ms == 24_000
    assert not LiveState.objects.exists()


def test_of_one_that_has_gone_to_another_process_meanwhile_nothing_is_touched(resumed):
    Call.objects.filter(pk=resumed.call.pk).update(generation=2)
    with pytest.raises(TicketRefused):
        _continued(resumed, carrier="twilio")
    assert UsageFact.objects.get().stream_ms == 10_000
    assert LiveState.objects.exists()
