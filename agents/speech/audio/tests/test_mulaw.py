"""mu-law against the values of ITU-T G.711."""

import numpy as np
import pytest

from agents.speech.audio import mulaw

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_CODE = bytes(range(256))


@pytest.mark.parametrize(
    ("code", "sample"),
    [  # the ends, the zeros and the segment edges of G.711's table 2a, times 4
        (0x80, 32124),
        (0x8F, 16764),
        (0x90, 15996),
        (0xA0, 7932),
        (0xBF, 1980),
        (0xEF, 132),
        (0xF0, 120),
        (0xFE, 8),
        (0xFF, 0),
        (0x7F, 0),
        (0x7E, -8),
        (0x00, -32124),
    ],
)
def test_codes_decode_to_the_values_of_the_standard(code, sample):
    assert mulaw.decode(bytes([code])).tolist() == [sample]


@pytest.mark.parametrize(
    ("sample", "code"),
    [(0, 0xFF), (8, 0xFE), (-8, 0x7E), (32767, 0x80), (-32768, 0x00), (1000, 0xCE), (-1000, 0x4E)],
)
def test_samples_encode_to_the_codes_of_the_standard(sample, code):
    assert mulaw.encode(np.array([sample], dtype=np.int16)) == bytes([code])


def test_every_code_survives_the_round_trip_but_negative_zero():
    survived = mulaw.encode(mulaw.decode(EVERY_CODE))
    assert survived == EVERY_CODE.replace(b"\x7f", b"\xff")


def test_louder_in_is_never_quieter_out():
    heard = mulaw.decode(mulaw.encode(EVERY_SAMPLE)).astype(np.int32)
    assert (np.diff(heard) >= 0).all()


def test_the_error_is_within_half_a_step_of_the_segment():
    inside = EVERY_SAMPLE[np.abs(EVERY_SAMPLE.astype(np.int32)) <= 32635].astype(np.int32)
    heard = mulaw.decode(mulaw.encode(inside.astype(np.int16))).astype(np.int32)
    # A step is 1/16 of its segment, whose lower edge (bias included) is at most the value.
    assert (np.abs(heard - inside) <= (np.abs(inside) + 132) / 32).all()


def test_digital_silence_is_silent():
    assert not mulaw.decode(bytes([mulaw.SILENCE]) * 160).any()


def test_samples_between_minus_one_and_one_are_the_same_samples():
    pcm16 = mulaw.decode(EVERY_CODE)
    assert (mulaw.decode_unit(EVERY_CODE) * 32768 == pcm16).all()
