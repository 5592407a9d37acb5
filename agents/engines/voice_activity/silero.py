"""Silero's voice activity model (MIT), many callers in one computation.

At 8 kHz and not at 16: on the recorded people the upsampled model recalled less in noise
(0.87 against 0.92 of the voiced windows at 20 dB) and costs a third more.

The model's memory is kept from two faults that its authors' own wrapper has, too:

- Quiet wears it out. After some seconds of a line without speech it recognises the next
  speech later or not at all: of calls with pauses of 2 to 6 s it recalled 0.76 of the voiced
  windows, and half of all starts came more than 258 ms late. So memory rests: in quiet each
  window is judged from the memory as it was when quiet began. 0.91, and 116 ms. It also
  follows that a window of plain noise need not be judged at all, for it changes nothing. A pause
  within a turn is quiet, too: with pauses up to 0.9 s judged as speech, 0.90 of the voiced windows
  were recalled in place of 0.92, and one start in twenty came 590 ms late in place of 360.
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
_LEAST_POWER: Final = 1e-12

Floats = NDArray[np.float32]


class _Caller:
    """What is remembered of one caller beside the model's memory.

    Plain numbers, and no arrays of all callers: on a batch of three to thirty, what numpy adds to
    each of some forty steps is most of the work (a batch of eight takes 0.7 of the time so).
    """

    __slots__ = ("gate", "is_speaking", "loudest_db", "quiet")

    def __init__(self) -> None:
        self.gate = NoiseGate()
        self.is_speaking = False
        self.loudest_db = _UNHEARD_DB
        self.quiet = 0  # windows of quiet up to now

    @property
    def rests(self) -> bool:
        """Whether the model's memory of them is not moved by what is no speech."""
        return self.quiet >= _REST_AFTER and not self.is_speaking

    def judged(self, probability: float, noise_db: float, sound_db: float) -> float:
        """Remember a window that was judged; how surely it is speech.

        noise_db, sound_db: its levels, as `level_db` and as `power_db` give them.
        """
        if probability < _QUIET and not self.is_speaking:
            self.quiet += 1
            if self.quiet >= _NOISE_AFTER:
                self.gate.learn(noise_db)
        else:
            self.quiet = 0
        if probability > _CERTAIN:
            self.loudest_db = max(self.loudest_db - _FORGOTTEN_DB, sound_db)
        return probability if sound_db >= self.loudest_db - _REACH_DB else 0.0


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
        self._callers: list[_Caller] = []
        self._reserve(32)

    def forget(self, row: int) -> None:
        """Make `row` (any number from 0) ready for another caller."""
        self._reserve(row + 1)
        self._hidden[row] = self._cell[row] = 0.0
        self._context[row] = 0.0
        self._callers[row] = _Caller()

    def set_speaking(self, row: int, is_speaking: bool) -> None:
        """Set whether the caller of `row` speaks, with no pause just now: then all is judged."""
        self._callers[row].is_speaking = is_speaking

    def probabilities(self, rows: list[int], windows: list[bytes]) -> list[float]:
        """How surely each window is speech, 0 to 1, in the order given; 0 for plain noise.

        rows: whose memory to use, each at most once; windows: 256 bytes of mu-law each.
        """
        samples = mulaw.decode_unit(b"".join(windows)).reshape(-1, WINDOW)
        noise_db = level_db(samples)
        sound_db = power_db(samples, least=_LEAST_POWER)
        callers = [self._callers[row] for row in rows]
        heard = [
            at
            for at, (caller, level) in enumerate(zip(callers, noise_db, strict=True))
            if not (self._is_gated and caller.rests and caller.gate.is_plain_noise(level))
        ]
        self.windows += len(rows)
        self.windows_skipped += len(rows) - len(heard)
        probability = [0.0] * len(rows)
        if heard:
            judged = self._judge([rows[at] for at in heard], samples.take(heard, axis=0))
            for at, value in zip(heard, judged, strict=True):
                probability[at] = value
        self._context[rows] = samples[:, -_CONTEXT:]
        return [
            caller.judged(speech, noise, sound)
            for caller, speech, noise, sound in zip(
                callers, probability, noise_db, sound_db, strict=True
            )
        ]

    def _judge(self, rows: list[int], samples: Floats) -> list[float]:
        # `take` does what indexing does in a third of the time.
        index = np.array(rows, dtype=np.intp)
        heard: Floats = np.concatenate((self._context.take(index, axis=0), samples), axis=1)
        memory = self._hidden.take(index, axis=0), self._cell.take(index, axis=0)
        probabilities, hidden, cell = self._network.run(heard, *memory)
        judged: list[float] = probabilities.tolist()
        moves = [
            at
            for at, (row, probability) in enumerate(zip(rows, judged, strict=True))
            if self._callers[row].quiet < _REST_AFTER or probability >= _QUIET
        ]
        if len(moves) < len(rows):
            index, hidden, cell = index[moves], hidden[moves], cell[moves]
        self._hidden[index] = hidden
        self._cell[index] = cell
        return judged

    def _reserve(self, rows: int) -> None:
        missing = rows - len(self._callers)
        if missing <= 0:
            return
        missing = max(missing, len(self._callers))  # doubling keeps growth rare
        self._hidden = np.pad(self._hidden, ((0, missing), (0, 0)))
        self._cell = np.pad(self._cell, ((0, missing), (0, 0)))
        self._context = np.pad(self._context, ((0, missing), (0, 0)))
        self._callers += [_Caller() for _ in range(missing)]
