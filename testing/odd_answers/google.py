"""OddAnswer answers of Google's text-to-speech, by name: the pieces of a stream, or one piece."""

from collections.abc import Callable

from agents.engines.scripted.engines import tone_mulaw
from testing.sound import audio
from testing.sound.wav_files import MULAW, PCM, wav

PIECE = 1_600


def _in_pieces(make: Callable[[int], bytes]) -> Callable[[int], list[bytes]]:
    return lambda ms: audio.pieces(make(ms), PIECE)


WHOLE: dict[str, Callable[[int], list[bytes]]] = {
    "wav": _in_pieces(lambda ms: wav(tone_mulaw(ms), MULAW, 8_000, bits=8)),
    "wav_of_linear16": _in_pieces(lambda ms: wav(audio.pcm(ms), PCM)),
    "wav_without_length": _in_pieces(lambda ms: wav(audio.pcm(ms, 16_000), PCM, 16_000, size=0)),
    "linear16": _in_pieces(audio.pcm),
    "mp3": _in_pieces(audio.mp3),
    "ogg": _in_pieces(lambda ms: audio.compressed(ms, "ogg", "-c:a", "libopus")),
    "empty_between": lambda ms: [b"", tone_mulaw(ms)[:900], b"", tone_mulaw(ms)[900:], b""],
}
NO_SOUND: dict[str, Callable[[int], list[bytes]]] = {
    "none": lambda ms: [],
    "empty": lambda ms: [b"", b""],
    "wav_header_alone": lambda ms: [wav(b"", MULAW, 8_000, bits=8)],
    "silence": _in_pieces(lambda ms: b"\xff" * (8 * ms)),
    "too_short": lambda ms: [tone_mulaw(20)],
    "words": lambda ms: [b'{"error": "quota"}' * 9],
}
ANSWERS = {**WHOLE, **NO_SOUND}
