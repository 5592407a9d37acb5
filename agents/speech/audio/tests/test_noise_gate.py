"""The gate in front of the voice detector: steady noise is known, whatever stands out is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.audio.noise_gate import INAUDIBLE_DB, LEARNED_WINDOWS, NoiseGate, level_db


def learned(levels):
    gate = NoiseGate()
    for level in levels:
        gate.learn(level)
    return gate


def noise_windows(level, count=200, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, level, (count, 256)).astype(np.float32)


@pytest.mark.parametrize("level", [0.001, 0.003, 0.01])
def test_most_windows_of_steady_noise_are_plain(level):
    levels = level_db(noise_windows(level))
    gate = learned(levels[:100])
    plain = list(map(gate.is_plain_noise, levels[100:]))
    assert np.mean(plain) > 0.55


@pytest.mark.parametrize("level", [0.03, 0.3])
def test_noise_as_loud_as_voices_is_never_plain(level):
    levels = level_db(noise_windows(level))
    gate = learned(levels[:100])
    assert not any(map(gate.is_plain_noise, levels[100:]))


@pytest.mark.parametrize("level", [0.001, 0.003, 0.01])
def test_a_sound_as_loud_as_the_noise_is_not_plain(level):
    noise = noise_windows(level)
    gate = learned(level_db(noise[:100]))
    sound = level_db(noise[100:] + noise_windows(level, count=100, seed=1))
    assert not any(map(gate.is_plain_noise, sound))


def test_hum_below_the_voice_says_nothing_about_speech():
    time = np.arange(256, dtype=np.float32) / 8000
    hum = 0.1 * np.sin(2 * np.pi * 50 * time)[np.newaxis, :]
    voice = 0.1 * np.sin(2 * np.pi * 800 * time)[np.newaxis, :]
    assert level_db(voice)[0] - level_db(hum)[0] > 20


def test_digital_silence_is_plain_from_the_first_window():
    silence = np.zeros((1, 256), dtype=np.float32)
    assert NoiseGate().is_plain_noise(level_db(silence)[0])


def test_nothing_audible_is_plain_before_the_noise_is_known():
    gate = learned([-40.0] * (LEARNED_WINDOWS - 1))
    assert not gate.is_plain_noise(-40.0)
    gate.learn(-40.0)
    assert gate.is_plain_noise(-40.0)


def test_noise_that_grows_is_learned_in_seconds():
    gate = learned([-50.0] * 100)
    assert not gate.is_plain_noise(-40.0)
    for _ in range(200):
        gate.learn(-40.0)
    assert gate.is_plain_noise(-40.0)


LEVELS = st.lists(st.floats(-90, 0, width=32), min_size=LEARNED_WINDOWS, max_size=200)


@given(levels=LEVELS, level=st.floats(-90, 0, width=32), lift=st.floats(0, 60, width=32))
def test_louder_is_never_plainer(levels, level, lift):
    gate = learned(levels)
    assert not gate.is_plain_noise(level + lift) or gate.is_plain_noise(level)


@given(levels=LEVELS)
def test_what_is_louder_than_everything_before_by_all_its_spread_is_never_plain(levels):
    gate = learned(levels)
    loudest, spread = max(levels), max(levels) - min(levels)
    level = max(loudest + spread + 1.0, INAUDIBLE_DB + 1.0)
    assert not gate.is_plain_noise(level)
