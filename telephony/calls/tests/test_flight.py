"""A recorded call flies again."""

import pytest

from agents.engines.events import AudioDelta, ResponseEnded, Transcribed
from telephony.calls import flight_recorder
from telephony.session.call import CallSession
from telephony.session.events import CallerTyped, FrameHeard
from telephony.session.tests.conversation import Conversation
from voicex.storable import storable_text


class Recorded(Conversation):
    """A conversation whose events are noted as the driver notes them."""

    def __init__(self) -> None:
        super().__init__()
        self.recorder = flight_recorder.FlightRecorder(self.session.config)

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

    config, events = flight_recorder.unpack(call.recorder.pack())
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
    _, events = flight_recorder.unpack(call.recorder.pack())
    audio = next(event.audio for _, event in events if isinstance(event, AudioDelta))
    assert len(audio) == len(secret)
    assert audio != secret


def test_words_may_hold_what_unicode_calls_the_end_of_a_line():
    call = Recorded()
    call.greets()
    said = "one\u2028two\u2029three\x85four"
    call.caller_says(said)
    _, events = flight_recorder.unpack(call.recorder.pack())
    assert [event.text for _, event in events if isinstance(event, Transcribed)] == [said]


@pytest.mark.parametrize("said", ["half \ud83d", "both \ud83d\ude0a halves", "a\0b"])
def test_words_that_no_encoder_takes_are_recorded_and_fly_again(said):
    call = Recorded()
    call.greets()
    call.caller_says(said)
    _, events = flight_recorder.unpack(call.recorder.pack())
    texts = [event.text for _, event in events if isinstance(event, Transcribed)]
    assert texts == [said if "\0" in said else storable_text(said)]


def test_a_number_beyond_all_bounds_does_not_end_the_record():
    call = Recorded()
    call.opens()
    call.recorder.note(CallerTyped("when do you open"), 10**30)
    _, events = flight_recorder.unpack(call.recorder.pack())
    assert any(isinstance(event, CallerTyped) for _, event in events)
