"""How much of a text a voice's server takes, by what it says of one that was too long."""

import pytest

from agents.engines.openai.long_texts import SHORTEST, is_of_length, limit_in

TEXT = "Call 555 0142 or room 48, between 10 and 30. " * 5


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        (f"The input must be at most 200 characters: {TEXT}", 200),
        (f"The text is too long: {TEXT}", 0),
        ("The input must have at least 20 characters, and at most 200 (50 is best).", 200),
        ("Text has 220 characters, maximum is 200", 200),
        ("input of 220 exceeds the limit of 199", 199),
        ("string_too_long: should have at most 200 characters", 200),
        ("maximum characters, see 2024-05-13", 0),
        ("Input too long", 0),
    ],
)
def test_the_limit_is_the_number_behind_a_word_for_it(said, limit):
    assert is_of_length(422, said, TEXT) or limit == 0
    assert limit_in(said, TEXT) == limit


def test_short_texts_and_other_refusals_are_not_of_length():
    assert not is_of_length(422, "Input too long", "a" * SHORTEST)
    assert not is_of_length(401, "Input too long", TEXT)
    assert not is_of_length(400, "unknown voice", TEXT)
