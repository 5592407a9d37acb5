"""Words hidden in audio, so that a scripted recogniser knows what each stretch of it says. Pure.

Each 20 ms frame can carry up to 13 characters in the lowest bits of its mu-law codes, one bit a
byte: a pattern that says that it does, a length, the text. The lowest bit of a code is its
smallest step, so the sound stays what it was: what a mark changes in a voice lies 29 dB under it.
A frame need not begin where the audio begins, and frames without a mark say nothing.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAME: Final = 160  # mu-law bytes: 20 ms, a bit each
# Six bytes: in an hour of other audio it turns up by chance once in ten million times.
PATTERN: Final = b"\xa5\x3c\x0f\x96\x71\xd2"
CODING: Final = "latin-1"  # a byte a character, so that a word can be cut anywhere
MOST: Final = FRAME // 8 - len(PATTERN) - 1  # characters in a frame


def write(frame: bytes, text: str) -> bytes:
    """`frame` (mu-law, 160 bytes) with `text` in it, at most 13 characters; as it is without any.

    Raises ValueError for more.
    """
    if not text:
        return frame
    words = text.encode(CODING)
    if len(words) > MOST or len(frame) != FRAME:
        raise ValueError(f"{text!r} does not fit into a frame")
    message = PATTERN + bytes([len(words)]) + words.ljust(MOST, b"\0")
    bits = np.unpackbits(np.frombuffer(message, np.uint8))
    codes = np.frombuffer(frame, np.uint8)
    return (codes & 0xFE | bits).tobytes()


def spread(text: str) -> list[str]:
    """`text` in pieces that a frame takes each, in order."""
    words = text.encode(CODING, "replace").decode(CODING)
    return [words[at : at + MOST] for at in range(0, len(words), MOST)]


def read(audio: bytes) -> str:
    """What the marked frames in `audio` (mu-law) say, one after the other, trimmed."""
    bits = np.frombuffer(audio, np.uint8) & np.uint8(1)
    return " ".join("".join(_texts(bits)).split())


def _texts(bits: NDArray[np.uint8]) -> Iterator[str]:
    loose = bits.tobytes()
    at = loose.find(_PATTERN_BITS)
    while at >= 0:
        if len(bits) - at >= FRAME:  # else the audio ends within it
            message = np.packbits(bits[at : at + FRAME]).tobytes()
            length = min(message[len(PATTERN)], MOST)
            yield message[len(PATTERN) + 1 :][:length].decode(CODING)
        at = loose.find(_PATTERN_BITS, at + FRAME)


_PATTERN_BITS: Final = np.unpackbits(np.frombuffer(PATTERN, np.uint8)).tobytes()
