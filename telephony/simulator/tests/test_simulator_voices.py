"""A caller's voice: recordings of any kind, and text in a voice of its own."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from agents.speech.audio import mulaw
from telephony.simulator.sound.loudness import FRAME_BYTES, voiced_span
from telephony.simulator.sound.utterance import LINE_NOISE, utterance
from telephony.simulator.sound.voices import another_person, recorded, spoken
from telephony.simulator.sound.wav_file import UnreadableAudio, read_wav
from testing.twilio.carrier_server import silence, tone

SECOND = np.sin(np.arange(16000) * 2 * np.pi * 300 / 16000) * 0.5


def riff(form: bytes, data: bytes, *, before: bytes = b"") -> bytes:
    chunks = before + struct.pack("<4sI", b"fmt ", len(form)) + form
    chunks += struct.pack("<4sI", b"data", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def form(tag: int, bits: int, *, channels: int = 1, rate: int = 16000) -> bytes:
    width = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits)


def pitch_hz(samples: np.ndarray, rate: int) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * rate / len(samples))


@pytest.mark.parametrize(
    ("tag", "bits", "data"),
    [
        (1, 8, (SECOND * 127 + 128).astype(np.uint8).tobytes()),
        (1, 16, (SECOND * 32767).astype("<i2").tobytes()),
        (
            1,
            24,
            (SECOND * 8388607).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes(),
        ),
        (1, 32, (SECOND * 2147483647).astype("<i4").tobytes()),
        (3, 32, SECOND.astype("<f4").tobytes()),
        (3, 64, SECOND.astype("<f8").tobytes()),
        (7, 8, mulaw.encode((SECOND * 32767).astype(np.int16))),
    ],
)
def test_every_common_sample_format_is_read(tag: int, bits: int, data: bytes) -> None:
    samples, rate = read_wav(riff(form(tag, bits), data))

    assert rate == 16000
    assert samples == pytest.approx(SECOND, abs=0.02)


def test_stereo_is_mixed_and_chunks_in_between_are_passed_over() -> None:
    both = np.stack([SECOND, np.zeros_like(SECOND)], axis=1)
    data = (both * 32767).astype("<i2").tobytes()
    odd = struct.pack("<4sI", b"LIST", 3) + b"abc\0"

    samples, _ = read_wav(riff(form(1, 16, channels=2), data, before=odd))

    assert samples == pytest.approx(SECOND / 2, abs=0.001)


def test_an_extensible_header_names_its_format_further_down() -> None:
    guid = struct.pack("<H", 7) + bytes(14)
    extended = form(0xFFFE, 8) + struct.pack("<HHI", 22, 8, 0) + guid

    samples, _ = read_wav(riff(extended, mulaw.encode((SECOND * 32767).astype(np.int16))))

    assert samples == pytest.approx(SECOND, abs=0.02)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"ID3 an mp3", "no RIFF"),
        (b"RIFF\0\0\0\0WAVE", "'fmt '"),
        (riff(form(1, 16), b"")[:36], "'data'"),
        (riff(form(0x55, 0), b"mp3"), "tag 85"),
        (riff(form(1, 16, channels=0), b"12"), "0 channels"),
    ],
)
def test_what_cannot_be_read_is_explained_in_words(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableAudio, match=words):
        read_wav(data)


def test_a_recording_becomes_frames_of_telephone_audio(tmp_path: Path) -> None:
    path = tmp_path / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(16000) + (SECOND * 32767).astype("<i2").tobytes() + bytes(16000))

    said = recorded(path)

    assert said.text == "hello.wav"
    assert len(said.frames) == 100
    assert {len(frame) for frame in said.frames} == {FRAME_BYTES}
    assert (said.first_voiced, said.last_voiced) == (25, 74)
    middle = mulaw.decode(b"".join(said.frames[30:70]))
    assert pitch_hz(middle, 8000) == pytest.approx(300, abs=5)


def test_a_missing_or_silent_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAudio, match=r"gone\.wav: No such file"):
        recorded(tmp_path / "gone.wav")
    quiet = tmp_path / "quiet.wav"
    quiet.write_bytes(riff(form(1, 16), bytes(3200)))
    with pytest.raises(UnreadableAudio, match=r"quiet\.wav: nothing in it is loud enough"):
        recorded(quiet)


async def test_words_are_synthesized_once_and_then_read_from_the_cache(tmp_path: Path) -> None:
    asked: list[str] = []

    async def speak(text: str) -> bytes:
        asked.append(text)
        return tone(500)

    first = await spoken("Hello.", cache_dir=tmp_path / "voices", speak=speak)
    again = await spoken("Hello.", cache_dir=tmp_path / "voices", speak=speak)
    await spoken("Bye.", cache_dir=tmp_path / "voices", speak=speak)

    assert asked == ["Hello.", "Bye."]
    assert first == again
    assert len(list((tmp_path / "voices").iterdir())) == 2


def test_another_person_is_deeper_and_slower() -> None:
    changed = another_person(tone(1000))

    span = voiced_span(changed)
    assert span is not None
    first, last = span
    assert (last - first) * 20 == pytest.approx(1000 / 0.9, abs=60)
    assert changed.startswith(silence(50))
    voiced = mulaw.decode(changed[first * 160 : last * 160])
    assert pitch_hz(voiced, 8000) == pytest.approx(440 * 0.9, abs=5)


@pytest.mark.models
async def test_the_local_voice_speaks_for_the_caller(tmp_path: Path) -> None:
    said = await spoken("When are you open?", cache_dir=tmp_path)

    assert 0.8 < len(said.frames) * 0.02 < 4


def test_line_noise_is_there_but_not_heard() -> None:
    noise = b"".join(LINE_NOISE)

    assert len(LINE_NOISE) == 50
    assert len(set(noise)) > 3
    assert voiced_span(noise) is None
    with pytest.raises(ValueError, match="nothing that can be heard"):
        utterance("hush", noise)
