"""The log-mel spectrogram that models of Whisper's kind hear, of a telephone's sound. Pure.

Whisper's features (Radford and others, 2022; the parameters as in its reference code) are those of
sound at 16 kHz: 80 bands, windows of 25 ms every 10 ms. A telephone's 8 kHz say nothing above
4 kHz, so windows of as many milliseconds are taken at 8 kHz, without resampling: the bins below
4 kHz come out alike, in half the time, and those above stay at the floor.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from agents.speech.audio.mulaw import RATE

BANDS: Final = 80
STEP: Final = RATE // 100  # samples from one window to the next: 10 ms
_WINDOW: Final = RATE // 40  # samples: 25 ms
_WHISPER_RATE: Final = 16_000
# Twice the samples a window make twice the amplitude, which is four times the power.
_POWER: Final = (_WHISPER_RATE / RATE) ** 2
# Up to 3.8 kHz: a resampler to 16 kHz leaves nothing above, and so it was when models learned.
_BINS: Final = 96
_LEAST: Final = 1e-10
_RANGE: Final = 8.0  # decades below the loudest that are told apart
# The scale of Slaney's Auditory Toolbox: linear up to 1 kHz, logarithmic above.
_LINEAR_HZ: Final = 200 / 3  # a mel
_BEND_HZ: Final = 1_000.0
_BEND_MEL: Final = _BEND_HZ / _LINEAR_HZ
_LOG_STEP: Final = np.log(6.4) / 27

Floats = NDArray[np.float32]


def log_mel(samples: Floats) -> Floats:
    """The spectrogram of `samples`, (BANDS, len(samples) // STEP), about -1 to 1.

    samples: 8 kHz mono, -1 to 1; they are brought to a mean of 0 and a variance of 1 first.
    """
    even = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    padded = np.pad(even, _WINDOW // 2, mode="reflect")
    windows = sliding_window_view(padded, _WINDOW)[: len(samples) // STEP * STEP : STEP]
    alike = _leading_alike(samples)
    windows = windows[alike:]
    spectrum = np.fft.rfft(windows * _HANN)[:, :_BINS]
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) * np.float32(_POWER)
    decades = np.log10(np.maximum(power @ _FILTERS, _LEAST))
    decades = np.maximum(decades, decades.max() - _RANGE)
    bands = np.empty((BANDS, alike + len(decades)), np.float32)
    bands[:, alike:] = ((decades + 4) / 4).T
    bands[:, :alike] = bands[:, alike : alike + 1]
    return bands


def _leading_alike(samples: Floats) -> int:
    """How many windows at the beginning equal their successor: those of the silence that pads a
    short sound.
    """
    silent = int((samples != 0).argmax())  # 0 also where all of it is
    return max(0, (silent - _WINDOW // 2) // STEP)


def _mel(hertz: float) -> float:
    return float(
        hertz / _LINEAR_HZ if hertz < _BEND_HZ else _BEND_MEL + np.log(hertz / _BEND_HZ) / _LOG_STEP
    )


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(
        mels < _BEND_MEL, mels * _LINEAR_HZ, _BEND_HZ * np.exp(_LOG_STEP * (mels - _BEND_MEL))
    )


def _filters() -> Floats:
    """Triangular filters of equal area, one per band; rows: the bins of one window."""
    edges = _hertz(np.linspace(_mel(0), _mel(_WHISPER_RATE / 2), BANDS + 2))
    bins = np.linspace(0, RATE / 2, _WINDOW // 2 + 1)[:_BINS, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins - low) / (middle - low)
    falling = (high - bins) / (high - middle)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (high - low)).astype(np.float32)


_HANN: Final = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
_FILTERS: Final = _filters()
