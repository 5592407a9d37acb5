"""The WAV file that a recording is served as."""

import pytest

from agents.speech.audio import mulaw
from telephony.simulator.sound.wav_file import read_wav
from telephony.stored import wav
from telephony.stored.wav import ByteRange, RangeNotSatisfiable, wanted_range


def test_the_header_says_what_follows():
    sound = bytes(range(256)) * 2
    header = wav.header(len(sound))
    assert len(header) == wav.HEADER_BYTES
    samples, rate = read_wav(header + sound)
    assert (len(samples), rate) == (256, 8000)
    assert int.from_bytes(header[4:8], "little") == len(header) + len(sound) - 8
    assert abs(samples).max() <= abs(mulaw.decode(sound).astype(float)).max() / 32768


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bytes=0-", ByteRange(0, 999)),
        ("bytes=0-1", ByteRange(0, 1)),
        ("bytes=10-5000", ByteRange(10, 999)),
        ("bytes=999-", ByteRange(999, 999)),
        ("bytes=-100", ByteRange(900, 999)),
        ("bytes=-5000", ByteRange(0, 999)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-1", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=٣-", None),
    ],
)
def test_a_range_is_what_the_player_asked_for_and_fits(text, found):
    assert wanted_range(text, size=1000) == found


@pytest.mark.parametrize("text", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_outside_of_the_file_is_refused(text):
    with pytest.raises(RangeNotSatisfiable):
        wanted_range(text, size=1000)
