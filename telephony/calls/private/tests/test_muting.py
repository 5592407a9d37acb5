"""Sound of a recording that waits until it is known which of it is silent."""

from agents.speech.audio import mulaw
from telephony.calls.private.muting import MOST_HELD, Settled, Waiting
from telephony.calls.private.stretches import FOREVER, Stretch

SECOND = b"\1\2" * 8_000  # both sides
QUIET = bytes([mulaw.SILENCE])


def silent_ms(sound):
    """From where to where a piece of one second is silent, in its milliseconds."""
    quiet = [at // 16 for at, sample in enumerate(sound) if sample == QUIET[0]]
    return (quiet[0], quiet[-1] + 1) if quiet else None


def test_nothing_is_stored_before_it_is_settled():
    waiting = Waiting(0)
    assert list(waiting.add(SECOND)) == []
    assert list(waiting.settle(Settled(999, 1_000, ()))) == []
    assert list(waiting.settle(Settled(1_000, 1_000, ()))) == [SECOND]


def test_both_sides_are_silent_where_something_is_taken_out():
    waiting = Waiting(5_000)
    list(waiting.add(SECOND))
    list(waiting.add(SECOND))
    silent = (Stretch(5_250, 5_500), Stretch(5_900, 6_100), Stretch(0, 4_000))
    first, second = waiting.settle(Settled(FOREVER, FOREVER, silent, is_over=True))
    assert first[16 * 250 : 16 * 500] == QUIET * 16 * 250
    assert first[16 * 500 : 16 * 900] == SECOND[16 * 500 : 16 * 900]
    assert first[16 * 900 :] == QUIET * 16 * 100
    assert silent_ms(second) == (0, 100)
    assert len(first) == len(second) == len(SECOND)


def test_pieces_after_the_end_was_settled_are_stored_at_once():
    waiting = Waiting(0)
    list(waiting.settle(Settled(FOREVER, FOREVER, (Stretch(200, FOREVER),), is_over=True)))
    [piece] = waiting.add(SECOND)
    assert silent_ms(piece) == (200, 1000)


def test_audio_that_waits_too_long_is_stored_with_unknown_parts_muted():
    waiting = Waiting(0)
    list(waiting.settle(Settled(0, 1_500, (Stretch(100, 300),))))
    stored = []
    for _ in range(MOST_HELD + 3):
        stored += waiting.add(SECOND)
    assert [silent_ms(piece) for piece in stored] == [(100, 300), (500, 1000), (0, 1000)]
