"""What the phone measures is what a caller would feel."""

import pytest

from telephony.simulator.report.history import Said, StreamLog
from telephony.simulator.report.measure import BargeIn, Measurements, percentile
from testing.twilio.carrier_server import silence, tone


def said(first_ms: float, last_ms: float) -> Said:
    return Said(text="x", first_voiced_ms=first_ms, last_voiced_ms=last_ms, is_complete=True)


@pytest.fixture
def log() -> StreamLog:
    return StreamLog(stream_sid="MZ1", started_ms=100, ended_ms=20_000, ended_by="caller")


def measured(log: StreamLog) -> Measurements:
    measurements = Measurements()
    measurements.add(log)
    return measurements


def test_the_greeting_counts_from_the_start_message_to_its_first_sound(log: StreamLog) -> None:
    log.playout.media(silence(60) + tone(200), now_ms=150)

    assert measured(log).greeting_ms == 110


def test_an_answer_to_the_first_words_is_no_greeting(log: StreamLog) -> None:
    log.said.append(said(500, 900))
    log.playout.media(tone(200), now_ms=1200)

    assert measured(log).greeting_ms is None
    assert measured(log).voice_to_voice_ms == [300]


def test_silence_before_the_first_sound_of_an_answer_counts(log: StreamLog) -> None:
    log.said.append(said(500, 900))
    log.playout.media(silence(80) + tone(200), now_ms=1200)

    assert measured(log).voice_to_voice_ms == [380]


def test_an_answer_belongs_to_one_utterance_only(log: StreamLog) -> None:
    log.said += [said(500, 900), said(3000, 3500)]
    log.playout.media(tone(200), now_ms=3800)

    assert measured(log).voice_to_voice_ms == [None, 300]


def test_the_rest_of_the_old_reply_is_no_answer(log: StreamLog) -> None:
    log.playout.media(tone(5000), now_ms=1000)
    log.said.append(said(2000, 2400))
    log.playout.clear(now_ms=2500)
    log.playout.media(tone(200), now_ms=2900)

    assert measured(log).voice_to_voice_ms == [500]


def test_an_interrupted_agent_falls_silent(log: StreamLog) -> None:
    log.playout.media(tone(5000), now_ms=1000)
    log.said.append(said(2000, 2400))
    log.playout.clear(now_ms=2180)

    assert measured(log).barge_ins == [BargeIn(clear_ms=180, is_loud_after=False)]


def test_an_agent_that_is_not_cleared_did_not_stop(log: StreamLog) -> None:
    log.playout.media(tone(5000), now_ms=1000)
    log.said.append(said(2000, 2400))

    assert measured(log).barge_ins == [BargeIn(clear_ms=None, is_loud_after=False)]


def test_old_words_after_the_clear_are_noticed(log: StreamLog) -> None:
    log.playout.media(tone(5000), now_ms=1000)
    log.said.append(said(2000, 2400))
    log.playout.clear(now_ms=2180)
    log.playout.media(tone(60), now_ms=2200)

    assert measured(log).barge_ins[0].is_loud_after


def test_a_reply_that_was_ending_anyway_needs_no_clear(log: StreamLog) -> None:
    log.playout.media(tone(1100), now_ms=1000)
    log.said.append(said(2000, 2400))

    assert measured(log).barge_ins == []


@pytest.mark.parametrize(("resumes_ms", "gaps"), [(1210, []), (1450, [250]), (4500, [])], ids=str)
def test_a_gap_is_a_silence_the_caller_hears_inside_a_reply(
    log: StreamLog, resumes_ms: float, gaps: list[float]
) -> None:
    log.playout.media(tone(200), now_ms=1000)
    log.playout.media(tone(200), now_ms=resumes_ms)

    assert measured(log).gaps_ms == gaps


def test_a_silence_in_which_the_caller_spoke_is_no_gap(log: StreamLog) -> None:
    log.playout.media(tone(200), now_ms=1000)
    log.said.append(said(1300, 1700))
    log.playout.media(tone(200), now_ms=2000)

    assert measured(log).gaps_ms == []


def test_streams_of_one_call_add_up(log: StreamLog) -> None:
    other = StreamLog(stream_sid="MZ2", started_ms=30_000, ended_ms=31_000, ended_by="server")
    other.unheard_ms = 400
    log.marks_received = log.marks_returned = other.marks_received = 1
    measurements = Measurements()
    measurements.add(log)
    measurements.add(other)

    assert (measurements.marks_received, measurements.marks_returned) == (2, 1)
    assert measurements.unheard_ms == 400


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([], 50) is None
    assert percentile([3, 1, 2], 50) == 2
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7], 95) == 7
