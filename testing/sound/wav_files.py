"""WAV files as servers really write them."""

import struct

import numpy as np

PCM, FLOAT, ALAW, MULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, content: bytes, *, size: int | None = None, pad: bool = True) -> bytes:
    """One chunk. size: what its header says, when that is not so."""
    said = len(content) if size is None else size
    padding = b"\0" if pad and len(content) % 2 else b""
    return name + struct.pack("<I", said) + content + padding


def layout(kind: int, rate: int, *, channels: int = 1, bits: int = 16, wide: bool = False) -> bytes:
    """The "fmt " chunk. wide: as WAVEFORMATEXTENSIBLE."""
    frame = channels * bits // 8
    described = struct.pack(
        "<HHIIHH", EXTENSIBLE if wide else kind, channels, rate, rate * frame, frame, bits
    )
    if wide:
        described += struct.pack("<HHIH", 22, bits, 4, kind) + GUID_TAIL
    return chunk(b"fmt ", described)


def wav(
    data: bytes,
    kind: int = PCM,
    rate: int = 24_000,
    *,
    channels: int = 1,
    bits: int = 16,
    wide: bool = False,
    size: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
    pad: bool = True,
) -> bytes:
    """A whole file. size: of the samples as the header has it; before, after: other chunks."""
    samples = chunk(b"data", data, size=size, pad=pad)
    format_chunk = layout(kind, rate, channels=channels, bits=bits, wide=wide)
    body = b"WAVE" + format_chunk + before + samples + after
    return b"RIFF" + struct.pack("<I", len(body) if size is None else 0xFFFFFFFF) + body


def encoded(pcm16: bytes, kind: int, bits: int) -> bytes:
    """16-bit samples in another encoding of WAV files."""
    samples = np.frombuffer(pcm16, dtype="<i2")
    match kind, bits:
        case (1, 8):
            return ((samples.astype(np.int32) >> 8) + 128).astype(np.uint8).tobytes()
        case (1, 24):
            wide = (samples.astype("<i4") << 8).view(np.uint8).reshape(-1, 4)
            return wide[:, :3].tobytes()
        case (1, 32):
            return (samples.astype("<i4") << 16).tobytes()
        case (3, 32):
            return (samples / 32768.0).astype("<f4").tobytes()
        case (3, 64):
            return (samples / 32768.0).astype("<f8").tobytes()
    return pcm16


def stereo(pcm16: bytes, channels: int = 2) -> bytes:
    """The same on each channel."""
    return np.repeat(np.frombuffer(pcm16, dtype="<i2"), channels).tobytes()
