"""A name that is corrected, said or spelled, is under way as a number is that is corrected."""

import pytest

from agents.speech.turns.reasons import WAITS_MS, Reason
from agents.speech.turns.tests.test_end_of_turn import BOUNDS, waited

NAME = {"en": "What is your name?", "de": "Wie heißen Sie?"}
SPELL = {"en": "Could you spell that, please?", "de": "Können Sie das bitte buchstabieren?"}


@pytest.mark.parametrize(
    ("text", "asked", "language", "reason"),
    [
        ("Smith, no, Smythe.", NAME, "en", Reason.NAME),
        ("John Smith, sorry, Smythe.", NAME, "en", Reason.NAME),
        ("John Smith, no.", NAME, "en", Reason.NAME),
        ("My name is Smith, wait, Smythe.", {}, "en", Reason.NAME),
        ("Mr Smith, no, Smythe.", NAME, "en", Reason.NAME),
        ("Müller, nein, Möller.", NAME, "de", Reason.NAME),
        ("Herr Müller, Entschuldigung, Möller.", NAME, "de", Reason.NAME),
        ("S M I T H, no, Y T H E.", SPELL, "en", Reason.SPELLING),
        ("Smith, S M I, no, S M Y.", NAME, "en", Reason.SPELLING),
        ("S M I T H, no, Y.", SPELL, "en", Reason.SPELLING),
        ("S M I T H, no.", SPELL, "en", Reason.SPELLING),
        ("M E I E R, nein, Y E R.", SPELL, "de", Reason.SPELLING),
    ],
)
def test_a_corrected_name_is_waited_for(text, asked, language, reason):
    waits = waited(text, asked.get(language, ""), language)
    assert (waits.wait_ms, waits.reason) == (WAITS_MS[reason], reason)


@pytest.mark.parametrize(
    ("text", "asked", "reason"),
    [
        ("John Smith.", NAME, Reason.FINISHED),
        ("No, John Smith.", NAME, Reason.ANSWERED),
        ("Sorry, it's John Smith.", NAME, Reason.FINISHED),
        ("No, Mr Smith.", NAME, Reason.ANSWERED),
        ("John Smith, thank you.", NAME, Reason.CLOSING),
        ("John Smith, no, Smythe, thank you.", NAME, Reason.CLOSING),
        ("Smythe, S M Y T H E.", SPELL, Reason.ANSWERED),
        ("No, I would rather not say.", NAME, Reason.FINISHED),
        ("Smith, no, I don't have one.", NAME, Reason.FINISHED),
    ],
)
def test_a_name_that_is_whole_is_answered_at_once(text, asked, reason):
    waits = waited(text, asked["en"])
    assert (waits.wait_ms, waits.reason) == (BOUNDS.shortest_ms, reason)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hi, no.", "en"),
        ("Oh, no.", "en"),
        ("Thanks, no.", "en"),
        ("Thank you, no.", "en"),
        ("Ma'am, no.", "en"),
        ("Hi, no, just calling back.", "en"),
        ("Hallo, nein.", "de"),
        ("Guten Tag, nein.", "de"),
        ("Vielen Dank, nein.", "de"),
    ],
)
def test_a_greeting_before_a_no_is_no_name_that_it_takes_back(text, language):
    assert waited(text, NAME[language], language).wait_ms == BOUNDS.shortest_ms


def test_a_name_behind_a_greeting_is_taken_back():
    waits = waited("Hi, Smith, no, Smythe.", NAME["en"])
    assert (waits.wait_ms, waits.reason) == (WAITS_MS[Reason.NAME], Reason.NAME)
