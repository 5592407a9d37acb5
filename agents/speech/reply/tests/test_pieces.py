"""What becomes known of an answer while its pieces are spoken."""

import pytest

from agents.speech.reply.pieces import ReplyPieces


def test_an_answer_that_hangs_up_is_over_and_says_what_was_taken_out():
    reply = ReplyPieces()
    assert [*reply.push("Goodbye.[hang up]"), *reply.flush()] == ["Goodbye."]
    assert (reply.hang_up, reply.is_over, reply.is_empty) == (True, True, False)
    assert reply.removed == {"hang up"}


def test_an_answer_of_marks_alone_is_empty():
    reply = ReplyPieces()
    assert [*reply.push("*smiles* 🙂 ..."), *reply.flush()] == []
    assert reply.is_empty
    assert not reply.hang_up


def test_words_wait_for_the_end_of_their_sentence_until_it_is_late():
    reply = ReplyPieces()
    assert not reply.is_waiting
    assert reply.push("We are open from nine to fi") == []
    assert reply.is_waiting
    assert reply.due() == ["We are open from nine to "]
    assert [*reply.push("ve."), *reply.flush()] == ["five."]
    assert not reply.is_waiting


def test_what_was_thought_before_its_mark_is_forgotten():
    reply = ReplyPieces()
    assert reply.push("The caller wants hours") == []
    assert [*reply.push("</think>We are open. "), *reply.flush()] == ["We are open."]
    assert reply.has_restarted


@pytest.mark.parametrize(
    "text", ["G" * 40, "4" * 40, "ab" * 30, "the " * 40], ids=["sign", "digit", "signs", "word"]
)
def test_a_sign_without_end_is_no_answer(text):
    reply = ReplyPieces("en")
    assert [*reply.push(text), *reply.flush()] == []
    assert reply.is_empty
    assert reply.is_over


@pytest.mark.parametrize(
    "text",
    [
        "Mmmmm, cake.", "It is 1000000000000.", "Hahahaha!", "No, no, no, no.", "Total _________",
        "I have 4111111111111111.",
    ],
)  # fmt: skip
def test_a_sign_that_people_repeat_is_one(text):
    reply = ReplyPieces("en")
    assert "".join([*reply.push(text), *reply.flush()]).strip(" _") == text.strip(" _")


@pytest.mark.parametrize("text", ["null", "undefined", "NO_REPLY", "(no response)\n"])
def test_what_stands_for_nothing_is_no_answer(text):
    reply = ReplyPieces("en")
    assert [piece for each in text for piece in reply.push(each)] + reply.flush() == []
    assert reply.is_empty


@pytest.mark.parametrize("text", ["None.", "Null is a number.", "It is null", "Yes. null"])
def test_what_only_looks_like_nothing_is_said(text):
    reply = ReplyPieces("en")
    assert "".join([*reply.push(text), *reply.flush()]).split() == text.split()
