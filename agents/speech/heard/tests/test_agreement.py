"""Which words of a caller are a plain yes."""

import pytest

from agents.speech.heard.agreement import is_yes


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Yes.", "en"), ("yes please, go ahead", "en-US"), ("Um, yeah.", "en"), ("Okay", "en"),
        ("That's right", "en"), ("1", "en"), (" 1. ", "de"), ("Ja, gerne!", "de-AT"),
        ("Genau", "de"), ("Oui, d’accord", "fr"), ("sí", "es"), ("certo", "it"),
        ("ja hoor", "nl"), ("yes", "ja"),
    ],
)  # fmt: skip
def test_a_plain_yes(text, language):
    assert is_yes(text, language)


@pytest.mark.parametrize(
    ("text", "about", "is_one"),
    [
        ("Yes, please cancel it.", "agenda_cancel_booking", True),
        ("Yeah, stop it.", "stop_order", True),
        ("okay, cancel", "agenda_book", False),
        ("no, cancel it", "agenda_cancel_booking", False),
        ("yes, but wait", "agenda_cancel_booking", False),
    ],
)
def test_what_the_caller_is_asked_about_is_no_doubt(text, about, is_one):
    assert is_yes(text, "en", about=about) is is_one


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"), ("No.", "en"), ("Yes, but on Tuesday", "en"), ("Yes? What is it?", "en"),
        ("yes wait", "en"), ("I don't think so, yes", "en"), ("11", "en"), ("2", "en"),
        ("I said to my wife that yes", "en"), ("not right now", "en"), ("ja", "en"),
        ("Ja, aber nicht heute", "de"), ("Nein, genau nicht", "de"), ("yes", "de"),
        ("oui mais demain", "fr"), ("yes " + "x" * 200, "en"),
    ],
)  # fmt: skip
def test_everything_else_is_none(text, language):
    assert not is_yes(text, language)
