"""MiniLM in numpy gives what the published model gives."""

import threading

import numpy as np
import pytest

from agents.engines.local import embeddings

pytestmark = pytest.mark.models

HAPPY = "That is a happy person"
# Cosines that the model's own page shows for sentence-transformers (to three places).
PUBLISHED = {
    "That is a happy dog": 0.695,
    "That is a very happy person": 0.943,
    "Today is a sunny day": 0.257,
}


def test_likenesses_are_the_published_ones():
    vectors = embeddings.encode([HAPPY, *PUBLISHED])
    assert vectors[0] @ vectors[1:].T == pytest.approx(list(PUBLISHED.values()), abs=0.001)


def test_vectors_are_float32_of_length_one():
    vectors = embeddings.encode(["hello", "what time do you open on saturday morning"])
    assert vectors.shape == (2, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_text_means_the_same_alone_and_in_company():
    texts = ["short", "a much longer sentence about the opening hours of a shop", ""]
    together = embeddings.encode(texts)
    alone = np.concatenate([embeddings.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_nothing_encodes_to_nothing():
    assert embeddings.encode([]).shape == (0, 384)


def test_a_very_long_text_is_cut_not_refused():
    assert embeddings.encode(["word " * 5000]).shape == (1, 384)


def test_case_and_accents_do_not_matter():
    first, second = embeddings.encode(["Where is the café?", "where is the cafe?"])
    assert first @ second == pytest.approx(1.0, abs=1e-5)


def test_several_threads_get_what_one_gets():
    texts = [f"question number {number}" for number in range(4)]
    expected = embeddings.encode(texts)
    found: dict[int, np.ndarray] = {}

    def ask(number: int) -> None:
        found[number] = embeddings.encode([texts[number]])[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose([found[number] for number in range(4)], expected, atol=1e-5)


def test_many_texts_are_taken_a_few_at_a_time(monkeypatch):
    model, sizes = embeddings._load(), []

    class Watched:
        def encode(self, texts):
            sizes.append(len(texts))
            return model.encode(texts)

    monkeypatch.setattr(embeddings, "_load", Watched)
    texts = [f"room {number}" for number in range(embeddings.BATCH + 3)]
    assert embeddings.encode(texts).shape == (len(texts), embeddings.WIDTH)
    assert sizes == [embeddings.BATCH, 3]
