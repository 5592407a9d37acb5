"""The log-mel spectrogram, against Whisper's own at 16 kHz."""

import numpy as np
import pytest
import soxr

from agents.speech.audio.log_mel import BANDS, log_mel

HALF_A_SECOND = 4_000
TELEPHONE = 58  # bands below 3.5 kHz; in those around 4 kHz a resampler's slope shows


def voice(seconds=2.0, seed=1):
    """Harmonics that glide and swell, with some noise: (8 kHz, -1 to 1)."""
    at = np.arange(int(seconds * 8_000)) / 8_000
    pitch = 2 * np.pi * np.cumsum(120 + 30 * np.sin(3 * at)) / 8_000
    tones = sum(np.sin(number * pitch) / number for number in range(1, 20))
    noise = np.random.default_rng(seed).normal(0, 0.02, len(at))
    return ((tones * (0.5 + 0.4 * np.sin(9 * at)) + noise) / 4).astype(np.float32)


def whispers_own(samples):
    """By the definition, a window at a time. samples: 16 kHz."""
    samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    padded = np.pad(samples.astype(np.float64), 200, mode="reflect")
    mels = np.linspace(0, 15 + np.log(8) * 27 / np.log(6.4), BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1_000 * np.exp((mels - 15) * np.log(6.4) / 27))
    hertz = np.fft.rfftfreq(400, 1 / 16_000)
    columns = []
    for begin in range(0, len(samples), 160):
        window = padded[begin : begin + 400] * np.hanning(401)[:-1]
        power = np.abs(np.fft.rfft(window)) ** 2
        bands = [
            power @ np.interp(hertz, (low, middle, high), (0, 2 / (high - low), 0))
            for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False)
        ]
        columns.append(np.log10(np.maximum(bands, 1e-10)))
    decades = np.array(columns).T
    return (np.maximum(decades, decades.max() - 8) + 4) / 4


def test_it_is_whispers_spectrogram_without_resampling():
    samples = voice()
    expected = whispers_own(soxr.resample(samples, 8_000, 16_000, quality="HQ"))
    found = log_mel(samples)
    assert found.shape == expected.shape == (BANDS, 200)
    apart = np.abs(found - expected)[:, 2:-2]  # at its edges a resampler rings
    assert apart[:TELEPHONE].max() < 0.02
    assert apart.mean() < 0.005


def test_the_level_of_the_line_makes_no_difference():
    np.testing.assert_allclose(log_mel(voice()), log_mel(voice() / 50), atol=2e-3)


def test_silence_is_finite():
    assert np.isfinite(log_mel(np.zeros(HALF_A_SECOND, np.float32))).all()


@pytest.mark.parametrize("silent", [0, 99, 100, 101, 179, 180, 181, 3_000])
def test_silence_before_a_sound_is_computed_once_and_comes_out_alike(silent):
    filled = np.concatenate((np.zeros(silent, np.float32), voice()))
    all_computed = filled.copy()
    all_computed[0] = all_computed[0] or 1e-30
    np.testing.assert_allclose(log_mel(filled), log_mel(all_computed), atol=1e-5)
