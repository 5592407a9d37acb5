"""The real voice activity model, batched, on noise and on recorded people."""

from itertools import pairwise

import numpy as np
import pytest

from agents.engines.silero import WINDOW, Silero
from agents.speech import mulaw
from tests.speech import recorded_people_or_skip

pytestmark = pytest.mark.models

SILENCE = bytes([mulaw.SILENCE]) * 8


@pytest.fixture(scope="module")
def model():
    return Silero()


def windows(audio):
    return [audio[i : i + WINDOW] for i in range(0, len(audio) - WINDOW + 1, WINDOW)]


def alone(model, audio, row=0):
    """The probabilities of one caller's audio."""
    model.forget(row)
    return [float(model.probabilities([row], [window])[0]) for window in windows(audio)]


def noise(seconds, level, seed=0):
    loud = np.random.default_rng(seed).normal(0, level * 32768, int(seconds * 8000))
    return mulaw.encode(loud.clip(-32768, 32767).astype(np.int16))


@pytest.mark.parametrize("level", [0.002, 0.02, 0.2])
def test_steady_noise_is_no_speech(model, level):
    assert max(alone(model, noise(3, level))) < 0.5


def test_clicks_are_no_speech(model):
    line = np.frombuffer(noise(4, 0.003), dtype=np.uint8).copy()
    click = np.frombuffer(noise(0.05, 0.3, seed=1), dtype=np.uint8)
    for start in range(1000, len(line) - 400, 3400):
        line[start : start + len(click)] = click
    voiced = [value >= 0.5 for value in alone(model, line.tobytes())]
    assert not any(a and b for a, b in pairwise(voiced))


def test_a_batch_hears_each_caller_as_if_alone(model):
    people = recorded_people_or_skip()[:4]
    streams = [windows(person.audio())[:40] for person in people]
    expected = [alone(model, b"".join(stream)) for stream in streams]

    rows = [3, 0, 70, 2]  # 70 makes room beyond what was reserved
    for row in rows:
        model.forget(row)
    batches = [model.probabilities(rows, list(batch)) for batch in zip(*streams, strict=False)]
    for column, values in enumerate(expected):
        together = [float(batch[column]) for batch in batches]
        assert together == pytest.approx(values[: len(together)], abs=1e-4)


def test_recorded_people_are_heard(model):
    for person in recorded_people_or_skip():
        assert max(alone(model, person.audio())) > 0.8, person.id


def test_on_a_clean_line_speech_ends_with_its_sound(model):
    """The model alone stays sure for three to five windows more."""
    people = [person for person in recorded_people_or_skip() if person.kind == "phone"]
    for person in people:
        # Each clip ends with 300 ms of nothing; the last windows of it are judged.
        heard = alone(model, person.audio() + SILENCE * 100)
        assert max(heard[-6:]) == 0.0, person.id
