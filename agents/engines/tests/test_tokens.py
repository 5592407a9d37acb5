"""Tokens are estimated where they were not counted."""

from agents.engines import tokens


def test_only_no_text_has_no_tokens():
    assert tokens.estimate("") == 0
    assert tokens.estimate("a") == 1


def test_prose_has_a_token_every_four_characters():
    assert tokens.estimate("We are open until six today, and on Sundays until noon.") == 14
