"""Smart Turn v3.2 (Daily, BSD-2): the probability that a turn is over, by its audio.

The model uses pitch, tempo and lengthening in the last 8 s, and no words. On a recorded telephone
call it gave all pauses of more than a second within a sentence less than 0.05, but some ends of
turns too: so it is only evidence. One decision takes 25 to 40 ms of a core.
"""

from typing import Final

import numpy as np
import onnxruntime

from agents.engines.local.onnx_tensors import with_float_outputs
from agents.engines.models import ModelFile
from agents.speech.audio import mulaw
from agents.speech.audio.log_mel import log_mel

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
SECONDS: Final = 8
BYTES: Final = SECONDS * mulaw.RATE  # of the turn's end, the input of the model


class SmartTurn:
    """The loaded model. One thread at a time."""

    def __init__(self) -> None:
        """Raises EngineMissing."""
        options = onnxruntime.SessionOptions()
        # One thread; the others of a process are for its calls.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            with_float_outputs(MODEL.resolve().read_bytes(), ATTENTIONS),
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
        (logits,) = self._session.run([LOGITS], {"input_features": log_mel(samples)[None]})
        return float(logits[0, 0])
