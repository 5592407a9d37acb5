"""The ends of turns over a call: what is learned of a caller."""

from agents.speech.turns.end_of_turn import Bounds
from agents.speech.turns.ending import TurnEnding
from agents.speech.turns.rhythm import LONGEST_MS, Rhythm

STORY, HELP = "I left the car outside.", "How can I help you?"


def caller() -> TurnEnding:
    return TurnEnding("en", Bounds(200, 2_500))


def paused(ending: TurnEnding, at_ms: int, text: str) -> int:
    ending.pause(at_ms)
    return ending.judge(text, HELP).wait_ms


def test_a_caller_who_continues_after_whole_sentences_is_waited_for():
    ending = caller()
    assert paused(ending, 1_000, STORY) == 200
    ending.resume(1_600)
    assert paused(ending, 3_000, STORY + " It rained.") == 780


def test_the_mean_moves_by_a_tenth_with_each_pause_and_by_half_with_a_wrong_end():
    rhythm = Rhythm()
    rhythm.paused(192)  # a breath
    assert rhythm.pause_ms is None
    rhythm.paused(500)
    rhythm.paused(1_000)
    assert rhythm.pause_ms == 550
    rhythm.was_cut_off(1_050)
    assert rhythm.pause_ms == 800
    rhythm.paused(60_000)
    assert rhythm.pause_ms == 0.9 * 800 + 0.1 * LONGEST_MS


def ended(text: str) -> TurnEnding:
    ending = caller()
    paused(ending, 1_000, text)
    ending.take()
    return ending


def test_what_is_stored_is_the_wait_and_the_reason_of_the_last_pause():
    ending = caller()
    paused(ending, 1_000, "I want and")
    paused(ending, 2_000, "I want and need a car.")
    assert ending.take() == {"wait_ms": 200, "reason": "finished"}
    assert ending.take() is None
    ending.stop_without_text(928)
    assert ending.take() == {"wait_ms": 928, "reason": "no_text"}


def test_the_sound_of_a_pause_is_stored_with_its_turn_and_no_other():
    ending = caller()
    assert ending.hear(0.9) is None
    paused(ending, 1_000, STORY)
    heard = ending.hear(0.123)
    assert heard is not None
    assert heard.wait_ms == 700
    assert ending.take() == {"wait_ms": 700, "reason": "finished", "finished_percent": 12}
    assert ending.hear(0.9) is None
    paused(ending, 9_000, STORY)
    assert ending.take() == {"wait_ms": 200, "reason": "finished"}


def test_words_too_soon_for_a_reaction_continue_the_turn_and_are_learned_from():
    ending = ended(STORY)
    ending.start(1_800, answer_heard_ms=300)
    assert ending.joins("It rained.")
    assert not ending.joins("It rained.")  # once
    assert paused(ending, 3_000, STORY) == 1_040


def test_words_in_reaction_to_an_answer_are_a_turn_of_their_own():
    ending = ended("When do you open?")
    ending.start(2_600, answer_heard_ms=1_200)
    assert not ending.joins("Stop, that is enough.")
    assert paused(ending, 4_000, STORY) == 200


def test_after_an_open_end_or_with_a_connective_later_words_continue_as_well():
    for text, more in (("I want a table and", "For two people."), (STORY, "And it rained.")):
        ending = ended(text)
        ending.start(2_600, answer_heard_ms=1_200)
        assert ending.joins(more)


def test_words_over_a_long_answer_or_after_a_long_silence_never_continue():
    for at_ms, heard_ms in ((3_500, 1_600), (4_500, 100), (3_000, None)):
        ending = ended("I want a table and")
        ending.start(at_ms, answer_heard_ms=heard_ms)
        assert not ending.joins("And it rained.")


def test_words_before_the_first_sound_of_an_answer_are_learned_from_and_nothing_was_heard():
    ending = ended(STORY)
    ending.start(1_800, answer_heard_ms=0)
    assert not ending.joins("It rained.")
    assert paused(ending, 3_000, STORY) == 1_040


def test_a_noise_neither_continues_a_turn_nor_is_learned_from():
    ending = ended(STORY)
    ending.start(1_800, answer_heard_ms=300)
    assert not ending.joins("")
    assert not ending.joins(" ")


def test_after_a_sound_that_was_no_speech_nothing_continues_the_turn():
    ending = ended(STORY)
    ending.start(1_800, answer_heard_ms=300)
    ending.pass_over()
    assert not ending.joins("And it rained.")


def test_a_turn_that_never_had_words_leaves_nothing_to_the_next():
    ending = caller()
    for at_ms in (1_000, 2_000):
        paused(ending, at_ms, "I want a table and")
        assert ending.takes_draft()
    ending.start(9_000, answer_heard_ms=None)
    assert ending.take() is None
    paused(ending, 9_500, STORY)
    assert [ending.takes_draft() for _ in range(4)] == [True, True, True, False]


def test_at_most_three_drafts_are_begun_in_a_turn_the_last_for_words_that_may_be_all():
    ending = caller()
    taken = []
    for at_ms in (1_000, 2_000, 3_000):
        paused(ending, at_ms, "I want a table and")
        taken.append(ending.takes_draft())
    for at_ms in (4_000, 5_000):
        paused(ending, at_ms, "I want a table and two chairs.")
        taken.append(ending.takes_draft())
    assert taken == [True, True, False, True, False]
    ending.take()
    assert ending.takes_draft()


def test_in_a_language_without_known_words_no_connective_continues_a_turn():
    ending = TurnEnding("fr", Bounds(200, 2_500))
    paused(ending, 1_000, "Je voudrais une table.")
    ending.take()
    ending.start(2_600, answer_heard_ms=1_200)
    assert not ending.joins("Et pour deux.")
