"""The real model of the sound of a turn's end, on recorded people."""

from statistics import median

import pytest

from agents.engines.end_of_turn.smart_turn import BYTES, SmartTurn
from agents.speech.audio import mulaw
from agents.speech.turns.reasons import SOUNDS_FINISHED
from testing.sound.speech import recorded_people_or_skip

pytestmark = pytest.mark.models

MS = 8  # bytes
PAUSE = bytes([mulaw.SILENCE]) * 200 * MS


@pytest.fixture(scope="module")
def model():
    return SmartTurn()


def test_whole_sentences_sound_finished(model):
    people = [p for p in recorded_people_or_skip() if p.kind in ("phone", "command")]
    sounds = [model.finished(person.audio() + PAUSE) for person in people]
    assert median(sounds) > 0.9
    assert sum(each >= SOUNDS_FINISHED for each in sounds) >= 0.8 * len(people)


def test_any_length_is_taken_and_only_the_end_of_a_long_one_heard(model):
    assert 0 <= model.finished(b"") <= 1
    assert 0 <= model.finished(b"\x12") <= 1
    tone = bytes(range(256)) * (BYTES // 256)
    assert model.finished(PAUSE * 100 + tone) == pytest.approx(model.finished(tone))
