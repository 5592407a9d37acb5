"""The resampler: no seam at any cut, no alias, a flat telephone band, little delay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.speech.audio import mulaw
from agents.speech.audio.resample import ToTelephone, mulaw_to_pcm16k, pcm_to_mulaw

RATES = [8000, 11025, 16000, 22050, 24000, 44100, 48000]


def tone(hz: float, rate: int, *, seconds: float = 0.5) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)


def loudness_db(audio: bytes) -> float:
    """Against the tone that went in; the ends, where the filter fills, are left out."""
    samples = mulaw.decode(audio)[200:-200] / 32768.0
    return 10 * np.log10(np.mean(samples**2) / np.mean(tone(1000, 8000) ** 2) + 1e-12)


def noise(rate: int, samples: int) -> bytes:
    loud = np.random.default_rng(1).normal(0, 9000, samples)
    return loud.clip(-32768, 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [300, 1000, 2500, 3400])
def test_the_telephone_band_passes_unchanged(rate, hz):
    assert abs(loudness_db(pcm_to_mulaw(tone(hz, rate), rate))) < 0.3


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 8000])
@pytest.mark.parametrize("hz", [4050, 4400, 5000, 5400])
def test_what_would_fold_back_is_gone(rate, hz):
    # 45 dB down is below what mu-law's own steps add to the tone.
    assert loudness_db(pcm_to_mulaw(tone(hz, rate), rate)) < -45


@pytest.mark.parametrize("rate", RATES)
@settings(max_examples=20)
@given(cuts=st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_any_chunks_give_the_bytes_of_one_chunk(rate, cuts):
    pcm = noise(rate, 1500)
    whole = ToTelephone(rate)
    expected = whole.push(pcm) + whole.flush()

    stream = ToTelephone(rate)
    heard, begin = b"", 0
    for length in cuts:  # odd lengths cut inside a sample
        heard += stream.push(pcm[begin : begin + length])
        begin += length
    heard += stream.push(pcm[begin:]) + stream.flush()
    assert heard == expected


@pytest.mark.parametrize("rate", RATES)
def test_a_second_in_is_a_second_out_and_at_most_5_ms_are_held_back(rate):
    stream = ToTelephone(rate)
    at_once = stream.push(noise(rate, rate))
    assert len(at_once) >= 8000 - 40
    assert len(at_once) + len(stream.flush()) == 8000


@pytest.mark.parametrize("rate", RATES)
def test_a_click_comes_out_where_it_went_in(rate):
    samples = np.zeros(rate // 2, dtype=np.float32)
    samples[rate // 4] = 1.0
    heard = np.abs(mulaw.decode(pcm_to_mulaw(samples, rate)).astype(np.int32))
    assert abs(int(heard.argmax()) - 2000) <= 1


def test_an_empty_stream_stays_empty():
    stream = ToTelephone(24_000)
    assert stream.push(b"") + stream.flush() == b""


def test_a_rate_below_the_telephones_is_refused():
    with pytest.raises(ValueError, match="4000 Hz"):
        ToTelephone(4000)


def test_an_utterance_for_speech_to_text_doubles_its_samples_and_keeps_its_tone():
    audio = pcm_to_mulaw(tone(1000, 8000), 8000)
    samples = mulaw_to_pcm16k(audio)
    assert samples.dtype == np.float32
    assert len(samples) == 2 * len(audio)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * 16_000 / len(samples) == pytest.approx(1000, abs=2)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.02)
