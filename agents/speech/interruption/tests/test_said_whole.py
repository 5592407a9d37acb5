"""Which sentences are said whole, and where a reply has them."""

import pytest

from agents.speech.interruption.said_whole import (
    LONGEST,
    MOST,
    fault_in_sentences,
    sentences_in,
    stretch_of_rest,
    stretches,
)

NOTICE = "In an emergency, hang up and call 911."


def found(*texts: str, is_complete: bool = True, said: str = NOTICE) -> list[tuple[int, int]]:
    """Where the sentences of `said` lie in these pieces, of a second each."""
    pieces = [(text, 1_000 * at, 1_000 * (at + 1)) for at, text in enumerate(texts)]
    return list(stretches(pieces, sentences_in(said), is_complete=is_complete))


def test_a_sentence_is_found_in_its_pieces_whatever_the_marks_and_the_case():
    assert found("Hello. ", f"{NOTICE} ", "Bye.") == [(1_000, 2_000)]
    assert found("In an emergency, ", "hang up, and CALL 911! ", "Bye.") == [(0, 2_000)]
    assert found("Please note: in an emergency hang up and call 911") == [(0, 1_000)]
    assert found("Grüße. ", said="Gru\u0308ße.") == [(0, 1_000)]


def test_other_words_and_parts_of_a_sentence_are_none():
    assert found("In an emergency, call 911.") == []
    assert found("In an emergency, hang up and call") == []
    assert found("In an emergency, hang up and call 9112.") == []


def test_while_more_is_made_the_first_words_of_a_sentence_may_be_it():
    assert found("Hello. ", "In an emergency, ", is_complete=False) == [(1_000, 2_000)]
    assert found("Hello. ", "In an ", is_complete=False) == [], "so begin many"
    assert found("In an emergency, ", "we are closed. ", is_complete=False) == []


def test_each_of_several_sentences_counts_each_time():
    said = f"{NOTICE}\n\nWe are closed."
    assert found("We are closed. ", f"{NOTICE} ", "We are closed.", said=said) == [
        (1_000, 2_000),
        (0, 1_000),
        (2_000, 3_000),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", None),
        (f"\n{NOTICE}\n", None),
        ("a b\n" * MOST, None),
        ("a b\n" * (MOST + 1), {"limit": MOST}),
        ("a" * LONGEST, None),
        (f"\n{'a' * (LONGEST + 1)}", {"line": 2, "limit": LONGEST}),
        ("We are closed.\n-\n", {"line": 2}),
    ],
)
def test_a_list_has_at_most_so_many_sentences_of_at_most_so_many_characters(text, fault):
    problem = fault_in_sentences(text)
    assert (problem and problem[1]) == fault


def test_no_more_sentences_are_read_than_there_may_be():
    assert len(sentences_in("a b\n" * 1_000)) == MOST


def rest(heard: str, *texts: str, is_complete: bool = True, said: str = NOTICE):
    """Where these pieces, of a second each, have the rest of what was heard."""
    pieces = [(text, 1_000 * at, 1_000 * (at + 1)) for at, text in enumerate(texts)]
    apology = "Sorry, we were cut off."
    return stretch_of_rest(pieces, heard, sentences_in(said), apology, is_complete=is_complete)


def test_the_rest_of_a_sentence_is_found_where_the_reply_goes_on():
    assert rest("Please: in an emergency,", "hang up and call 911. ", "Bye.") == (0, 1_000)
    assert rest("In an", "Sorry, we were cut off. ", "emergency, hang ", "up and call 911.") == (
        1_000,
        3_000,
    )
    assert rest("In an", "emergency, hang up ", is_complete=False) == (0, 1_000)
    assert rest("In an emergency, hang up and call", "Sorry, we were cut off. 911. ") == (0, 1_000)


def test_its_words_elsewhere_are_no_rest():
    said = "We are open."
    heard = "Do you sell tyres? Yes, we are"
    assert rest(heard, "open until nine. ", "The door is open.", said=said) == (0, 1_000)
    assert rest(heard, "Sorry, we were cut off. ", "Yes. ", "It is open.", said=said) is None
    assert rest(heard, "happy to help. ", "Open the app.", said=said) is None
    assert rest("We are closed.", "open", said=said) is None
    assert rest("In an", "Sorry, we were cut off. ", is_complete=False) is None
