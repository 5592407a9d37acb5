"""The tones of keys."""

import numpy as np
import pytest

from agents.speech.audio import mulaw
from agents.speech.audio.dtmf import GAP_MS, KEYS, TONE_MS, WAIT_MS, tones

PAIRS = {
    "1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "4": (770, 1209), "5": (770, 1336),
    "6": (770, 1477), "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "*": (941, 1209),
    "0": (941, 1336), "#": (941, 1477),
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_two_tones(key):
    samples = mulaw.decode(tones(key)[: 8 * TONE_MS]).astype(float)
    strength = np.abs(np.fft.rfft(samples, 8000))
    loudest = sorted(
        {697, 770, 852, 941, 1209, 1336, 1477}, key=lambda hertz: -float(strength[hertz])
    )
    assert tuple(sorted(loudest[:2])) == PAIRS[key]
    assert np.abs(samples).max() < 20_000


def test_keys_follow_one_another_with_a_gap_and_others_are_left_out():
    assert len(tones("12x")) == 2 * 8 * (TONE_MS + GAP_MS)
    assert set(tones("w")) == {mulaw.SILENCE}
    assert len(tones("w")) == 8 * WAIT_MS
    assert tones("") == b""
