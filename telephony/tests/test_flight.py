"""A recorded call flies again."""

from agents.engines.events import AudioDelta, ResponseEnded, Transcribed
from telephony import flight
from telephony.session.call import CallSession
from telephony.session.events import FrameHeard
from telephony.tests.session.conversation import Conversation


class Recorded(Conversation):
    """A conversation whose events are noted as the driver notes them."""

    def __init__(self) -> None:
        super().__init__()
        self.recorder = flight.FlightRecorder(self.session.config)

    def hears(self, event):
        if isinstance(event, FrameHeard):
            self.recorder.note_frame(event.payload, self.now_ms)
        else:
            self.recorder.note(event, self.now_ms)
        return super().hears(event)


def test_the_same_events_make_the_same_turns():
    call = Recorded()
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine and close at five.", ms=4000)
    call.passes(1600)
    call.carrier_plays(up_to_ms=1600)
    call.caller_says("thanks")

    config, events = flight.unpack(call.recorder.pack())
    again = CallSession(config)
    for now_ms, event in events:
        again.receive(event, now_ms=now_ms)

    assert config == call.session.config
    assert again.transcript.turns == call.turns
    assert again.media_ms == call.session.media_ms


def test_audio_is_kept_as_its_length_only():
    call = Recorded()
    call.opens()
    secret = b"\x12\x34" * 400
    call.hears(AudioDelta("r1", secret, "Hi."))
    call.hears(ResponseEnded("r1"))
    _, events = flight.unpack(call.recorder.pack())
    audio = next(event.audio for _, event in events if isinstance(event, AudioDelta))
    assert len(audio) == len(secret)
    assert audio != secret


def test_words_may_hold_what_unicode_calls_the_end_of_a_line():
    call = Recorded()
    call.greets()
    said = "one\u2028two\u2029three\x85four"
    call.caller_says(said)
    _, events = flight.unpack(call.recorder.pack())
    assert [event.text for _, event in events if isinstance(event, Transcribed)] == [said]
