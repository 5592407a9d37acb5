"""What counts as a silence of a call."""

import pytest

from telephony.simulator.plan import CallResult
from telephony.simulator.report.history import Said, StreamLog
from testing.twilio.carrier_server import silence, tone
from tests.odd_answers.calls import (
    COMMITTED_AFTER_MS,
    MOST_SILENCE_MS,
    Kept,
    check_silences,
    longest_silence,
    waits,
)

GREETED = ("agent", 0, 900)
ASKED = ("caller", 2_000, 3_000)


def result(*answered_ms: float | None) -> CallResult:
    """A call of 40 seconds. answered_ms: as the phone measured, for each utterance."""
    result = CallResult("CA1", seconds=40.0)
    result.measurements.voice_to_voice_ms.extend(answered_ms)
    return result


@pytest.mark.parametrize(
    ("turns", "answered_ms", "silence_ms"),
    [
        ([GREETED, ASKED, ("agent", 3_700, 9_000)], [], 700),
        ([GREETED, ASKED], [], 37_000),
        ([GREETED, ASKED, ("caller", 8_000, 9_000), ("agent", 9_500, 9_900)], [], 6_500),
        ([GREETED, ASKED, ("agent", 3_700, 9_000), ("caller", 12_000, 13_000)], [], 27_000),
        ([GREETED], [800.0], 800),
        ([GREETED], [800.0, None], 40_000),
    ],
    ids=["answered", "unanswered", "asked twice", "unanswered later", "no turn", "no turn at all"],
)
def test_the_longest_silence_is_until_the_next_word_or_the_end(turns, answered_ms, silence_ms):
    assert longest_silence(turns, result(*answered_ms)) == silence_ms


def test_a_silence_without_an_end_is_named():
    calls = {
        name: Kept(result(), {}, "stop", silence_ms)
        for name, silence_ms in (("good", 900), ("bad", MOST_SILENCE_MS))
    }
    with pytest.raises(AssertionError, match="bad"):
        check_silences(calls)


def heard(*, after_ms: int) -> CallResult:
    """A call whose phone plays a sound so long after the last key."""
    called = result()
    log = StreamLog("MZ1", started_ms=0, ended_ms=40_000, pressed=[(900, "1"), (1_000, "#")])
    log.playout.media(silence(200) + tone(400), now_ms=1_000 + after_ms - 200)
    called.streams.append(log)
    return called


def test_a_wait_is_from_the_last_key_to_the_first_sound_that_the_phone_plays():
    assert waits(heard(after_ms=1_500)) == [1_500]


def test_a_wait_for_an_answer_to_words_begins_when_their_turn_is_over():
    called = heard(after_ms=1_500)
    called.streams[0].said.append(Said("Hello", 3_000, 4_000, is_complete=True))
    assert waits(called) == [36_000 - COMMITTED_AFTER_MS, 1_500]  # to the end of the call


def test_that_more_than_one_in_ten_wait_too_long_is_found():
    late = {f"late{number}": Kept(heard(after_ms=3_000), {}, "stop", 900) for number in range(2)}
    good = {f"good{number}": Kept(heard(after_ms=900), {}, "stop", 900) for number in range(18)}
    check_silences(good | dict([late.popitem()]))
    with pytest.raises(AssertionError, match="late0"):
        check_silences({**good, **late, "late1": late["late0"], "late2": late["late0"]})
