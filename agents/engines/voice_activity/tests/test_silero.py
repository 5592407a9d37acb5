"""The real voice activity model, batched, on noise and on recorded people."""

from itertools import pairwise

import numpy as np
import onnxruntime
import pytest

from agents.engines.local.onnx_tensors import float_constants
from agents.engines.voice_activity.silero import MODEL, WINDOW, Silero
from agents.engines.voice_activity.silero_network import HEARD, STATE, SileroNetwork
from agents.speech.audio import mulaw
from testing.sound.speech import recorded_people_or_skip

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
    return [model.probabilities([row], [window])[0] for window in windows(audio)]


def noise(seconds, level, seed=0):
    loud = np.random.default_rng(seed).normal(0, level * 32768, int(seconds * 8000))
    return mulaw.encode(loud.clip(-32768, 32767).astype(np.int16))


def judged_by_onnxruntime(batches):
    """Probabilities and memory after each batch [n, 288], as the file's own graph computes them."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # the model holds unused constants, reported at every load
    session = onnxruntime.InferenceSession(
        MODEL.resolve(), options, providers=["CPUExecutionProvider"]
    )
    state = np.zeros((2, len(batches[0]), STATE), dtype=np.float32)
    for batch in batches:
        output, state = session.run(None, {"input": batch, "state": state, "sr": np.array(8000)})
        yield output[:, 0], state


def test_the_network_computes_what_onnxruntime_computes():
    audio = b"".join(person.audio() for person in recorded_people_or_skip()[:6])
    samples = mulaw.decode(audio).astype(np.float32) / 32768
    rows = samples[: len(samples) // (3 * HEARD) * 3 * HEARD].reshape(3, -1, HEARD)
    network = SileroNetwork(float_constants(MODEL.resolve().read_bytes()))
    hidden = cell = np.zeros((3, STATE), dtype=np.float32)
    batches = [np.ascontiguousarray(batch) for batch in rows.transpose(1, 0, 2)]
    surest = 0.0
    for batch, (expected, state) in zip(batches, judged_by_onnxruntime(batches), strict=True):
        probability, hidden, cell = network.run(batch, hidden, cell)
        surest = max(surest, expected.max())
        assert probability == pytest.approx(expected, abs=1e-4)
        assert np.stack((hidden, cell)) == pytest.approx(state, abs=1e-3)
    assert surest > 0.9  # it was about speech


def test_long_quiet_does_not_make_the_model_deaf(model):
    """Without rest for its memory it hears speech after 20 s of quiet a quarter second later."""
    for person in recorded_people_or_skip()[:8]:
        at_once = alone(model, noise(0.32, 0.001) + person.audio())
        later = alone(model, noise(20 * 0.32, 0.001) + person.audio())[-len(at_once) :]
        first, first_later = (
            next(n for n, value in enumerate(values) if value >= 0.5) for values in (at_once, later)
        )
        assert first_later <= first + 2, person.id


@pytest.mark.parametrize("level", [0.0, 0.001, 0.01])
def test_plain_noise_is_not_judged(level):
    model = Silero()
    alone(model, noise(20, level))
    assert model.windows == 625
    assert model.windows_skipped > 0.5 * model.windows


def test_in_the_middle_of_an_utterance_everything_is_judged():
    model = Silero()
    model.forget(0)
    model.set_speaking(0, True)
    for window in windows(noise(5, 0.001)):
        model.probabilities([0], [window])
    assert model.windows_skipped == 0


def test_skipping_noise_changes_nothing_of_what_follows():
    gated, ungated = Silero(), Silero(is_gated=False)
    for person in recorded_people_or_skip()[:6]:
        audio = noise(6, 0.001, seed=3) + person.audio()
        heard, expected = alone(gated, audio), alone(ungated, audio)
        for value, other in zip(heard, expected, strict=True):
            assert (value >= 0.35) == (other >= 0.35)
    assert 0.2 * gated.windows < gated.windows_skipped
    assert ungated.windows_skipped == 0


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
        together = [batch[column] for batch in batches]
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
