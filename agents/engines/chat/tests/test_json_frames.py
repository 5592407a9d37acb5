"""How much of a stream is read: comments keep a connection open, and nothing more."""

import json

import pytest

from agents.engines.chat import json_frames
from agents.engines.chat.json_frames import (
    COMMENT_BYTES,
    LINE_BYTES,
    MOST_OF_A_LINE,
    WHOLE_BYTES,
    Frame,
    JsonFrames,
    TooLarge,
)

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


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_whole_answer_on_one_line_may_have_reasoned_at_length(end):
    message = {
        "reasoning": "They open at nine, as the document says on its first page.\n" * 13_000,
        "content": "At nine.",
    }
    answer = {"choices": [{"message": message}]}
    line = (json.dumps(answer) + end).encode()
    assert LINE_BYTES < len(line) < WHOLE_BYTES
    frames = JsonFrames()
    pieces = (line[at : at + 4_096] for at in range(0, len(line), 4_096))
    found = [each for piece in pieces for each in frames.push(piece)]
    assert [*found, *frames.flush()] == [Frame(answer)]


@pytest.mark.parametrize(
    "value", ["[" + "{}," * 60_000 + "{}]", "[" + "1," * 90_000 + "1]", '"' + "\\n" * 120_000 + '"']
)
def test_a_long_line_that_would_take_long_to_read_is_refused(value):
    line = f'{{"content": {value}}}'.encode()
    with pytest.raises(TooLarge):
        _read(JsonFrames(), line + b"\n")
    frames = JsonFrames()
    assert list(frames.push(line)) == []
    assert list(frames.flush()) == []
    assert frames.unreadable == 1
    assert frames.rest.startswith('{"content"')


def test_of_values_that_stand_side_by_side_only_so_many_are_read():
    for line in (b"1 " * 60_000, b'{"a":1} ' + b'""' * 400_000):
        values, _ = json_frames._values(line.decode())
        assert len(values) == MOST_OF_A_LINE
        frames = JsonFrames()
        assert len([*frames.push(line), *frames.flush()]) == MOST_OF_A_LINE


def test_no_other_line_may_be_as_long():
    long = json.dumps({"content": "x" * LINE_BYTES}).encode()
    for before, line in ((b"", b"data: " + long), (b'data: {"a": 1}\n\n', long)):
        with pytest.raises(TooLarge):
            _read(JsonFrames(), before + line + b"\n")
    with pytest.raises(TooLarge):
        _read(JsonFrames(), b'{"content": "' + b"x" * WHOLE_BYTES)


def _read(frames: JsonFrames, data: bytes) -> list[Frame]:
    return list(frames.push(data))


def _push_all(frames: JsonFrames, pieces: list[bytes]) -> None:
    for piece in pieces:
        assert list(frames.push(piece)) == []


@pytest.mark.parametrize("begun", ["", '{"a": 1}', "x"])
def test_end_marks_without_number_on_a_line_end_it_once(begun):
    for number in (1, 3, 15_000):
        for form in ("[DONE]", "data: [DONE]\\n"):
            frames = JsonFrames()
            text = f"data: {begun}{form * number}\n"[:LINE_BYTES].rstrip("\n")
            found = [*frames.push(text.encode()), *frames.flush()]
            assert [each.value for each in found] == ([{"a": 1}] if begun.startswith("{") else [])


def test_an_end_mark_behind_a_value_ends_the_answer():
    frames = JsonFrames()
    assert list(frames.push(b'{"a": 1}data: [DONE]\\n [DONE]\n')) == [Frame({"a": 1})]
    assert frames.is_done
