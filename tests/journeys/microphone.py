"""Microphones of journeys: Chromium's fake one with a file, and one that speaks on demand."""

import base64
import wave
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from agents.speech.audio.wideband import ToWideband
from telephony.simulator.sound.utterance import Utterance

RATE: Final = 16_000  # Hz, 16 bits, mono
LINE_IN: Final = """
if (navigator.mediaDevices) {
  const line = new AudioContext();
  const mouth = line.createMediaStreamDestination();
  navigator.mediaDevices.getUserMedia = async () => mouth.stream.clone();
  window.speak = async (wav) => {
    const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
    const buffer = await line.decodeAudioData(bytes.buffer);
    const source = new AudioBufferSourceNode(line, { buffer });
    source.connect(mouth);
    source.start();
    await new Promise((done) => { source.onended = done; });
  };
}
"""


def record(path: Path, *pieces: Utterance | float) -> Path:
    """Write the pieces one after the other; a number is a silence of so many seconds.

    Chromium begins anew when the microphone is opened, and repeats the file at its end.
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


class Mouth:
    """Speaks into the microphone of `page` on demand, from the next page opened in it.

    No journey through a microphone that plays a file can say when its words come, and an
    interruption must come while the agent speaks.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(LINE_IN)

    def says(self, wav: Path) -> None:
        """Say all of the file; returns when it is said."""
        self._page.evaluate("(wav) => speak(wav)", base64.b64encode(wav.read_bytes()).decode())
