"""Where in the sound of a call each turn lies, and what of it was never turned into text."""

from agents.engines.conversation import Role
from agents.engines.events import (
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
)
from telephony.calls.private.stretches import (
    FOREVER,
    LONGEST_HEARD_MS,
    MARGIN_MS,
    Stretch,
    Stretches,
)
from telephony.session.events import DigitPressed, Tick
from telephony.session.turns import TurnRecord


def turn(number=1, role=Role.CALLER, started_ms=0):
    return TurnRecord(number, role, "hello", "hello", False, started_ms, started_ms + 100)


def receives(stretches, event, at_ms, *kept):
    """The session receives `event`, and `kept` are the turns that come of it."""
    stretches.observe(event, at_ms)
    found = [stretches.keep(each, now_ms=at_ms, media_ms=at_ms) for each in kept]
    stretches.received(at_ms)
    return found


def test_a_turn_lies_between_the_first_sound_of_it_and_now():
    stretches = Stretches()
    receives(stretches, SpeechStarted(5_000), 5_100)
    assert stretches.unknown_since(6_000) == 5_000 - MARGIN_MS
    receives(stretches, Transcribed("hello"), 6_000)
    assert stretches.unknown_since(6_100) == 5_000 - MARGIN_MS
    [stretch] = receives(stretches, SpeechStopped(6_000), 6_200, turn(started_ms=5_000))
    assert stretch == Stretch(5_000 - MARGIN_MS, 6_200 + MARGIN_MS)
    assert stretches.unknown_since(6_300) == 6_300
    assert stretches.lost == ()


def test_a_turn_of_the_agent_begins_where_its_first_sound_was_sent():
    stretches = Stretches()
    stretches.observe(Tick(), 7_000)
    stretch = stretches.keep(turn(role=Role.AGENT, started_ms=9_000), now_ms=9_000, media_ms=7_000)
    assert stretch == Stretch(7_000 - MARGIN_MS, 7_000 + MARGIN_MS)


def test_a_turn_that_is_kept_again_grows():
    stretches = Stretches()
    [first] = receives(stretches, Tick(), 2_000, turn(role=Role.AGENT, started_ms=2_000))
    [second] = receives(stretches, Tick(), 9_000, turn(role=Role.AGENT, started_ms=2_000))
    assert second == Stretch(first.begin_ms, 9_000 + MARGIN_MS)


def test_keys_begin_with_the_first_one():
    stretches = Stretches()
    receives(stretches, DigitPressed("4"), 3_000)
    receives(stretches, DigitPressed("1"), 8_000)
    assert stretches.unknown_since(8_100) == 3_000 - MARGIN_MS
    [stretch] = receives(stretches, Tick(), 9_600, turn(started_ms=8_000))
    assert stretch.begin_ms == 3_000 - MARGIN_MS
    assert stretches.unknown_since(9_700) == 9_700


def test_words_that_never_become_a_turn_are_lost():
    stretches = Stretches()
    receives(stretches, SpeechStarted(1_000), 1_100)
    receives(stretches, Transcribed("four one one one"), 2_000)
    receives(stretches, SpeechStopped(2_000), 2_500)
    assert stretches.lost == (Stretch(1_000 - MARGIN_MS, 2_500 + MARGIN_MS),)


def test_speech_that_could_not_be_transcribed_is_lost_and_a_cough_is_not():
    stretches = Stretches()
    receives(stretches, SpeechStarted(1_000), 1_100)
    receives(stretches, SpeechStopped(2_000), 2_500)
    receives(stretches, TranscriptionFailed("timeout"), 5_000)
    assert stretches.lost == (Stretch(1_000 - MARGIN_MS, 5_000 + MARGIN_MS),)
    receives(stretches, SpeechStarted(6_000), 6_100)
    receives(stretches, SpeechStopped(6_500), 7_000)
    receives(stretches, Transcribed(""), 7_100)
    assert len(stretches.lost) == 1


def test_a_caller_who_is_cut_off_in_mid_word_loses_what_was_said():
    stretches = Stretches()
    receives(stretches, SpeechStarted(1_000), 1_100)
    receives(stretches, Transcribed("my card is four one"), 2_000)
    receives(stretches, SpeechResumed(2_100), 2_200)
    stretches.end(4_000)
    assert stretches.lost == (Stretch(1_000 - MARGIN_MS, FOREVER),)


def test_the_beginning_of_a_too_long_utterance_is_lost():
    stretches = Stretches()
    receives(stretches, SpeechStarted(1_000), 1_100)
    end_ms = 11_000 + LONGEST_HEARD_MS
    receives(stretches, Transcribed("hello"), end_ms)
    receives(stretches, SpeechStopped(end_ms), end_ms, turn(started_ms=1_000))
    assert stretches.lost == (Stretch(1_000 - MARGIN_MS, 11_000 + MARGIN_MS),)
