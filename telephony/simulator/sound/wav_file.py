"""Reads WAV files of any rate, width and channel count, telephone formats included. Pure.

Python's `wave` reads plain PCM only; recordings of calls are mostly mu-law.
"""

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

PCM: Final = 1
IEEE_FLOAT: Final = 3
MULAW: Final = 7
EXTENSIBLE: Final = 0xFFFE


class UnreadableAudio(ValueError):
    """The file is not audio that the simulated phone can read."""


def read_wav(data: bytes) -> tuple[NDArray[np.float32], int]:
    """Samples of the WAV file `data`, mixed to mono, in [-1, 1], and their rate in Hz.

    Raises UnreadableAudio with a sentence that says what is wrong.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise UnreadableAudio("it is not a WAV file (no RIFF/WAVE header)")
    chunks = dict(_chunks(data))
    if len(chunks.get(b"fmt ", b"")) < 16:
        raise UnreadableAudio("it has no complete 'fmt ' chunk")
    if b"data" not in chunks:
        raise UnreadableAudio("it has no 'data' chunk")
    form = chunks[b"fmt "]
    tag, channels, rate, _bytes_per_second, _align, bits = struct.unpack_from("<HHIIHH", form)
    if tag == EXTENSIBLE:
        if len(form) < 26:
            raise UnreadableAudio("its extensible 'fmt ' chunk is cut short")
        # WAVE_FORMAT_EXTENSIBLE: the real tag opens the sub-format GUID.
        (tag,) = struct.unpack_from("<H", form, 24)
    if not channels or not rate:
        raise UnreadableAudio(f"it claims {channels} channels at {rate} Hz")
    samples = _samples(chunks[b"data"], tag, bits)
    whole = len(samples) // channels * channels
    return samples[:whole].reshape(-1, channels).mean(axis=1, dtype=np.float32), rate


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        # Recorders that stream leave the size open; the data then continues to the end.
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _samples(data: bytes, tag: int, bits: int) -> NDArray[np.float32]:
    width = bits // 8
    data = data[: len(data) // width * width] if width else b""
    if (tag, bits) == (MULAW, 8):
        return mulaw.decode_unit(data)
    if (tag, bits) == (PCM, 8):
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128.0) / 128.0
    if (tag, bits) == (PCM, 24):
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return wide.reshape(-1).view("<i4").astype(np.float32) / 2.0**31
    if tag == PCM and bits in (16, 32):
        return np.frombuffer(data, f"<i{width}").astype(np.float32) / 2.0 ** (bits - 1)
    if tag == IEEE_FLOAT and bits in (32, 64):
        return np.frombuffer(data, f"<f{width}").astype(np.float32)
    raise UnreadableAudio(
        f"its format (tag {tag}, {bits} bits) is not one of PCM, float or mu-law; "
        "convert it first, for example: ffmpeg -i in.wav -c:a pcm_s16le out.wav"
    )
