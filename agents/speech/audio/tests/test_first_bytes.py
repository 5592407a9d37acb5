"""What an answer is, by its name and its first bytes; and what is a voice at all."""

import numpy as np
import pytest

from agents.speech.audio import mulaw
from agents.speech.audio.first_bytes import (
    ROUGH_MOMENT,
    Declared,
    SoundKind,
    declared,
    is_binary,
    is_noise,
    is_offset,
    is_sound,
    kind_by_bytes,
)
from agents.speech.audio.resample import ToTelephone
from testing.sound import audio
from testing.sound.speech import recorded_people_or_skip
from testing.sound.wav_files import encoded, wav


def tone(milliseconds):
    return audio.in_format("mulaw", milliseconds)[0]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("audio/wav", Declared(SoundKind.WAV)),
        ("Audio/X-WAV; charset=binary", Declared(SoundKind.WAV)),
        ("audio/vnd.wave", Declared(SoundKind.WAV)),
        ("audio/mpeg", Declared(SoundKind.MP3)),
        ("audio/pcm;rate=16000", Declared(SoundKind.PCM, 16_000)),
        ("audio/L16; rate=8000; channels=1", Declared(SoundKind.PCM, 8_000)),
        ("audio/pcm;rate=999999", Declared(SoundKind.PCM)),
        ("audio/basic", Declared(SoundKind.MULAW)),
        ("audio/PCMA;rate=8000", Declared(SoundKind.ALAW, 8_000)),
        ("application/json; charset=utf-8", Declared(SoundKind.NO_SOUND)),
        ("application/problem+json", Declared(SoundKind.NO_SOUND)),
        ("text/html", Declared(SoundKind.NO_SOUND)),
        ("image/png", Declared(SoundKind.NO_SOUND)),
        ("application/octet-stream", Declared(None)),
        ("audio/something-new", Declared(None)),
        ("", Declared(None)),
        (";;;", Declared(None)),
    ],
)
def test_a_content_type_says_what_it_can(content_type, expected):
    assert declared(content_type) == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (wav(audio.pcm(100)), SoundKind.WAV),
        (b"ID3\4\0\0\0\0\0\x22TSSE", SoundKind.MP3),
        (b"OggS\0\2" + bytes(50), SoundKind.OGG),
        (b"FORM\0\0\1\0AIFFCOMM", SoundKind.AIFF),
        (b"FORM\0\0\1\0ILBMBMHD", SoundKind.NO_SOUND),
        (b"fLaC\0\0\0\x22" + bytes(50), SoundKind.FLAC),
        (b"\0\0\0\x20ftypM4A " + bytes(50), SoundKind.NO_SOUND),
        (b'  \r\n{"error": 1}', SoundKind.NO_SOUND),
        (b"\xef\xbb\xbf<html>", SoundKind.NO_SOUND),
        ("Fehler: zu viele Anfragen für diese Stimme".encode(), SoundKind.NO_SOUND),
        ("错误 模型尚未加载，请稍后再试一次".encode()[:31], SoundKind.NO_SOUND),
        (audio.pcm(100)[:64], None),
        (tone(100)[:64], None),
        (bytes(64), None),
        (b"\xff" * 64, None),
        (b"\x7e\x7d\x7b\x7d" * 16, None),  # faint mu-law, which could be read as letters
        (b"\x01", None),
        (b"", None),
    ],
)
def test_the_first_bytes_say_what_an_answer_is(first, expected):
    assert kind_by_bytes(first) is expected


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100])
def test_frames_without_a_tag_are_mp3_or_aac(rate):
    bare = ("-write_xing", "0", "-id3v2_version", "0", "-ar", str(rate))
    assert kind_by_bytes(audio.compressed(900, "mp3", *bare)[:2_048]) is SoundKind.MP3
    aac = audio.compressed(900, "adts", "-c:a", "aac", "-ar", str(rate))
    assert kind_by_bytes(aac[:2_048]) is SoundKind.AAC


def test_samples_that_begin_like_a_frame_are_samples():
    assert kind_by_bytes(b"\xff\xfb\x90\x64" + audio.pcm(100)) is None
    assert kind_by_bytes(b"\xff\xf1\x50\x80" + audio.pcm(100)) is None


def as_pcm(data):
    """`data` as it would be heard if it were taken for samples."""
    telephone = ToTelephone(24_000)
    return telephone.push(data) + telephone.flush()


NO_SOUNDS = {
    "mp3": lambda: audio.mp3(2_000),
    "json": lambda: b'{"error": {"message": "' + b"voice not found " * 900 + b'"}}',
    "html": lambda: b"<!doctype html>" + b"<p>Bad Gateway</p>" * 900,
    "floats": lambda: encoded(audio.pcm(1_000), 3, 32),
    "mulaw": lambda: tone(1_000),
    "flac": lambda: audio.compressed(2_000, "flac"),
    "silence": lambda: bytes(48_000),
    "short": lambda: audio.pcm(30),
    "nothing": bytes,
}


@pytest.mark.parametrize("make", NO_SOUNDS.values(), ids=NO_SOUNDS)
def test_what_was_taken_for_samples_is_no_sound(make):
    assert not is_sound(as_pcm(make()))


def test_voices_are_sound():
    assert is_sound(tone(500))
    assert is_sound(as_pcm(audio.pcm(500)))


def test_recorded_people_are_sound_as_they_are_and_loud():
    for person in recorded_people_or_skip():
        samples = mulaw.decode(person.audio()).astype(np.float64)
        louder = samples * (30_000 / np.abs(samples).max())
        assert is_sound(person.audio())
        assert is_sound(mulaw.encode(louder.astype(np.int16)))
        pieces = louder[: len(louder) // 640 * 640].reshape(-1, 640).astype(np.int16)
        assert not any(is_noise(piece, ROUGH_MOMENT) for piece in pieces)


def test_a_sample_alone_is_neither_noise_nor_off_the_middle():
    for samples in (np.zeros(0, np.int16), np.array([32_000], np.int16)):
        assert not is_noise(samples)
        assert not is_offset(samples)


def test_channels_of_raw_samples_and_webm_are_declared():
    assert declared("audio/L16; rate=44100; channels=2") == Declared(SoundKind.PCM, 44_100, 2)
    assert declared("audio/pcm; channels=99").channels == 1
    assert declared("video/webm; codecs=opus").kind is SoundKind.WEBM


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (b'{"error": "no voice"}', False),
        ("Zu früh\r\n".encode("utf-16"), False),
        (audio.mp3(100)[:64], True),
        (bytes(64), True),
        (b"\xff" * 64, True),
        (b"\1\2\3 and a long text that is longer than what is looked at", False),
    ],
)
def test_what_no_text_begins_with_is_binary(first, expected):
    assert is_binary(first) is expected
