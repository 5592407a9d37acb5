"""A recorded call flies again."""

import json
import zlib
from dataclasses import asdict
from random import Random

import pytest

from agents.engines.events import (
    AudioDelta,
    PartlyHeard,
    ResponseEnded,
    SpeechLasted,
    ToolCalled,
    Transcribed,
)
from agents.settings.groups import Sensitivity
from telephony.calls import flight_recorder
from telephony.session.call import CallSession
from telephony.session.events import CallerTyped, FrameHeard, MarkPlayed, ToolReturned
from telephony.session.tests.conversation import Conversation
from telephony.session.turns import TurnState
from voicex.database.storable import storable_text


class Recorded(Conversation):
    """A conversation whose events are noted as the driver notes them."""

    def __init__(self, **turn_taking) -> None:
        super().__init__(**turn_taking)
        self.recorder = flight_recorder.FlightRecorder(self.session.config)

    def hears(self, event):
        if isinstance(event, FrameHeard):
            self.recorder.record_frame(event.payload, self.now_ms)
        else:
            self.recorder.record(event, self.now_ms)
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


def replayed(record: bytes) -> CallSession:
    config, events = flight_recorder.unpack(record)
    session = CallSession(config)
    for now_ms, event in events:
        session.receive(event, now_ms=now_ms)
    return session


def test_a_doubt_about_an_interruption_flies_again():
    call = Recorded(sensitivity=Sensitivity.BALANCED)
    call.greets()
    call.caller_says("when do you open")
    call.agent_says("We open at nine and close at five.", ms=4000)
    call.passes(1600)
    call.caller_begins()
    call.hears(SpeechLasted(200, 120, False, False))
    call.hears(PartlyHeard("okay", 200))
    call.passes(400)
    call.hears(PartlyHeard("okay but what", 600))
    assert call.session.state is TurnState.HEARING
    assert replayed(call.recorder.pack()).transcript.turns == call.turns


def test_in_a_record_from_before_there_was_doubt_every_sound_interrupts():
    call = Recorded()
    call.greets()
    values = asdict(call.session.config)
    del values["turn_taking"]["sensitivity"]
    old = flight_recorder.FlightRecorder(call.session.config)
    old._lines.clear()
    old._write(values)
    config, _ = flight_recorder.unpack(old.pack())
    assert config.turn_taking.sensitivity is Sensitivity.EAGER


def test_the_result_of_a_tool_is_recorded_and_replayed():
    call = Recorded(sensitivity=Sensitivity.BALANCED)
    call.greets()
    call.caller_says("when do you open on monday")
    response_id = call.last_response()
    call.hears(ToolCalled(response_id, "opening_hours", '{"day":"Monday"}'))
    call.hears(ResponseEnded(response_id))
    call.hears(ToolReturned("call00001", "from nine"))
    call.agent_says("We open at nine.")
    call.passes(2000)
    call.carrier_plays()
    assert [turn.role for turn in call.turns] == ["agent", "caller", "tool", "agent"]
    assert replayed(call.recorder.pack()).transcript.turns == call.turns


def test_a_goodbye_of_an_older_record_still_ends_the_call():
    call = Recorded()
    call.greets()
    call.caller_says("that is all")
    call.agent_says("Goodbye!", ends=False)
    # As goodbyes were recorded before there were tools.
    call.recorder._write([call.now_ms, "ResponseEnded", call.last_response(), True])
    call.now_ms += 2000
    for mark in call.unplayed:
        call.recorder.record(MarkPlayed(mark), call.now_ms)
    again = replayed(call.recorder.pack())
    assert again.end_reason == "agent_hung_up"
    assert [turn.heard_text for turn in again.transcript.turns][-1] == "Goodbye!"


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


def test_words_may_contain_unicode_line_separators():
    call = Recorded()
    call.greets()
    said = "one\u2028two\u2029three\x85four"
    call.caller_says(said)
    _, events = flight_recorder.unpack(call.recorder.pack())
    assert [event.text for _, event in events if isinstance(event, Transcribed)] == [said]


@pytest.mark.parametrize("said", ["half \ud83d", "both \ud83d\ude0a halves", "a\0b"])
def test_words_that_cannot_be_encoded_are_recorded_and_replayed(said):
    call = Recorded()
    call.greets()
    call.caller_says(said)
    _, events = flight_recorder.unpack(call.recorder.pack())
    texts = [event.text for _, event in events if isinstance(event, Transcribed)]
    assert texts == [said if "\0" in said else storable_text(said)]


def test_a_number_beyond_all_bounds_does_not_end_the_record():
    call = Recorded()
    call.opens()
    call.recorder.record(CallerTyped("when do you open"), 10**30)
    _, events = flight_recorder.unpack(call.recorder.pack())
    assert any(isinstance(event, CallerTyped) for _, event in events)


def test_a_record_has_a_size_when_nothing_in_it_repeats_itself():
    """It is stored compressed, which does not make such texts much smaller."""
    call = Recorded()
    call.greets()
    drawn = Random(1)
    for number in range(40):
        call.recorder.record(AudioDelta(f"r{number}", b"", drawn.randbytes(50_000).hex()), number)
    packed = call.recorder.pack()
    assert len(packed) < flight_recorder.MOST_PACKED + 200_000
    assert flight_recorder.is_full(packed)


def test_a_record_has_a_size_whatever_a_model_writes():
    """A page unpacks it: a text that repeats itself takes a thousandth of its size until then."""
    call = Recorded()
    call.greets()
    before = call.recorder._left
    text = "a" * 100_000
    for number in range(1_000):
        call.recorder.record(AudioDelta(f"r{number}", b"", text), number)
    assert before > flight_recorder.MOST_BYTES - 20_000
    packed = call.recorder.pack()
    unpacked = zlib.decompress(packed)
    assert flight_recorder.MOST_BYTES - 2 * len(text) < len(unpacked) <= flight_recorder.MOST_BYTES
    assert flight_recorder.is_full(packed)
    assert unpacked.count(flight_recorder.FULL.encode()) == 1
    assert json.loads(unpacked.splitlines()[-1])[1] == flight_recorder.FULL
    _, events = flight_recorder.unpack(packed)
    assert [event.text for _, event in events if getattr(event, "text", "") == text]
