"""Silence in a voice: what of it is given, and when the voice is over."""

import numpy as np

from agents.engines.sound.stillness import ENDS_BEHIND, MOST_BEHIND, MOST_WITHIN, Stillness
from agents.speech.audio import mulaw
from agents.speech.audio.both_bands import BothBands, wide_of
from testing.odd_answers.speech import tone_mulaw

VOICE = tone_mulaw(1_000)
STILL = mulaw.encode(np.zeros(8_000, dtype="<i2"))  # a second
SHORT, LONG = "We open.", "x" * 60


def given(*chunks, text=SHORT):
    stillness = Stillness(text)
    return b"".join(map(stillness.push, chunks)), stillness


def test_a_pause_as_people_make_it_is_given_as_it_came():
    for still in (STILL[:1_000], STILL):
        got, _ = given(VOICE, still, VOICE)
        assert got == VOICE + still + VOICE


def test_a_long_pause_is_given_as_long_as_people_pause():
    got, _ = given(VOICE, *[STILL] * 4, VOICE, text=LONG)
    assert got == VOICE + (STILL * 2)[:MOST_WITHIN] + VOICE


def test_behind_the_last_sound_less_is_given():
    assert given(VOICE, STILL, STILL)[0] == VOICE + STILL[:MOST_BEHIND]


def test_it_is_the_same_however_it_is_cut():
    whole = VOICE + STILL * 3 + VOICE + STILL
    pieces = [whole[at : at + 1_200] for at in range(0, len(whole), 1_200)]
    assert given(*pieces)[0] == given(whole)[0]


def test_a_voice_is_over_behind_seconds_of_silence_once_its_text_can_be_said():
    most = ENDS_BEHIND // len(STILL)
    assert not given(VOICE, *[STILL] * (most - 1))[1].is_over
    assert given(VOICE, *[STILL] * most)[1].is_over
    assert not given(VOICE, *[STILL] * (most + 3), text=LONG)[1].is_over


def test_both_bands_are_shortened_together():
    wide = [BothBands(each, bytes(4 * len(each))) for each in (VOICE, STILL, STILL, VOICE)]
    got = [Stillness(LONG).push(each) for each in wide]
    assert [len(wide_of(each)) for each in got] == [4 * len(each) for each in got]
