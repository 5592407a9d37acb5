"""The model's mark for the end of the call is acted on, and never spoken."""

import pytest

from agents.engines.hang_up import HangUpFilter


def spoken(pieces):
    answer = HangUpFilter()
    text = "".join([answer.push(piece) for piece in pieces]) + answer.flush()
    return text, answer.found


@pytest.mark.parametrize("size", range(1, 12))
def test_the_mark_is_found_however_the_answer_is_cut(size):
    answer = "Goodbye! [hang up]"
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    assert spoken(pieces) == ("Goodbye! ", True)


def test_capitals_do_not_hide_the_mark():
    assert spoken(["Bye. [Hang", " Up]"]) == ("Bye. ", True)


def test_text_without_the_mark_is_spoken_whole():
    assert spoken(["See [1] and [hang", " on]. [ha"]) == ("See [1] and [hang on]. [ha", False)


def test_only_what_may_become_the_mark_is_held_back():
    answer = HangUpFilter()
    assert answer.push("Goodbye. [h") == "Goodbye. "
    assert answer.push("ello]") == "[hello]"


def test_nothing_after_the_mark_is_spoken():
    assert spoken(["Bye. [hang up] I mean", " it."]) == ("Bye. ", True)
