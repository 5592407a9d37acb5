"""What counts as a silence of a call."""

import pytest

from telephony.simulator.plan import CallResult
from tests.odd_answers.calls import MOST_SILENCE_MS, Kept, check_silences, longest_silence

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
