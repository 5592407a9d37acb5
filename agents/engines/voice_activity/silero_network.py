"""Silero's 8 kHz network (v6), written out in numpy: one window of many callers at once.

    288 samples -> spectrum of 4 frames -> 4 convolutions -> LSTM of 128 -> one probability

It computes what the graph in the file computes, to 1e-4 (tests compare them on recorded
people), at a third of onnxruntime's cost: the graph asks at each run for its sampling rate and
its shapes, and the network is so small that this is most of the work. Everything is laid
out so that a layer is one matrix product over all callers.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

HEARD: Final = 288  # samples in: 32 of the window before, 256 of this one
STATE: Final = 128  # of the LSTM's hidden and of its cell

_PADDED: Final = 320  # the end is mirrored by as much as the context is long
_FRAME: Final = 128
_HOP: Final = 64
_FRAMES: Final = (_PADDED - _FRAME) // _HOP + 1
_BINS: Final = _FRAME // 2 + 1
_TAPS: Final = 3  # of every convolution
_WIDTHS: Final = (_BINS, 128, 64, 64, 128)  # channels before, between and after convolutions
_HALF: Final = np.float32(0.5)
# A product with a matrix copies the weights of the gates, half a megabyte, each time; with vectors
# it does not: for so many callers that takes half of the time (21 us of 47 for two).
_FEW: Final = 4

# Where the file keeps the branch for 8 kHz.
_BRANCH: Final = "If_0_else_branch__Inline_0__"


class SileroNetwork:
    """The weights, ready for `run`. Holds nothing of any caller; for any number of threads."""

    def __init__(self, tensors: Mapping[str, Floats]) -> None:
        """tensors: of the model file, by name. Raises KeyError when one is missing."""
        basis, *kernels = (
            tensors[_BRANCH + name]
            for name in (
                "stft.forward_basis_buffer",
                *(f"encoder.{layer}.reparam_conv.weight" for layer in range(4)),
            )
        )
        self._basis = np.ascontiguousarray(basis[:, 0].T)
        # [out, in, tap] to [tap * in, out], as the windows of `_windows` lie in memory.
        first, second, third, fourth = (kernel.transpose(2, 1, 0) for kernel in kernels)
        self._kernels = (
            first.reshape(-1, first.shape[2]),
            second.reshape(-1, second.shape[2]),
            # Two frames are left, then one: these taps would only meet the zeros around them.
            third[1:].reshape(-1, third.shape[2]),
            np.ascontiguousarray(fourth[1]),
        )
        self._biases = tuple(
            tensors[f"{_BRANCH}encoder.{layer}.reparam_conv.bias"] for layer in range(4)
        )
        rnn = f"{_BRANCH}decoder.rnn."
        gates = np.concatenate((tensors[f"{rnn}weight_ih"], tensors[f"{rnn}weight_hh"]), axis=1)
        bias = tensors[f"{rnn}bias_ih"] + tensors[f"{rnn}bias_hh"]
        # sigmoid(x) is tanh(x / 2) / 2 + 1 / 2. With the first halving in the weights, one
        # tanh serves all gates: input, forget, candidate (the only tanh of the four), output.
        halving = np.full((4 * STATE, 1), _HALF)
        halving[2 * STATE : 3 * STATE] = 1.0
        self._gates = np.ascontiguousarray((gates * halving).T)
        self._gates_bias = bias * halving[:, 0]
        self._output = tensors[f"{_BRANCH}decoder.decoder.2.weight"].reshape(STATE)
        self._output_bias = tensors[f"{_BRANCH}decoder.decoder.2.bias"][0]

    def run(self, heard: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats]:
        """How surely each caller speaks (0 to 1), and the memory after it.

        heard: [n, 288], in [-1, 1]; hidden, cell: [n, 128] from the window before, zeros at
        first. Returns [n], [n, 128], [n, 128].
        """
        encoded = self._encode(self._spectrum(heard))
        gates = self._products(np.concatenate((encoded, hidden), axis=1))
        gates += self._gates_bias
        np.tanh(gates, out=gates)
        candidate = gates[:, 2 * STATE : 3 * STATE].copy()
        gates *= _HALF
        gates += _HALF
        cell = gates[:, STATE : 2 * STATE] * cell
        cell += gates[:, :STATE] * candidate
        hidden = gates[:, 3 * STATE :] * np.tanh(cell)
        logit = np.maximum(hidden, 0.0) @ self._output + self._output_bias
        return np.tanh(logit * _HALF) * _HALF + _HALF, hidden, cell

    def _products(self, inputs: Floats) -> Floats:
        """`inputs @ self._gates`, [n, 512] of [n, 256]."""
        if len(inputs) > _FEW:
            return inputs @ self._gates
        products = np.empty((len(inputs), len(self._gates_bias)), dtype=np.float32)
        for row, product in zip(inputs, products, strict=True):
            np.dot(row, self._gates, out=product)
        return products

    def _spectrum(self, heard: Floats) -> Floats:
        """Magnitudes, [n, frames + 2, bins]: with a frame of zeros before and after."""
        count = len(heard)
        padded = np.empty((count, _PADDED), dtype=np.float32)
        padded[:, :HEARD] = heard
        padded[:, HEARD:] = heard[:, HEARD - 2 : 2 * HEARD - _PADDED - 2 : -1]
        parts = _windows(padded, _FRAMES, _FRAME, _HOP).reshape(-1, _FRAME) @ self._basis
        np.square(parts, out=parts)
        parts = parts.reshape(count, _FRAMES, 2 * _BINS)
        spectrum = _between_zeros(count, _FRAMES, _BINS)
        magnitude = spectrum[:, 1:-1]
        np.add(parts[:, :, :_BINS], parts[:, :, _BINS:], out=magnitude)
        np.sqrt(magnitude, out=magnitude)
        return spectrum

    def _encode(self, spectrum: Floats) -> Floats:
        """The four convolutions, of strides 1, 2, 2 and 1: [n, 128] of [n, frames + 2, bins]."""
        count = len(spectrum)
        width, second_width = _WIDTHS[0], _WIDTHS[1]
        windows = _windows(spectrum, _FRAMES, _TAPS * width, width)
        first = self._layer(0, windows.reshape(-1, _TAPS * width))
        encoded = _between_zeros(count, _FRAMES, second_width)
        encoded[:, 1:-1] = first.reshape(count, _FRAMES, second_width)
        windows = _windows(encoded, _FRAMES // 2, _TAPS * second_width, 2 * second_width)
        second = self._layer(1, windows.reshape(-1, _TAPS * second_width))
        return self._layer(3, self._layer(2, second.reshape(count, 2 * _WIDTHS[2])))

    def _layer(self, number: int, inputs: Floats) -> Floats:
        outputs = inputs @ self._kernels[number]
        outputs += self._biases[number]
        return np.maximum(outputs, 0.0, out=outputs)


def _between_zeros(count: int, frames: int, width: int) -> Floats:
    """Room for [count, frames, width], and a frame of zeros on either side of it."""
    room = np.empty((count, frames + 2, width), dtype=np.float32)
    room[:, 0] = room[:, -1] = 0.0
    return room


def _windows(rows: Floats, count: int, length: int, step: int) -> Floats:
    """Of each row (laid flat) `count` windows, `step` values apart: a view, [n, count, length].

    What `numpy.lib.stride_tricks.as_strided` does, at a tenth of its cost.
    """
    strides = (rows.strides[0], step * rows.itemsize, rows.itemsize)
    return np.ndarray((len(rows), count, length), np.float32, rows, strides=strides)
