"""Silero's voice activity model (MIT), many callers in one computation.

At 8 kHz and not at 16: on the recorded people the upsampled model recalled less in noise
(0.87 against 0.92 of the voiced windows at 20 dB) and costs a third more.

The model's memory is kept from two faults that its authors' own wrapper has, too:

- Quiet wears it out. After some seconds of a line without speech it recognises the next
  speech later or not at all: of calls with pauses of 2 to 6 s it recalled 0.76 of the voiced
  windows, and half of all starts came more than 258 ms late. So memory rests: in quiet each
  window is judged from the memory as it was when quiet began. 0.91, and 116 ms. It also
  follows that a window of plain noise need not be judged at all, for it changes nothing.
- After speech it stays sure for some 100 ms. Where the line shows plainly that no one
  speaks, far below the caller's own level, that is overruled; it makes a turn end 90 ms
  sooner on a clean line, and in noise it changes nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from agents.engines.local.onnx_tensors import float_constants
from agents.engines.models import ModelFile
from agents.engines.voice_activity.silero_network import HEARD, STATE, SileroNetwork
from agents.speech.audio import mulaw
from agents.speech.audio.noise_gate import NoiseGate, level_db, power_db

MODEL: Final = ModelFile(
    package="silero_vad",
    path="data/silero_vad.onnx",
    sha256="1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
)
WINDOW: Final = 256  # samples: 32 ms, the only length the model takes at 8 kHz
_CONTEXT: Final = HEARD - WINDOW  # samples of the window before, put in front

# The model says less than this of a window: no speech, beyond doubt.
_QUIET: Final = 0.1
# Windows of quiet after which memory rests, 384 ms. With 30 a start comes 18 ms later, with 4
# a twentieth more of the noise passes for speech.
_REST_AFTER: Final = 12
_NOISE_AFTER: Final = 3  # windows of quiet after which a window is the line's noise alone

_CERTAIN: Final = 0.5
# Between a talker's loudest window and what can still be speech of theirs. At 30 dB twice
# as many false pauses on the recorded people, at 45 the tail of the model stays.
_REACH_DB: Final = 36.0
_FORGOTTEN_DB: Final = 0.05  # a voiced window: 1.6 dB a second, for a talker who goes softer
_UNHEARD_DB: Final = -200.0
_LEAST_POWER: Final = np.float32(1e-12)

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]


class Silero:
    """The model and the memory of every caller, one row each. For one thread at a time.

    windows, windows_skipped: how many were asked about, and how many of them were plain noise
    and never reached the network. is_gated: False judges all, for comparison.
    """

    def __init__(self, *, is_gated: bool = True) -> None:
        """Load the model. Raises EngineMissing."""
        # BLAS threads wait by spinning; products this small never need more than one.
        threadpool_limits(limits=1, user_api="blas")
        self.windows = 0
        self.windows_skipped = 0
        self._is_gated = is_gated
        self._network = SileroNetwork(float_constants(MODEL.resolve().read_bytes()))
        self._hidden = np.zeros((0, STATE), dtype=np.float32)
        self._cell = np.zeros((0, STATE), dtype=np.float32)
        self._context = np.zeros((0, _CONTEXT), dtype=np.float32)
        self._loudest_db = np.zeros(0, dtype=np.float32)
        self._quiet = np.zeros(0, dtype=np.int32)  # windows of quiet up to now
        self._is_speaking = np.zeros(0, dtype=np.bool_)
        self._gate = NoiseGate(0)
        self._reserve(32)

    def forget(self, row: int) -> None:
        """Make `row` (any number from 0) ready for another caller."""
        self._reserve(row + 1)
        self._hidden[row] = self._cell[row] = 0.0
        self._context[row] = 0.0
        self._loudest_db[row] = _UNHEARD_DB
        self._quiet[row] = 0
        self._is_speaking[row] = False
        self._gate.forget(row)

    def set_speaking(self, row: int, is_speaking: bool) -> None:
        """Set whether the caller of `row` is in the middle of an utterance: then all is judged."""
        self._is_speaking[row] = is_speaking

    def probabilities(self, rows: list[int], windows: list[bytes]) -> Floats:
        """How surely each window is speech, 0 to 1, in the order given; 0 for plain noise.

        rows: whose memory to use, each at most once; windows: 256 bytes of mu-law each.
        """
        # `take` and `nonzero` do what indexing and `flatnonzero` do in a third of the time: on a
        # batch of three callers numpy's own work is most of it.
        index = np.array(rows, dtype=np.intp)
        samples = mulaw.decode_unit(b"".join(windows)).reshape(-1, WINDOW)
        noise_db = level_db(samples)
        quiet, is_speaking = self._quiet[index], self._is_speaking[index]
        judged = self._judged(index, noise_db, (quiet >= _REST_AFTER) & ~is_speaking)
        self.windows += len(rows)
        self.windows_skipped += len(rows) - len(judged)
        probability = np.zeros(len(rows), dtype=np.float32)
        if len(judged):
            probability[judged] = self._judge(index[judged], samples.take(judged, axis=0))
        self._context[index] = samples[:, -_CONTEXT:]
        quiet += 1
        quiet *= (probability < _QUIET) & ~is_speaking
        self._quiet[index] = quiet
        noise = (quiet >= _NOISE_AFTER).nonzero()[0]
        if len(noise):
            self._gate.learn(index[noise], noise_db[noise])
        return self._without_tail(index, probability, samples)

    def _judged(self, index: Rows, noise_db: Floats, rests: NDArray[np.bool_]) -> Rows:
        """Which of the windows the network must hear; rests: those whose memory is not moved."""
        if not self._is_gated:
            return np.arange(len(index))
        if rests.any():
            rests &= self._gate.is_plain_noise(index, noise_db)
        return (~rests).nonzero()[0]

    def _judge(self, index: Rows, samples: Floats) -> Floats:
        heard: Floats = np.concatenate((self._context.take(index, axis=0), samples), axis=1)
        memory = self._hidden.take(index, axis=0), self._cell.take(index, axis=0)
        probability, hidden, cell = self._network.run(heard, *memory)
        moves = (self._quiet[index] < _REST_AFTER) | (probability >= _QUIET)
        self._hidden[index[moves]] = hidden[moves]
        self._cell[index[moves]] = cell[moves]
        return probability

    def _without_tail(self, index: Rows, probability: Floats, samples: Floats) -> Floats:
        sound_db = power_db(samples, least=_LEAST_POWER)
        loudest_db = self._loudest_db[index]
        certain = (probability > _CERTAIN).nonzero()[0]
        if len(certain):
            followed_db = np.maximum(loudest_db - _FORGOTTEN_DB, sound_db)
            loudest_db[certain] = followed_db[certain]
            self._loudest_db[index] = loudest_db
        probability *= sound_db >= loudest_db - _REACH_DB
        return probability

    def _reserve(self, rows: int) -> None:
        missing = rows - len(self._context)
        if missing <= 0:
            return
        missing = max(missing, len(self._context))  # doubling keeps growth rare
        self._hidden = np.pad(self._hidden, ((0, missing), (0, 0)))
        self._cell = np.pad(self._cell, ((0, missing), (0, 0)))
        self._context = np.pad(self._context, ((0, missing), (0, 0)))
        self._loudest_db = np.pad(self._loudest_db, (0, missing), constant_values=_UNHEARD_DB)
        self._quiet = np.pad(self._quiet, (0, missing))
        self._is_speaking = np.pad(self._is_speaking, (0, missing))
        self._gate.reserve(len(self._context))
