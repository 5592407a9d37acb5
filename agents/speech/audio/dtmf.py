"""The tones of a telephone's keys, as the line carries them. Pure."""

from functools import cache
from typing import Final

import numpy as np

from agents.speech.audio import mulaw

TONE_MS: Final = 120  # systems that listen need 40 to 60
GAP_MS: Final = 80
WAIT_MS: Final = 500  # of a w
PAUSE: Final = "w"
MOST_KEYS: Final = 100  # twenty seconds of tones, or fifty of waiting
_LOUDNESS: Final = 7_000  # of each of the two tones: together -4 dB below the loudest
_ROWS: Final = (697, 770, 852, 941)  # Hz, ITU-T Q.23
_COLUMNS: Final = (1209, 1336, 1477)
_KEYPAD: Final = ("123", "456", "789", "*0#")
KEYS: Final = "".join(_KEYPAD)


def tones(keys: str) -> bytes:
    """The tones of the first MOST_KEYS of `keys` (0 to 9, *, #, w for a pause): mu-law, 8 kHz mono.

    Other characters are ignored.
    """
    return b"".join(map(_tone, keys[:MOST_KEYS]))


@cache
def _tone(key: str) -> bytes:
    if key == PAUSE:
        return _silence(WAIT_MS)
    row = next((number for number, keys in enumerate(_KEYPAD) if key in keys), None)
    if row is None:
        return b""
    column = _KEYPAD[row].index(key)
    seconds = np.arange(mulaw.RATE * TONE_MS // 1000) / mulaw.RATE
    low, high = (np.sin(2 * np.pi * hertz * seconds) for hertz in (_ROWS[row], _COLUMNS[column]))
    return bytes(mulaw.encode((_LOUDNESS * (low + high)).astype(np.int16))) + _silence(GAP_MS)


def _silence(ms: int) -> bytes:
    return bytes([mulaw.SILENCE]) * (mulaw.RATE * ms // 1000)
