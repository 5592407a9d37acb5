"""How much of a text a voice's server takes, by what it says of one that was too long."""

from agents.engines.openai.long_texts import SHORTEST, longest_after

TEXT = "Call 555 0142 or room 48, between 10 and 30. " * 5


def test_numbers_of_a_text_that_is_repeated_are_no_limit():
    said = f"The input must be at most 200 characters: {TEXT}"
    assert longest_after(400, said, TEXT) == 200
    assert longest_after(400, f"The text is too long: {TEXT}", TEXT) == len(TEXT) // 2


def test_of_several_numbers_the_largest_that_fits_is_taken():
    said = "The input must have at least 20 characters, and at most 200 (50 is best)."
    assert longest_after(422, said, TEXT) == 200
    assert longest_after(422, "Input too long", "a" * (SHORTEST + 4)) == SHORTEST
