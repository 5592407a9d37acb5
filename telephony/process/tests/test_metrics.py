"""What a call that has ended adds to the figures of its process."""

from agents.engines.events import SpeechStarted
from telephony.process import metrics
from telephony.session.events import CallerGone
from telephony.session.tests.conversation import Conversation


def barge_ins() -> float:
    return metrics.BARGE_INS._value.get()


def test_a_reply_that_the_caller_cuts_off_is_counted_and_one_that_the_end_cuts_off_is_not():
    before = barge_ins()
    call = Conversation()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine and close at five.", ms=4000)
    call.passes(800)
    assert call.hears(SpeechStarted(call.now_ms - 96, continues=False))
    call.caller_says("and on Sundays", continues=True)
    call.agent_says("On Sundays we are closed.", ms=3000)
    call.passes(400)
    call.hears(CallerGone("stop"))
    metrics.count_ended(call.session)
    assert barge_ins() - before == 1
