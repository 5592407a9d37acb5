"""The telephone's sound at 16 kHz: no seam, nothing added above its band, hardly late."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.speech.audio import mulaw
from agents.speech.audio.wideband import RATE, ToWideband

HELD_BACK = 32  # samples at 16 kHz: 2 ms


def tone(hz: float, rate: int) -> np.ndarray:
    return 8000 * np.sin(2 * np.pi * hz * np.arange(rate // 2) / rate)


def widened(hz: float) -> np.ndarray:
    audio = mulaw.encode(tone(hz, mulaw.RATE).astype(np.int16))
    return np.frombuffer(ToWideband().push(audio), dtype="<i2")


@pytest.mark.parametrize("hz", [300, 1000, 2500, 3400])
def test_a_tone_stays_what_it_is(hz):
    late = tone(hz, RATE)[:-HELD_BACK]
    error = widened(hz)[HELD_BACK:] - late
    # 25 dB: mu-law's own steps lie at about 36 dB below a tone.
    assert np.mean(error[500:-500] ** 2) < np.mean(late**2) / 300


@pytest.mark.parametrize("hz", [300, 1000, 2500, 3000])
def test_no_image_of_a_tone_is_added_above_the_telephones_band(hz):
    spectrum = np.abs(np.fft.rfft(widened(hz)[100:] * np.hanning(len(widened(hz)) - 100)))
    per_hz = len(spectrum) / (RATE / 2)
    image = spectrum[int((mulaw.RATE - hz - 20) * per_hz) : int((mulaw.RATE - hz + 20) * per_hz)]
    assert image.max() < spectrum.max() / 300  # 50 dB


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=2000), st.lists(st.integers(1, 400), max_size=8))
def test_any_chunks_give_the_samples_of_one_chunk(audio, cuts):
    stream, heard, begin = ToWideband(), b"", 0
    for length in cuts:
        heard += stream.push(audio[begin : begin + length])
        begin += length
    heard += stream.push(audio[begin:])
    assert heard == ToWideband().push(audio)
    assert len(heard) == 4 * len(audio)


def test_nothing_in_is_nothing_out():
    assert ToWideband().push(b"") == b""


def test_a_moment_with_pcm_beside_it_is_that_and_any_other_is_widened():
    audio = mulaw.encode(tone(1000, mulaw.RATE).astype(np.int16))
    beside = np.arange(1, 2 * len(audio) + 1, dtype="<i2").tobytes()
    cuts = [(0, 7, True), (7, 400, False), (400, 405, True), (405, 406, False), (406, 2000, True)]
    stream, heard = ToWideband(), b""
    for begin, end, is_wide in cuts:
        wide = beside[4 * begin : 4 * end] if is_wide else b""
        heard += stream.push(audio[begin:end], wide)
    heard += stream.push(bytes([mulaw.SILENCE]) * 16)  # the last 2 ms
    late = np.frombuffer(heard, dtype="<i2")[HELD_BACK:]
    widened_alone = np.frombuffer(ToWideband().push(audio), dtype="<i2")[HELD_BACK:]
    expected = np.frombuffer(beside, dtype="<i2")[: 2 * 2000].copy()
    for begin, end, is_wide in cuts:
        if not is_wide:
            expected[2 * begin : 2 * end] = widened_alone[2 * begin : 2 * end]
    assert np.array_equal(late, expected)
