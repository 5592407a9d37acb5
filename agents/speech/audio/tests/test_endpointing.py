"""The endpointer as a caller makes it hear: one number for each 32 ms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.engines.events import SpeechPaused, SpeechResumed, SpeechStarted, SpeechStopped
from agents.settings.config import TurnTaking
from agents.speech.audio.endpointing import WINDOW_MS, Endpointer

SURE, UNSURE, NONE = 0.95, 0.4, 0.02


def events(probabilities, **turn_taking):
    """What comes of the windows, and in which window (its end, ms) it was said."""
    endpointer = Endpointer(TurnTaking(**turn_taking))
    said = [(endpointer.push(value), end) for end, value in enumerate(probabilities, start=1)]
    return [(event, end * WINDOW_MS) for event, end in said if event is not None]


def test_a_sentence_starts_pauses_and_stops_on_the_media_clock():
    heard = events([NONE] * 10 + [SURE] * 20 + [NONE] * 10)
    assert heard == [
        (SpeechStarted(at_ms=320), 384),
        (SpeechPaused(at_ms=960), 1024),
        (SpeechStopped(at_ms=960), 1088),
    ]


def test_a_caller_who_takes_a_breath_continues_in_the_same_utterance():
    heard = events([SURE] * 5 + [NONE] * 3 + [SURE] * 5 + [NONE] * 7)
    assert [event for event, _ in heard] == [
        SpeechStarted(at_ms=0),
        SpeechPaused(at_ms=160),
        SpeechResumed(at_ms=256),
        SpeechPaused(at_ms=416),
        SpeechStopped(at_ms=416),
    ]


def test_a_click_of_one_window_starts_nothing():
    assert events([NONE, SURE, NONE] * 20) == []


def test_a_longer_barge_in_wait_asks_for_more_speech():
    assert events([SURE] * 4 + [NONE] * 10, barge_in_ms=160) == []
    assert events([SURE] * 5, barge_in_ms=160) == [(SpeechStarted(at_ms=0), 160)]


def test_uncertain_windows_keep_an_utterance_but_begin_none():
    assert events([UNSURE] * 50) == []
    assert len(events([SURE] * 2 + [UNSURE] * 50)) == 1


def test_the_second_utterance_needs_a_start_of_its_own():
    silence = [NONE] * 8
    heard = events([SURE] * 3 + silence + [SURE] + silence + [SURE] * 3)
    assert [type(event) for event, _ in heard] == [
        SpeechStarted,
        SpeechPaused,
        SpeechStopped,
        SpeechStarted,
    ]


def test_a_pause_comes_before_the_stop_even_when_both_have_the_same_wait():
    heard = events([SURE] * 2 + [NONE] * 8, pause_ms=96, endpointing_ms=96)
    assert [type(event) for event, _ in heard] == [SpeechStarted, SpeechPaused, SpeechStopped]


@pytest.mark.parametrize(("endpointing_ms", "stops_after"), [(192, 192), (200, 224), (500, 512)])
def test_the_wait_is_rounded_up_to_whole_windows(endpointing_ms, stops_after):
    heard = events([SURE] * 2 + [NONE] * 30, endpointing_ms=endpointing_ms)
    stopped, said_ms = heard[-1]
    assert said_ms - stopped.at_ms == stops_after


# Which events may follow which; None is the beginning.
FOLLOWS = {
    None: {SpeechStarted},
    SpeechStarted: {SpeechPaused},
    SpeechPaused: {SpeechResumed, SpeechStopped},
    SpeechResumed: {SpeechPaused},
    SpeechStopped: {SpeechStarted},
}
PROBABILITIES = st.lists(
    st.one_of(st.sampled_from([SURE, UNSURE, NONE]), st.floats(0, 1)), max_size=200
)
WAITS = st.integers(0, 1000)


@given(probabilities=PROBABILITIES, pause=WAITS, endpointing=WAITS, barge_in=WAITS)
def test_events_alternate_and_their_times_never_go_back(
    probabilities, pause, endpointing, barge_in
):
    before, before_ms = None, 0
    heard = events(probabilities, pause_ms=pause, endpointing_ms=endpointing, barge_in_ms=barge_in)
    for event, said_ms in heard:
        assert type(event) in FOLLOWS[before]
        assert before_ms <= event.at_ms <= said_ms
        before, before_ms = type(event), event.at_ms


@given(probabilities=PROBABILITIES)
def test_silence_always_ends_the_utterance(probabilities):
    heard = events([*probabilities, *[NONE] * 7])
    assert not heard or isinstance(heard[-1][0], SpeechStopped)


# --- A wait for one pause ------------------------------------------------------------------------


def paused_for(silence: list[float], wait_ms: int, **turn_taking: int):
    """What comes of the windows of a pause that is given a wait, each with its time in it (ms)."""
    endpointer = Endpointer(TurnTaking(**turn_taking))
    for value in [SURE] * 10 + [NONE] * 2:
        endpointer.push(value)
    endpointer.wait(wait_ms)
    said = [(endpointer.push(value), end) for end, value in enumerate(silence, start=3)]
    return [(event, end * WINDOW_MS) for event, end in said if event is not None]


@pytest.mark.parametrize(
    ("wait_ms", "stops_after"), [(0, 128), (200, 224), (900, 928), (2500, 2528)]
)
def test_a_pause_ends_after_the_wait_that_it_is_given_and_never_sooner_than_the_agents(
    wait_ms, stops_after
):
    assert paused_for([NONE] * 100, wait_ms) == [(SpeechStopped(at_ms=320), stops_after)]


def test_the_wait_is_for_one_pause_alone():
    heard = paused_for([SURE] * 5 + [NONE] * 20, 2_000)
    assert [type(event) for event, _ in heard] == [SpeechResumed, SpeechPaused, SpeechStopped]
    assert heard[-1][1] - heard[-1][0].at_ms + 320 == 128


def test_beyond_the_agents_wait_a_click_or_a_breath_does_not_end_the_pause():
    blip, breath = [NONE] * 10 + [SURE] + [NONE] * 60, [NONE] * 10 + [UNSURE] * 10 + [NONE] * 60
    for silence in (blip, breath):
        assert paused_for(silence, 1_000) == [(SpeechStopped(at_ms=320), 1_024)]
    (resumed, _), *_ = paused_for([NONE] * 10 + [SURE] * 2, 1_000)
    assert resumed == SpeechResumed(at_ms=320 + 12 * WINDOW_MS)


def test_a_wait_that_has_passed_already_ends_the_pause_at_once():
    endpointer = Endpointer(TurnTaking())
    for value in [SURE] * 10 + [NONE] * 2:
        endpointer.push(value)
    endpointer.wait(900)
    for _ in range(15):
        assert endpointer.push(NONE) is None
    assert endpointer.stop_if_due() is None
    endpointer.wait(0)
    assert endpointer.stop_if_due() == SpeechStopped(at_ms=320)
    assert endpointer.stop_if_due() is None


def test_a_wait_without_a_pause_changes_nothing():
    endpointer = Endpointer(TurnTaking())
    endpointer.wait(900)
    for value in [SURE] * 10:
        endpointer.push(value)
    endpointer.wait(900)
    heard = [event for event in (endpointer.push(NONE) for _ in range(7)) if event]
    assert [type(event) for event in heard] == [SpeechPaused, SpeechStopped]


@given(
    PROBABILITIES,
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3_000)), max_size=20),
)
def test_whatever_the_waits_silence_ends_the_utterance(probabilities, waits):
    endpointer, given_at = Endpointer(TurnTaking()), dict(waits)
    last = None
    for window, value in enumerate([*probabilities, *[NONE] * 110]):
        if window in given_at:
            endpointer.wait(given_at[window])
        event = endpointer.push(value)
        assert event is None or type(event) in FOLLOWS[type(last) if last else None]
        last = event or last
    assert last is None or isinstance(last, SpeechStopped)


def test_speech_behind_the_end_that_we_set_begins_an_utterance_of_its_own():
    endpointer = Endpointer(TurnTaking())
    assert any(isinstance(endpointer.push(1.0), SpeechStarted) for _ in range(9))
    endpointer.end()
    assert any(isinstance(endpointer.push(1.0), SpeechStarted) for _ in range(9))


def test_a_pause_knows_how_long_it_has_lasted():
    endpointer = Endpointer(TurnTaking())
    assert endpointer.silence_ms == 0
    for probability in [SURE] * 9 + [NONE] * 3:
        endpointer.push(probability)
    assert endpointer.silence_ms == 3 * WINDOW_MS
