"""Nearest-neighbour search over the vectors of passages. Pure."""

import base64
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.meaning.carrying import WIDTH

# What is less like a question than this says nothing about it.
LIKENESS: Final = 0.3
_SCALE: Final = 127.0

Packed = NDArray[np.int8]
Vectors = NDArray[np.float32]  # [n, WIDTH], each of length 1


def packed(vectors: Vectors) -> list[bytes]:
    """Each vector as it is stored: one byte a dimension, which changes a likeness by 0.01."""
    return [row.tobytes() for row in np.round(vectors * _SCALE).astype(np.int8)]


def nearest(stored: str, question: NDArray[np.float32]) -> Mapping[int, float]:
    """The likeness of each passage that is near to a question, by its number; 1.0 is the same.

    stored: the vectors of all passages, as `agents.meaning.carrying.joined` writes them.
    """
    likeness = (_unpacked(stored).astype(np.float32) @ question) / _SCALE
    return {int(number): float(likeness[number]) for number in np.flatnonzero(likeness >= LIKENESS)}


@lru_cache(64)  # of 108 KB at most, with the 144 KB that they are read from
def _unpacked(stored: str) -> Packed:
    return np.frombuffer(base64.b64decode(stored), np.int8).reshape(-1, WIDTH)
