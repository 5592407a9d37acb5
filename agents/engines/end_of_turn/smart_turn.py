"""Smart Turn v3.2 (Daily, BSD-2): the probability that a turn is over, by its audio.

The model uses pitch, tempo and lengthening, and no words. On a recorded telephone call it gave all
pauses of more than a second within a sentence less than 0.05, but some ends of turns too: so it is
only evidence.

The model was made for the last 8 s of a turn and gets the last 6, which takes 14 ms of a core in
place of 20. At 112 pauses of recorded people it separates ends from pauses as well as with 8 s: the
area under the curve is 0.74 and 0.73, with some noise 0.77 and 0.78, with more 0.76 and 0.76, and
at `SOUNDS_FINISHED` it recognises as many ends with fewer pauses among them. Shorter inputs need
other bounds and lose some ends.
"""

from typing import Final

import numpy as np
import onnxruntime

from agents.engines.local.onnx_tensors import float_initializers, resized, with_float_outputs
from agents.engines.models import ModelFile
from agents.speech.audio import mulaw
from agents.speech.audio.log_mel import BANDS, log_mel

MODEL: Final = ModelFile(
    package="pipecat",
    path="audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
    sha256="2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
)
# What the four layers attend to. onnxruntime would compute these from 8 bits by a table, value by
# value, which takes three times as long; what is an output of the graph it computes in floats,
# eight at once, and rounds them afterwards to the same 8 bits.
ATTENTIONS: Final = ("val_69", "val_142", "val_215", "val_288")
LOGITS: Final = "logits"
SECONDS: Final = 6
BYTES: Final = SECONDS * mulaw.RATE  # of the turn's end, the input of the model
# The model has an embedding for each 20 ms; the last ones belong to the turn's end.
POSITIONS: Final = 50 * SECONDS
EMBEDDING: Final = "inner.encoder.embed_positions.weight"
POSITION_COUNT: Final = "val_21"  # to which attention is reshaped
FEATURES: Final = "input_features"


class SmartTurn:
    """The loaded model. One thread at a time."""

    def __init__(self) -> None:
        """Raises EngineMissing."""
        options = onnxruntime.SessionOptions()
        # One thread; the others of a process are for its calls.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            with_float_outputs(shortened(MODEL.resolve().read_bytes()), ATTENTIONS),
            options,
            providers=["CPUExecutionProvider"],
        )

    def finished(self, audio: bytes) -> float:
        """The probability that the turn is over, 0 to 1.

        audio: the whole turn including its last pause (mu-law, 8 kHz mono, any length).
        """
        heard = mulaw.decode(audio[-BYTES:])
        samples = np.zeros(BYTES, np.float32)
        samples[BYTES - len(heard) :] = heard / np.float32(32768)
        (logits,) = self._session.run([LOGITS], {FEATURES: log_mel(samples)[None]})
        return float(logits[0, 0])


def shortened(model: bytes) -> bytes:
    """The model for the last `SECONDS` of a turn. model: the file."""
    positions = float_initializers(model)[EMBEDDING]
    return resized(
        model,
        inputs={FEATURES: (1, BANDS, 2 * POSITIONS)},
        tensors={
            EMBEDDING: positions[-POSITIONS:],
            POSITION_COUNT: np.array([POSITIONS], dtype=np.int64),
        },
    )
