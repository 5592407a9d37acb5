"""Turns of recorded people: calls with both sides apart, and single utterances.

Neither is part of the repository. `VOICEX_CALLS_DIR` names the folder of the calls, by default
`shared/calls` beside the checkout: pairs `NAME_caller.wav` and `NAME_agent.wav` on one clock.
The utterances are those of `testing.sound.speech`. What is said in a call is what the local
recogniser hears in the turn up to each pause, as a stretch alone is often too short for it; it is
asked once and kept.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.engines.local.stt import LocalSpeechToText
from agents.speech.audio import mulaw
from benchmarks.turn_taking.turn import HOLD_MS, Piece, Turn, turn
from telephony.simulator.sound.loudness import loud_frames
from telephony.simulator.sound.wav_file import read_wav
from testing.sound.speech import recorded_people

FRAME: Final = 160
FRAME_MS: Final = 20
QUIETEST_DB: Final = 30.0  # under the loudest twentieth of the recording; less is no speech
CLOSED_GAP_MS: Final = 100  # shorter ones are consonants
SHORTEST_MS: Final = 60  # of speech; less is a click
MOST_HEARD_MS: Final = 30_000  # of a longer turn its end is recognised
WORDS: Final = Path(__file__).parents[2] / "var" / "bench" / "turns"
READ_ALOUD: Final = frozenset({"conv"})  # two people on one track


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech without a pause, ms of the recording."""

    begin_ms: int
    end_ms: int


def calls_folder() -> Path:
    """Where the recorded calls are, or would be."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "calls"
    return Path(os.environ.get("VOICEX_CALLS_DIR") or beside)


async def call_turns(*, every: int = 1) -> list[Turn]:
    """The turns of all callers on record, or every n-th; none when the folder is not there.

    A turn without a word is none: a breath is nothing that an agent could answer.
    """
    turns = []
    for path in sorted(calls_folder().glob("*_caller.wav")):
        caller = mulaw_of(path)
        agent = stretches(mulaw_of(path.with_name(path.name.replace("_caller", "_agent"))))
        for spoken in turns_of(stretches(caller), agent)[::every]:
            words = await _words_of(caller, spoken)
            if not any(words):
                continue
            pieces = [Piece(cut(caller, p), said) for p, said in zip(spoken, words, strict=True)]
            turns.append(turn("recorded call", pieces, _gaps(spoken)))
    return turns


def utterance_turns() -> list[Turn]:
    """The single utterances, their words spread evenly over the sound."""
    turns = []
    for person in recorded_people():
        if person.kind in READ_ALOUD:
            continue
        audio = person.audio()
        spoken = stretches(audio)
        pieces = [
            Piece(cut(audio, part), words)
            for part, words in zip(spoken, shared_out(person.words, spoken), strict=True)
        ]
        turns.append(turn("recorded utterance", pieces, _gaps(spoken)))
    return turns


def stretches(audio: bytes) -> list[Stretch]:
    """The speech in `audio` (mu-law): frames near its loudest, gaps of 100 ms closed."""
    is_loud = _loud(audio)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_loud.astype(np.int8), [0]))))
    found: list[Stretch] = []
    for begin, end in edges.reshape(-1, 2) * FRAME_MS:
        if found and begin - found[-1].end_ms < CLOSED_GAP_MS:
            found[-1] = Stretch(found[-1].begin_ms, int(end))
        else:
            found.append(Stretch(int(begin), int(end)))
    return [part for part in found if part.end_ms - part.begin_ms >= SHORTEST_MS]


def turns_of(caller: list[Stretch], agent: list[Stretch]) -> list[list[Stretch]]:
    """The caller's stretches turn by turn: one ends where the agent speaks, or after 5 s."""
    turns: list[list[Stretch]] = []
    for part in caller:
        before = turns[-1][-1].end_ms if turns else None
        if (
            before is not None
            and part.begin_ms - before <= HOLD_MS[1]
            and not any(s.begin_ms < part.begin_ms and s.end_ms > before for s in agent)
        ):
            turns[-1].append(part)
        else:
            turns.append([part])
    return turns


def shared_out(words: str, parts: list[Stretch]) -> list[str]:
    """`words` by the length of each of `parts`."""
    whole = sum(part.end_ms - part.begin_ms for part in parts)
    said, shares, spoken_ms = words.split(), [], 0
    for part in parts:
        before = round(len(said) * spoken_ms / whole)
        spoken_ms += part.end_ms - part.begin_ms
        shares.append(" ".join(said[before : round(len(said) * spoken_ms / whole)]))
    return shares


def cut(audio: bytes, part: Stretch) -> bytes:
    """What of `audio` (mu-law) is `part`."""
    return audio[part.begin_ms * 8 : part.end_ms * 8]


def _gaps(parts: list[Stretch]) -> list[int]:
    return [after.begin_ms - before.end_ms for before, after in pairwise(parts)]


def _loud(audio: bytes) -> NDArray[np.bool_]:
    samples = mulaw.decode(audio[: len(audio) // FRAME * FRAME]).astype(np.float64)
    level = 10 * np.log10(np.mean((samples / 32768).reshape(-1, FRAME) ** 2, axis=1) + 1e-12)
    is_audible = np.frombuffer(loud_frames(audio), np.uint8).astype(np.bool_)
    is_near: NDArray[np.bool_] = level > np.percentile(level[level > -60], 95) - QUIETEST_DB
    return is_audible & is_near


def mulaw_of(path: Path) -> bytes:
    samples, rate = read_wav(path.read_bytes())
    if rate != mulaw.RATE:
        raise ValueError(f"{path} is not at 8 kHz")
    return mulaw.encode((samples * 32767).clip(-32768, 32767).astype(np.int16))


async def _words_of(caller: bytes, spoken: list[Stretch]) -> list[str]:
    """What is said in each stretch of a turn: what the turn up to the next pause has more of words.

    The words between two pauses are spread over their stretches by length.
    """
    found: list[str] = []
    known: list[str] = []
    since: list[Stretch] = []
    for part, gap in zip(spoken, [*_gaps(spoken), HOLD_MS[0]], strict=True):
        since.append(part)
        if gap < HOLD_MS[0]:
            continue
        begin_ms = max(spoken[0].begin_ms - HOLD_MS[0], part.end_ms - MOST_HEARD_MS, 0)
        heard = (await _words(cut(caller, Stretch(begin_ms, part.end_ms + HOLD_MS[0])))).split()
        found += shared_out(" ".join(added(known, heard)), since)
        known, since = heard, []
    return found


def added(known: list[str], heard: list[str]) -> list[str]:
    """What comes in `heard` after the words that were known; they may be heard otherwise now."""
    *alike, _ = SequenceMatcher(a=known, b=heard, autojunk=False).get_matching_blocks()
    if not alike:
        return heard[len(known) :]
    changed = len(known) - alike[-1].a  # from the last words that are alike on
    return heard[alike[-1].b + changed :]


async def _words(audio: bytes) -> str:
    """What the local recogniser hears in `audio` (mu-law), without its punctuation."""
    path = WORDS / f"{hashlib.sha256(audio).hexdigest()[:24]}.json"
    if not path.is_file():
        heard = await LocalSpeechToText().transcribe(audio)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(heard))
    heard = json.loads(path.read_text())
    return " ".join(_bare(heard.split()))


def _bare(words: Iterable[str]) -> list[str]:
    return [bare for word in words if (bare := word.strip(".,?!;:"))]
