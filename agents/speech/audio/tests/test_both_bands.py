"""Sound in both bands: the telephone's own bytes, and beside them the moments with all above."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.speech.audio import mulaw
from agents.speech.audio.any_rate import to_telephone
from agents.speech.audio.both_bands import BothBands, joined, part, pcm_to_both, to_both, wide_of
from agents.speech.audio.resample import pcm16_of
from testing.sound.audio import loudness_at, tones

RATES = (11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 17_317)


def made(rate: int, pcm: bytes) -> bytes:
    stream = to_both(rate)
    return joined((stream.push(pcm), stream.flush()))


@pytest.mark.parametrize("rate", RATES)
def test_what_is_above_the_telephones_band_is_beside_its_bytes_and_nowhere_in_them(rate):
    high = 6000 if rate >= 16_000 else 4500
    pcm = tones(500, 1000, high, rate=rate)
    sound = made(rate, pcm)
    telephone = to_telephone(rate)
    assert bytes(sound) == telephone.push(pcm) + telephone.flush()
    wide = np.frombuffer(wide_of(sound), dtype="<i2")
    assert len(wide) == 2 * len(sound)
    for hz in (1000, high):
        assert loudness_at(hz, wide, 16_000) == pytest.approx(5000, rel=0.05)
    narrow = mulaw.decode(sound)
    assert loudness_at(1000, narrow, 8000) == pytest.approx(5000, rel=0.05)
    assert loudness_at(8000 - high, narrow, 8000) < 50  # where it would fold back


def test_both_are_of_the_same_moments():
    click = np.zeros(12_000, dtype="<i2")
    click[6000] = 20_000  # a quarter of a second in
    sound = made(24_000, click.tobytes())
    wide = np.frombuffer(wide_of(sound), dtype="<i2").astype(np.int32)
    assert np.abs(mulaw.decode(sound).astype(np.int32)).argmax() == 2000
    assert np.abs(wide).argmax() == 4000


def test_a_voice_without_more_than_the_telephones_band_has_its_bytes_alone():
    sound = made(8000, tones(500, 1000, 3000, rate=8000))
    assert sound
    assert wide_of(sound) == b""


@settings(max_examples=20)
@given(st.lists(st.integers(1, 9000), max_size=6), st.sampled_from([16_000, 22_050, 24_000]))
def test_cuts_change_no_byte_of_either(cuts, rate):
    pcm = tones(500, 1000, 6000, rate=rate)
    stream, chunks, begin = to_both(rate), [], 0
    for length in cuts:
        chunks.append(stream.push(pcm[begin : begin + length]))
        begin += length
    chunks += [stream.push(pcm[begin:]), stream.flush()]
    assert joined(chunks) == made(rate, pcm)
    assert wide_of(joined(chunks)) == wide_of(made(rate, pcm))


def test_parts_have_the_bands_of_the_whole():
    sound = BothBands(bytes(range(8)), bytes(range(32)))
    assert wide_of(part(sound, 2, 5)) == bytes(range(8, 20))
    assert part(sound, 6, 100) == b"\6\7"
    assert wide_of(part(sound, 6, 100)) == bytes(range(24, 32))
    assert wide_of(joined((part(sound, 0, 3), b"", part(sound, 3, 8)))) == sound.wide
    assert wide_of(joined((sound, b"\xff"))) == b""  # of the last nothing more is known
    assert wide_of(sound[2:5]) == b""
    with pytest.raises(ValueError, match="beside"):
        BothBands(b"\xff", b"\0\0")


def test_a_whole_piece_of_audio_is_in_both_bands():
    pcm = np.frombuffer(tones(500, 6000, rate=24_000), dtype="<i2")
    samples = pcm.astype(np.float32) / 32_768
    whole, pushed = pcm_to_both(samples, 24_000), made(24_000, pcm16_of(samples))
    assert whole == pushed
    assert wide_of(whole) == wide_of(pushed) != b""
