"""Texts that once took twice as long with each mark more, on the event loop of all calls."""

from time import process_time

import pytest

from agents.speech.heard.transcription import NotWords, read
from agents.speech.reply.pieces import ReplyPieces

MOST_SECONDS = 1.0  # each took five or more


@pytest.mark.parametrize("mark", ["tool:", "action:", "function:", "tool name:", "to="])
def test_marks_that_a_model_repeats_before_no_name_take_no_time(mark):
    begun = process_time()
    pieces = ReplyPieces("en", tools=("take_message", "hang_up"))
    said = "".join([*pieces.push(mark * 22 + "x"), *pieces.flush()])
    assert (said, pieces.calls()) == (mark * 22 + "x", ())
    assert process_time() - begun < MOST_SECONDS


def test_blank_lines_of_a_server_that_transcribes_take_no_time():
    begun = process_time()
    with pytest.raises(NotWords):
        read(b":" + b"\n" * 28 + b"x", "application/json")
    assert process_time() - begun < MOST_SECONDS
