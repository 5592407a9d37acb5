"""Decodes WAV files of any format to 16-bit mono.

Servers that stream write the header before they know the length: sizes of 0 and 0xFFFFFFFF mean
"to the end", and one that is too small is passed over when no other chunk follows it.
Formats: RFC 2361 and Microsoft's WAVEFORMATEXTENSIBLE.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.speech.audio import mulaw

RATES: Final = range(4_000, 192_001)  # hertz
MAX_CHANNELS: Final = 8
MAX_HEADER_BYTES: Final = 1_048_576  # of chunks before the samples: pictures, lyrics
MAX_CHUNKS: Final = 10_000  # of a stream that is a file for each tenth of a second, five minutes
PIECE: Final = 4_096
ENDLESS: Final = (0, 0x7FFFFFFF, 0xFFFFFFFF)  # sizes that a server writes for "not known yet"
_FILE: Final = b"RIFF"
_HEADER_BYTES: Final = 12
_FILES: Final = (_FILE, b"RF64")
_INTEGERS, _FLOATS, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_FORMAT_BYTES: Final = 16  # of a "fmt " chunk at least
_SUBFORMAT: Final = slice(24, 26)  # of an extensible one: where a GUID begins with the format

Samples = NDArray[np.float64]  # in [-1, 1]


class NotReadable(ValueError):
    """The bytes are not a playable WAV file; the message says why."""


class WavReader:
    """Reads one file from chunks of any length; the result does not depend on the chunks."""

    def __init__(self) -> None:
        self.rate = 0  # hertz; 0 until the samples begin
        self._waiting = b""
        self._header_bytes = 0
        self._chunks = 0
        self._layout: _Layout | None = None
        self._left: int | None = 0  # bytes of samples to come; None: all that comes
        self._step: Callable[[], bytes | None] = self._read_file

    def push(self, data: bytes) -> bytes:
        """The samples that `data` completes: 16-bit little-endian mono at `rate`; may be empty.

        Raises NotReadable.
        """
        samples = []
        # In pieces: what waits is copied with each chunk that is taken from it.
        for start in range(0, len(data), PIECE):
            self._waiting += data[start : start + PIECE]
            while (made := self._step()) is not None:
                samples.append(made)
        return b"".join(samples)

    # Each step takes what it can of what waits, and chooses the next; None: it wants more.

    def _read_file(self) -> bytes | None:
        if len(self._waiting) < 12:
            return None
        if self._waiting[:4] not in _FILES or self._waiting[8:12] != b"WAVE":
            raise NotReadable("it does not begin as a WAV file")
        self._waiting = self._waiting[12:]
        self._step = self._read_chunk
        return b""

    def _read_chunk(self) -> bytes | None:
        if len(self._waiting) < 8:
            return None
        name, size = self._waiting[:4], int.from_bytes(self._waiting[4:8], "little")
        self._chunks += 1
        if self._chunks > MAX_CHUNKS:
            return self._give_up()
        if name in _FILES:  # a file for each sentence, one behind the other
            self._step = self._read_file
            return b""
        if name == b"data":
            return self._begin_samples(size)
        if self._header_bytes + size > MAX_HEADER_BYTES:
            return self._give_up()
        if len(self._waiting) < 8 + size:
            return None
        self._header_bytes += 8 + size
        if name == b"fmt ":
            self._take_layout(_layout(self._waiting[8 : 8 + size]))
        self._waiting = self._waiting[8 + size :]
        self._step = self._skip_padding if size % 2 else self._read_chunk
        return b""

    def _give_up(self) -> bytes:
        """Stop reading: the chunk after the samples has an implausible length."""
        if not self.rate:
            raise NotReadable("no samples within its first chunks")
        self._step = self._pass_over
        return b""

    def _pass_over(self) -> None:
        self._waiting = b""

    def _skip_padding(self) -> bytes | None:
        """Skip the padding byte after an odd length. Some writers omit it; no name begins so."""
        if not self._waiting:
            return None
        if self._waiting[:1] == b"\0":
            self._waiting = self._waiting[1:]
        self._step = self._read_chunk
        return b""

    def _take_layout(self, layout: "_Layout") -> None:
        if self._layout is not None and layout.rate != self._layout.rate:
            raise NotReadable("its format changes in the middle")
        self._layout = layout

    def _begin_samples(self, size: int) -> bytes:
        if self._layout is None:
            raise NotReadable("its samples come before their format")
        self.rate = self._layout.rate
        self._waiting = self._waiting[8:]
        self._header_bytes = 0
        self._left = None if size in ENDLESS else size
        self._step = self._read_samples
        return b""

    def _read_samples(self) -> bytes | None:
        layout = self._layout
        if layout is None:  # pragma: no cover  # samples begin behind a layout alone
            return None
        if self._left is None:
            return self._read_endless(layout)
        most = min(len(self._waiting), self._left)
        whole = most - most % layout.frame_bytes
        taken, self._waiting = self._waiting[:whole], self._waiting[whole:]
        self._left -= whole
        if self._left < layout.frame_bytes:
            self._step = self._after_samples
            return layout.mono(taken)
        return layout.mono(taken) if taken else None

    def _read_endless(self, layout: "_Layout") -> bytes | None:
        """Read samples to the end, or to the next file: some servers send one file without a size
        for each piece."""
        begin = _next_file(self._waiting)
        whole = begin - begin % layout.frame_bytes
        if whole:
            taken, self._waiting = self._waiting[:whole], self._waiting[whole:]
            return layout.mono(taken)
        if not _is_file(self._waiting[begin:]):
            return None
        self._waiting = self._waiting[begin:]
        self._step = self._read_file
        return b""

    def _after_samples(self) -> bytes | None:
        """Read another chunk, or samples beyond the size in the header."""
        rest = self._left or 0
        behind = self._waiting[rest : rest + 5]
        if len(behind) < 5:
            return None
        is_padded = behind[:1] == b"\0" and _is_name(behind[1:])
        if is_padded or _is_name(behind[:4]):
            self._waiting = self._waiting[rest + is_padded :]
            self._step = self._read_chunk
        else:
            self._left = None
            self._step = self._read_samples
        return b""


@dataclass(frozen=True, slots=True)
class _Layout:
    """The sample layout of a file. sample_bytes: of one channel."""

    kind: int
    channels: int
    rate: int
    sample_bytes: int

    @property
    def frame_bytes(self) -> int:
        return self.channels * self.sample_bytes

    def mono(self, data: bytes) -> bytes:
        """Whole frames as 16-bit little-endian mono."""
        if not data:
            return b""
        samples = _DECODERS[self.kind, self.sample_bytes](data)
        mixed = samples.reshape(-1, self.channels).mean(axis=1)
        loud = np.rint(np.nan_to_num(mixed, posinf=1.0, neginf=-1.0) * 32768.0)
        pcm: bytes = loud.clip(-32768, 32767).astype("<i2").tobytes()
        return pcm


def _layout(chunk: bytes) -> _Layout:
    if len(chunk) < _FORMAT_BYTES:
        raise NotReadable("its format is cut short")
    kind, channels, rate, _, frame_bytes, bits = np.frombuffer(
        chunk[:_FORMAT_BYTES], dtype="<u2,<u2,<u4,<u4,<u2,<u2"
    )[0].tolist()
    if kind == _EXTENSIBLE:
        kind = int.from_bytes(chunk[_SUBFORMAT], "little")
    if not 1 <= channels <= MAX_CHANNELS or rate not in RATES:
        raise NotReadable(f"it has {channels} channels at {rate} Hz")
    sample_bytes = frame_bytes // channels if frame_bytes % channels == 0 else 0
    if (kind, sample_bytes) not in _DECODERS:  # a frame size that was not filled in
        sample_bytes = -(-bits // 8)
    if (kind, sample_bytes) not in _DECODERS:
        raise NotReadable(f"its format is {kind} with {bits} bits")
    return _Layout(kind, channels, rate, sample_bytes)


def _next_file(data: bytes) -> int:
    """Where another file begins, or may begin, within the samples; their length if none does."""
    at = data.find(_FILE)
    while at >= 0:
        if len(data) < at + _HEADER_BYTES or _is_file(data[at : at + _HEADER_BYTES]):
            return at
        at = data.find(_FILE, at + 1)
    half = next((size for size in (3, 2, 1) if data.endswith(_FILE[:size])), 0)
    return len(data) - half


def _is_file(data: bytes) -> bool:
    return data[:4] == _FILE and data[8:_HEADER_BYTES] == b"WAVE"


def _is_name(four: bytes) -> bool:
    """Whether these bytes can be the name of a chunk: "LIST", "id3 ", "cue "."""
    return len(four) == 4 and all(chr(byte).isalnum() or byte == 0x20 for byte in four)


def _integers(kind: str, scale: float) -> Callable[[bytes], Samples]:
    return lambda data: np.frombuffer(data, dtype=kind).astype(np.float64) / scale


def _floats(kind: str) -> Callable[[bytes], Samples]:
    def samples(data: bytes) -> Samples:
        # Some bits that are no number warn when they are widened; all of them become silence.
        with np.errstate(invalid="ignore"):
            wide = np.frombuffer(data, dtype=kind).astype(np.float64)
        # Infinities are bounded before channels are summed: a sum of them is no number.
        return np.nan_to_num(wide, posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)

    return samples


def _bytes8(data: bytes) -> Samples:
    return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128.0) / 128.0


def _integers24(data: bytes) -> Samples:
    wide = np.zeros((len(data) // 3, 4), dtype=np.uint8)
    wide[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
    return wide.reshape(-1).view("<i4").astype(np.float64) / 2.0**31


def _mulaw(data: bytes) -> Samples:
    return mulaw.decode(data).astype(np.float64) / 32768.0


def _alaw(data: bytes) -> Samples:
    samples: Samples = _ALAW_DECODED[np.frombuffer(data, dtype=np.uint8)]
    return samples


def _alaw_table() -> Samples:
    """The sample of every A-law code, by ITU-T G.711."""
    code = np.arange(256) ^ 0x55  # every second bit is sent inverted
    segment, step = code >> 4 & 7, code & 15
    magnitude = (step << 4) + 8 + np.where(segment, 0x100, 0) << np.maximum(segment - 1, 0)
    table: Samples = np.where(code & 0x80, magnitude, -magnitude) / 32768.0
    return table


_ALAW_DECODED: Final = _alaw_table()
_DECODERS: Final[dict[tuple[int, int], Callable[[bytes], Samples]]] = {
    (_INTEGERS, 1): _bytes8,
    (_INTEGERS, 2): _integers("<i2", 2.0**15),
    (_INTEGERS, 3): _integers24,
    (_INTEGERS, 4): _integers("<i4", 2.0**31),
    (_FLOATS, 4): _floats("<f4"),
    (_FLOATS, 8): _floats("<f8"),
    (_ALAW, 1): _alaw,
    (_MULAW, 1): _mulaw,
}


def alaw_to_pcm16(data: bytes) -> bytes:
    """A-law codes as 16-bit little-endian samples."""
    return np.rint(_alaw(data) * 32768.0).clip(-32768, 32767).astype("<i2").tobytes()
