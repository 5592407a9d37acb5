"""Any WAV file, cut anywhere, is read to the sample; what is none is said why."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.audio.any_rate import to_telephone
from agents.speech.audio.wav import (
    MAX_CHUNKS,
    MAX_HEADER_BYTES,
    NotReadable,
    WavReader,
    alaw_to_pcm16,
)
from testing.sound import audio
from testing.sound.wav_files import ALAW, MULAW, chunk, encoded, layout, stereo, wav

PCM = audio.pcm(50)
LISTED = chunk(b"LIST", b"odd")


def read(data, size=0):
    """The samples, with the file pushed in pieces of `size` bytes, and the reader."""
    reader = WavReader()
    pieces = audio.pieces(data, size or len(data))
    return b"".join(reader.push(piece) for piece in pieces), reader


FILES = {
    "plain": wav(PCM),
    "8 bits": wav(encoded(PCM, 1, 8), bits=8),
    "24 bits": wav(encoded(PCM, 1, 24), bits=24),
    "32 bits": wav(encoded(PCM, 1, 32), bits=32),
    "floats": wav(encoded(PCM, 3, 32), 3, bits=32),
    "doubles": wav(encoded(PCM, 3, 64), 3, bits=64),
    "wide": wav(encoded(PCM, 3, 32), 3, bits=32, wide=True),
    "stereo": wav(stereo(PCM), channels=2),
    "no length": wav(PCM, size=0),
    "endless": wav(PCM, size=0xFFFFFFFF),
    "too short a length": wav(PCM, size=100),
    "a length of half a sample": wav(PCM, size=1),
    "chunks around": wav(PCM, before=LISTED, after=LISTED),
    "padding left out": wav(PCM, before=chunk(b"LIST", b"odd", pad=False)),
    "nonsense behind": wav(PCM, after=b"\0and so on, for a while"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [0, 1, 7, 1000])
def test_every_kind_of_file_gives_the_same_samples(name, size):
    samples, reader = read(FILES[name], size)
    assert reader.rate == audio.RATE
    got, sent = (np.frombuffer(each, "<i2").astype(int) for each in (samples, PCM))
    # What follows a length that was too short belongs to the sound, as far as can be known.
    assert abs(len(got) - len(sent)) <= (12 if name == "nonsense behind" else 0)
    assert np.abs(got[: len(sent)] - sent).max() <= (255 if name == "8 bits" else 1)


@given(cuts=st.lists(st.integers(0, 5_000), max_size=12), name=st.sampled_from(sorted(FILES)))
def test_cuts_change_nothing(cuts, name):
    data, reader = FILES[name], WavReader()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    read_in_pieces = b"".join(reader.push(data[a:b]) for a, b in pairwise(edges))
    assert read_in_pieces == read(data)[0]


# By ITU-T G.711: the code of the faintest and of the loudest sample, on both sides of zero.
CODES = {
    MULAW: {0xFF: 0, 0x7F: 0, 0x80: 32_124, 0x00: -32_124},
    ALAW: {0xD5: 8, 0x55: -8, 0xAA: 32_256, 0x2A: -32_256},
}


@pytest.mark.parametrize("kind", CODES)
def test_files_of_the_telephone_are_read_by_its_codes(kind):
    samples, reader = read(wav(bytes(CODES[kind]), kind, 8_000, bits=8))
    assert reader.rate == 8_000
    assert np.frombuffer(samples, "<i2").tolist() == list(CODES[kind].values())


def test_codes_without_a_file_are_read_by_the_same_table():
    assert np.frombuffer(alaw_to_pcm16(bytes(CODES[ALAW])), "<i2").tolist() == [
        *CODES[ALAW].values()
    ]


def test_two_files_in_a_row_are_one_sound():
    samples, _ = read(wav(PCM) + wav(PCM))
    assert samples == PCM + PCM


@given(data=st.binary(max_size=400))
def test_nothing_but_one_error_comes_of_any_bytes(data):
    for begin in (b"", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVE" + layout(1, 24_000)):
        try:
            read(begin + data, 13)
        except NotReadable:
            continue


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"OggS" + bytes(40), "does not begin"),
        (wav(PCM, 2, bits=4), "format is 2"),
        (wav(PCM, 0x55), "format is 85"),
        (wav(PCM, rate=0), "0 Hz"),
        (wav(PCM, rate=3_000_000), "3000000 Hz"),
        (wav(PCM, channels=0), "0 channels"),
        (wav(PCM, channels=99), "99 channels"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"data", PCM), "before their format"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"\1\0"), "cut short"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", bytes((0xFE, 0xFF)) + bytes(14)), "0 channels"),
        (b"RIFF\0\0\0\0WAVEJUNK\xff\xff\xff\x7f", "no samples"),
        (wav(PCM) + wav(PCM, rate=8_000), "changes"),
    ],
)
def test_what_cannot_be_played_is_said_why(data, why):
    with pytest.raises(NotReadable, match=why):
        read(data)


def test_a_header_without_an_end_takes_no_memory():
    with pytest.raises(NotReadable, match="no samples"):
        read(b"RIFF\0\0\0\0WAVE" + chunk(b"JUNK", bytes(MAX_HEADER_BYTES // 10)) * 100, 4_096)


@pytest.mark.parametrize("rate", [4_000, 6_000, 8_000, 17_321, 44_100, 96_000, 192_000])
def test_any_rate_becomes_the_telephones(rate):
    stream = to_telephone(rate)
    sound = audio.pcm(1_000, rate)
    heard = b"".join(stream.push(piece) for piece in audio.pieces(sound, 777)) + stream.flush()
    assert len(heard) == pytest.approx(8_000, abs=2)


# The bits of a signalling NaN, of a quiet one, and of both infinities.
@pytest.mark.parametrize("bits", ["010080ff", "0000c07f", "0000807f", "000080ff"])
def test_floats_that_are_no_number_are_read_without_a_warning(bits):
    heard, _reader = read(wav(bytes.fromhex(bits) * 400, 3, bits=32))
    assert len(heard) == 2 * 400


def test_chunks_without_end_are_read_to_a_bound():
    empty = chunk(b"JUNK", b"") * (MAX_CHUNKS + 10)
    with pytest.raises(NotReadable):
        read(wav(PCM, before=empty))
    short = chunk(b"data", PCM[:2]) * (MAX_CHUNKS + 10)
    samples, _reader = read(wav(PCM, after=short))  # of what is too much the beginning is heard
    assert samples.startswith(PCM)
    assert len(samples) < len(PCM) + 2 * MAX_CHUNKS


@pytest.mark.parametrize("piece", [1, 7, 4_096])
def test_a_file_for_each_piece_that_tells_no_length_is_read(piece):
    samples = bytes(range(256)) * 4 + b"RIFF" + bytes(12) + b"RI"
    body = wav(samples, size=0xFFFFFFFF) + wav(samples, size=0) + wav(samples, size=0xFFFFFFFF)
    reader = WavReader()
    read = [reader.push(body[at : at + piece]) for at in range(0, len(body), piece)]
    assert b"".join(read)[: 3 * len(samples) - 4] == (samples * 3)[: 3 * len(samples) - 4]
