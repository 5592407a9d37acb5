"""What Chromium's fake microphone plays: utterances and silences in one WAV file."""

import wave
from pathlib import Path
from typing import Final

from agents.speech.wideband import ToWideband
from telephony.simulator.utterance import Utterance

RATE: Final = 16_000  # Hz, 16 bits, mono


def record(path: Path, *pieces: Utterance | float) -> Path:
    """Write the pieces one after the other; a number is a silence of so many seconds.

    Chromium begins anew when the microphone is opened, and goes on with the start at the end.
    """
    sound = bytearray()
    for piece in pieces:
        if isinstance(piece, Utterance):
            sound += ToWideband().push(b"".join(piece.frames))
        else:
            sound += bytes(2 * round(piece * RATE))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)
    return path
