"""Documents are cut into passages, and a question finds those that share its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.documents.passages import (
    MOST_PASSAGES,
    PASSAGE,
    TEXT,
    Passage,
    passages_in,
    titles_in,
)
from agents.documents.searching import MOST_FOUND, Index

TEXTS = """\
# Prices
A check-up costs 80 dollars. A cleaning costs 95 dollars.

# Guarantee
Fillings have a guarantee of two years. It ends when another practice has worked on the tooth.

# Parking
The garage in Mill Street is free for patients for two hours.
"""


def found(question, text=TEXTS):
    return [each.title for each in Index(passages_in(text)).find(question)]


def test_a_document_is_a_title_and_passages():
    assert titles_in(TEXTS) == ["Prices", "Guarantee", "Parking"]
    assert passages_in(TEXTS)[0] == Passage(
        "Prices", "A check-up costs 80 dollars. A cleaning costs 95 dollars."
    )


def test_a_text_without_a_title_is_a_document_too():
    assert passages_in("We repair bicycles.\n\nAnd skates.") == (
        Passage("", "We repair bicycles.\nAnd skates."),
    )
    assert passages_in(" \n") == ()


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("how much is a cleaning", "Prices"),
        ("is there a guarantee on fillings?", "Guarantee"),
        ("Where can I park?", "Parking"),
        ("Which street is the garage in", "Parking"),
    ],
)
def test_a_question_finds_the_passage_with_its_words(question, title):
    assert found(question)[0] == title


@pytest.mark.parametrize("question", ["", "what is that", "do you sell horses", "?!"])
def test_a_question_that_shares_no_word_finds_nothing(question):
    assert found(question) == []


def test_a_rare_word_counts_more_than_a_common_one():
    text = "\n".join(
        f"# D{n}\nThe dentist sees you. {'Crown.' if n == 7 else ''}\n" for n in range(9)
    )
    assert found("the dentist and a crown", text)[0] == "D7"


def test_only_the_best_are_found():
    text = "\n".join(f"# D{number}\nCleaning.\n" for number in range(10))
    assert len(found("cleaning", text)) == MOST_FOUND


@given(st.text(st.sampled_from("ab. \n#"), max_size=3_000))
def test_every_word_is_in_a_passage_and_none_is_too_long(text):
    passages = passages_in(text)
    assert all(0 < len(each.text) <= PASSAGE for each in passages)
    heads = [line for line in text.splitlines() if line.startswith("# ")]
    body = " ".join(line for line in text.splitlines() if line not in heads)
    kept = " ".join(each.text for each in passages).split()
    if not heads and all(len(word) <= PASSAGE for word in body.split()):
        assert kept == body.split()


@pytest.mark.parametrize("text", ["a\n\n" * TEXT, "# a\nb\n" * TEXT, "x" * TEXT, "a b " * TEXT])
def test_passages_are_bounded(text):
    assert len(passages_in(text[:TEXT])) <= MOST_PASSAGES
