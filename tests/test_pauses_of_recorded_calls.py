"""Long pauses within the turns of a recorded call, as the model of a turn's end hears them."""

from itertools import pairwise

import pytest

from agents.engines.end_of_turn.smart_turn import SmartTurn
from agents.speech.turns.reasons import SOUNDS_OPEN
from benchmarks.turn_taking.recorded import (
    Stretch,
    calls_folder,
    cut,
    mulaw_of,
    stretches,
    turns_of,
)

pytestmark = pytest.mark.models

LONG_MS = 1_000
PAUSE_MS = 200


def long_pauses():
    """The sound of each turn up to a long pause within it, and some of that pause."""
    for path in sorted(calls_folder().glob("*_caller.wav")):
        caller = mulaw_of(path)
        agent = stretches(mulaw_of(path.with_name(path.name.replace("_caller", "_agent"))))
        for turn in turns_of(stretches(caller), agent):
            for before, after in pairwise(turn):
                if after.begin_ms - before.end_ms >= LONG_MS:
                    begin_ms = max(0, turn[0].begin_ms - PAUSE_MS)
                    yield cut(caller, Stretch(begin_ms, before.end_ms + PAUSE_MS))


def test_long_pauses_within_turns_sound_open():
    pauses = list(long_pauses())
    if not pauses:
        reason = f"No recorded calls in {calls_folder()}; set VOICEX_CALLS_DIR to their folder"
        print(f"SKIPPED: {reason}")  # noqa: T201  a skip must be seen without -rs too
        pytest.skip(reason)
    model = SmartTurn()
    sounds = [model.finished(audio) for audio in pauses]
    assert sum(each < SOUNDS_OPEN for each in sounds) >= 0.7 * len(sounds)
