"""A caller's turn as it is played to an agent: speech, the pauses in it, and its words. Pure.

Words lie in the audio itself (`agents.engines.scripted.marks`), each at the moment when it has
been said, so that a scripted recogniser knows exactly what it was given, and nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.engines.scripted import marks
from agents.speech.audio import mulaw
from telephony.simulator.sound.loudness import FRAME_BYTES, FRAME_MS, voiced_span
from telephony.simulator.sound.utterance import LINE_NOISE, Utterance, framed, payload_of

# A hold is a pause within a turn of so long (eot-bench, 2026); docs/conversation.md.
HOLD_MS: Final = (200, 5_000)
HEARD_SHARE: Final = 0.75  # of a word that ends there a recogniser knows it
LEAD_FRAMES: Final = 3  # of line noise before a turn, and after it

_NOISE: Final = mulaw.decode(b"".join(LINE_NOISE)).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech without a pause. audio: mu-law, 8 kHz; words: what a recogniser hears."""

    audio: bytes
    words: str


@dataclass(frozen=True, slots=True)
class Turn:
    """utterance: what the phone plays. holds: from when to when it pauses, ms of the utterance."""

    kind: str
    utterance: Utterance
    holds: tuple[tuple[int, int], ...]


def turn(kind: str, pieces: Sequence[Piece], pauses_ms: Sequence[int] = ()) -> Turn:
    """`pieces` with `pauses_ms` between them. Raises ValueError when nothing is audible."""
    frames = _pause(LEAD_FRAMES)
    ends: list[int] = []
    begins: list[int] = []
    for number, piece in enumerate(pieces):
        spoken = _spoken(piece)
        begins.append(len(frames))
        frames += spoken
        ends.append(len(frames))
        if number < len(pieces) - 1:
            frames += _pause(round(pauses_ms[number] / FRAME_MS))
    frames += _pause(LEAD_FRAMES)
    holds = tuple(
        (end * FRAME_MS, begin * FRAME_MS)
        for end, begin in zip(ends[:-1], begins[1:], strict=True)
        if HOLD_MS[0] <= (begin - end) * FRAME_MS <= HOLD_MS[1]
    )
    return Turn(kind, _utterance(pieces, frames, begins[0], ends[-1] - 1), holds)


def sound(name: str, audio: bytes, words: str = "") -> Utterance:
    """A sound of the caller that is no turn: a cough, or words to somebody else."""
    return turn(name, [Piece(audio, words)]).utterance


def voiced(audio: bytes) -> bytes:
    """`audio` (mu-law) from its first to its last audible frame. Raises ValueError without one."""
    span = voiced_span(audio)
    if span is None:
        raise ValueError("nothing in it can be heard")
    return audio[span[0] * FRAME_BYTES : (span[1] + 1) * FRAME_BYTES]


def _utterance(pieces: Sequence[Piece], frames: list[bytes], first: int, last: int) -> Utterance:
    text = " ".join(piece.words for piece in pieces if piece.words)
    return Utterance(text, tuple(frames), tuple(map(payload_of, frames)), first, last)


def _pause(count: int) -> list[bytes]:
    return [LINE_NOISE[number % len(LINE_NOISE)] for number in range(count)]


def _spoken(piece: Piece) -> list[bytes]:
    """Frames of the piece on a line that is never quite silent, with its words."""
    audio = voiced(piece.audio)
    speech = mulaw.decode(audio).astype(np.int32)
    noisy = (speech + np.resize(_NOISE, len(speech))).clip(-32768, 32767).astype(np.int16)
    frames = framed(mulaw.encode(noisy))
    texts = marked_at(piece.words, len(frames))
    return [marks.write(frame, texts.get(number, "")) for number, frame in enumerate(frames)]


def marked_at(words: str, frames: int) -> dict[int, str]:
    """What each of `frames` frames carries of `words`: a word when most of it was said."""
    texts: dict[int, str] = {}
    said, free = 0, 0
    for word in words.split():
        pieces = marks.spread(f"{word} ")
        known = said + HEARD_SHARE * len(word)
        said += len(word) + 1
        at = max(free, round(frames * known / (len(words) + 1)) - len(pieces) + 1)
        for piece in pieces:
            if at < frames:
                texts[at] = piece
            at += 1
        free = at
    return texts
