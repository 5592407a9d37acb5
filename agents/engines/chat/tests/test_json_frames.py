"""How much of a stream is read: comments keep a connection open, and nothing more."""

import pytest

from agents.engines.chat.json_frames import COMMENT_BYTES, Frame, JsonFrames, TooLarge

KEEPALIVE = b": OPENROUTER PROCESSING\n\n"


def test_an_hour_of_keepalives_is_read_and_the_answer_after_it():
    frames = JsonFrames()
    for _ in range(3_600):
        assert list(frames.push(KEEPALIVE)) == []
    assert list(frames.push(b'data: {"a": 1}\n\n')) == [Frame({"a": 1})]


def test_a_flood_of_comments_is_refused_whatever_its_cuts():
    for flood in (b": waiting\n" * 1_000, b":\n" * 100, b": " + b"x" * 9_000 + b"\n"):
        frames = JsonFrames()
        pieces = [flood] * (2 * COMMENT_BYTES // len(flood))
        with pytest.raises(TooLarge):
            _push_all(frames, pieces)


def _push_all(frames: JsonFrames, pieces: list[bytes]) -> None:
    for piece in pieces:
        assert list(frames.push(piece)) == []
