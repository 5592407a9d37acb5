"""The real model of the sound of a turn's end, on recorded people."""

from statistics import median

import onnxruntime
import pytest

from agents.engines.end_of_turn.smart_turn import ATTENTIONS, BYTES, MODEL, SmartTurn, shortened
from agents.engines.local.onnx_tensors import with_float_outputs
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


def test_attention_is_computed_in_floats(model, tmp_path):
    """The table of 8 bits is a fifth of a decision, and does not round as the model says."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.log_severity_level = 3  # it warns that the file is for this machine alone
    content = with_float_outputs(shortened(MODEL.resolve().read_bytes()), ATTENTIONS)
    onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    assert b"QLinearSoftmax" not in (tmp_path / "optimized.onnx").read_bytes()
