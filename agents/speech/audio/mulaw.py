"""G.711 mu-law, the telephone's own 8-bit sample, to and from 16-bit PCM, by table.

The tables follow ITU-T G.711, laid out on 16-bit samples as in Sun's reference `g711.c`:
bias 132, clip at 32635, every bit of the code inverted.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 8000  # samples, and bytes, a second
SILENCE: Final = 0xFF  # the code of zero

_BIAS: Final = 132  # 33 in 14-bit units; puts every segment's edge on a power of two
_CLIP: Final = 32635  # the largest magnitude that has a code: 32767 - _BIAS


def _decode_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    segment = (code >> 4) & 7
    magnitude = (((code & 15) << 3) + _BIAS << segment) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    """The code of every 16-bit sample; sample `s` is at index `s + 32768`."""
    sample = np.arange(-32768, 32768, dtype=np.int32)
    magnitude = np.minimum(np.abs(sample), _CLIP) + _BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    step = (magnitude >> (segment + 3)) & 15
    sign = np.where(sample < 0, 0x80, 0)
    code: NDArray[np.int32] = ~(sign | segment << 4 | step) & 0xFF
    return code.astype(np.uint8)


_DECODED: Final = _decode_table()
_DECODED_UNIT: Final = _DECODED.astype(np.float32) / np.float32(32768.0)
_ENCODED: Final = _encode_table()


def encode(pcm16: NDArray[np.int16]) -> bytes:
    """The mu-law codes of 16-bit samples, one byte per sample; too loud samples are clipped."""
    return _ENCODED[pcm16.astype(np.int32) + 32768].tobytes()


def decode(audio: bytes) -> NDArray[np.int16]:
    """The 16-bit samples of mu-law `audio`, one per byte."""
    return _DECODED.take(np.frombuffer(audio, dtype=np.uint8))


def decode_unit(audio: bytes) -> NDArray[np.float32]:
    """The samples of mu-law `audio` in [-1, 1], one per byte."""
    return _DECODED_UNIT.take(np.frombuffer(audio, dtype=np.uint8))
