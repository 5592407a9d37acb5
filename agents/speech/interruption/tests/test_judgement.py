"""What a sound over the agent's voice comes to, piece of evidence by piece."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.interruption.acknowledgements import Words
from agents.speech.interruption.judgement import (
    BALANCED,
    PATIENT,
    SLOW_MS,
    Evidence,
    Verdict,
    judged,
)

BOTH = (BALANCED, PATIENT)
WORDS = Evidence(lasted_ms=416, voiced_ms=300, words=Words.CLAIM, words_ms=416, number=3)
OKAY = replace(WORDS, words=Words.ACKNOWLEDGEMENT, number=1)
evidence = st.builds(
    Evidence,
    lasted_ms=st.integers(0, 5_000),
    voiced_ms=st.none() | st.integers(0, 5_000),
    words=st.none() | st.sampled_from(Words),
    words_ms=st.integers(0, 5_000),
    number=st.integers(0, 5),
    is_over=st.booleans(),
    is_whole=st.booleans(),
    is_echo=st.booleans(),
    is_faint=st.booleans(),
    is_expected=st.booleans(),
    waited_ms=st.integers(0, 2_000),
)


@pytest.mark.parametrize("bounds", BOTH)
def test_words_claim_the_floor_while_they_are_said(bounds):
    assert judged(WORDS, bounds) is Verdict.CLAIMS


def test_one_word_is_enough_unless_the_agent_is_patient():
    one = replace(WORDS, number=1)
    assert judged(one, BALANCED) is Verdict.CLAIMS
    assert judged(one, PATIENT) is Verdict.WAITS
    assert judged(replace(one, is_hard_stop=True), PATIENT) is Verdict.CLAIMS
    assert judged(replace(one, is_whole=True), PATIENT) is Verdict.CLAIMS


@pytest.mark.parametrize("bounds", BOTH)
def test_an_acknowledgement_passes_once_it_is_over(bounds):
    assert judged(OKAY, bounds) is Verdict.WAITS
    whole = replace(OKAY, is_whole=True)
    assert judged(whole, bounds) is Verdict.WAITS
    assert judged(replace(whole, is_over=True), bounds) is Verdict.PASSES


@pytest.mark.parametrize("bounds", BOTH)
def test_an_acknowledgement_of_a_question_is_an_answer(bounds):
    assert judged(replace(OKAY, is_expected=True), bounds) is Verdict.CLAIMS


@pytest.mark.parametrize("bounds", BOTH)
def test_a_sound_that_lasts_claims_the_floor_without_words(bounds):
    sound = Evidence(lasted_ms=bounds.claim_ms, voiced_ms=bounds.claim_ms // 2)
    assert judged(sound, bounds) is Verdict.CLAIMS
    assert judged(replace(sound, lasted_ms=bounds.claim_ms - 32), bounds) is Verdict.WAITS
    soon = replace(sound, lasted_ms=bounds.expected_ms, is_expected=True)
    assert judged(soon, bounds) is Verdict.CLAIMS


@pytest.mark.parametrize("bounds", BOTH)
def test_coughs_echoes_and_voices_far_away_do_not_however_long_they_last(bounds):
    sound = Evidence(lasted_ms=2_000, voiced_ms=1_500)
    for weak in (
        replace(sound, voiced_ms=300),
        replace(sound, is_echo=True),
        replace(sound, is_faint=True),
    ):
        assert judged(weak, bounds) is Verdict.WAITS


def test_only_sound_that_no_words_are_known_of_counts():
    sound = replace(OKAY, lasted_ms=1_000, voiced_ms=600, words_ms=416)
    assert judged(sound, BALANCED) is Verdict.WAITS
    assert judged(replace(sound, lasted_ms=1_120), BALANCED) is Verdict.CLAIMS
    # Nothing in so little may be half a word.
    nothing = replace(sound, words=Words.NONE, words_ms=192, lasted_ms=704)
    assert judged(nothing, BALANCED) is Verdict.CLAIMS
    assert judged(replace(nothing, words_ms=416), BALANCED) is Verdict.WAITS


def test_a_recogniser_that_is_slow_makes_the_agent_yield_to_a_voice():
    short = Evidence(lasted_ms=350, voiced_ms=250, waited_ms=SLOW_MS)
    assert judged(short, BALANCED) is Verdict.CLAIMS
    assert judged(replace(short, waited_ms=SLOW_MS - 1), BALANCED) is Verdict.WAITS
    assert judged(replace(short, voiced_ms=32), BALANCED) is Verdict.WAITS


@given(evidence, st.sampled_from(BOTH))
def test_it_passes_only_when_it_is_over_and_known(given_, bounds):
    verdict = judged(given_, bounds)
    assert (verdict is Verdict.PASSES) <= (given_.is_over and given_.is_whole)
    assert not (verdict is Verdict.WAITS and given_.is_over and given_.is_whole)


@given(evidence, st.sampled_from(BOTH))
def test_known_acknowledgements_never_claim_the_floor_unless_asked_for(given_, bounds):
    known = replace(
        given_, words=Words.ACKNOWLEDGEMENT, words_ms=given_.lasted_ms, is_expected=False
    )
    assert judged(replace(known, waited_ms=0), bounds) is not Verdict.CLAIMS
    assert judged(replace(known, is_whole=True), bounds) is not Verdict.CLAIMS
