"""Which language a caller speaks: by evidence that is enough, at once for a wish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.heard.language_choice import LanguageChoice
from agents.speech.heard.language_words import code_of, wish_in

BOTH = ("en-US", "de-DE")


def after(*turns, allowed=BOTH, told="", is_name=False):
    """The language after the caller's turns."""
    choice = LanguageChoice(allowed)
    for text in turns:
        choice.take(text, told, again=False, is_name=is_name)
    return choice.current


@pytest.mark.parametrize(
    "text",
    [
        "Guten Tag, ich möchte einen Termin machen.",
        "Wann haben Sie morgen geöffnet?",
        "Ich brauche einen Tisch für zwei Personen.",
        "Haben Sie noch was frei?",
    ],
)
def test_a_clear_sentence_changes_the_language(text):
    assert after(text) == "de-DE"


@pytest.mark.parametrize(
    "text",
    [
        "Okay.",
        "Ja.",
        "Hallo?",
        "Hallo hallo?",
        "Müller.",
        "Hans Müller.",
        "Dr. Schmidt, Berlin.",
        "Genau.",
        "0 3 0 1 2 3 4",
        "",
        "I met him at the Oktoberfest in München.",
        "My name is Angela von der Heide.",
        "Is the doctor in? Was the Kindergarten open?",
    ],
)
@pytest.mark.parametrize("told", ["", "german", "de"])
def test_one_word_and_names_change_nothing(text, told):
    assert after(text, told=told) == "en-US"


def test_two_short_turns_change_it_and_english_between_them_does_not():
    assert after("Ja bitte.") == "en-US"
    assert after("Ja bitte.", "Nein danke.") == "de-DE"
    assert after("Ja bitte.", "No thank you.", "Ja bitte.") == "en-US"


def test_one_small_word_beside_another_counts_as_a_short_turn():
    assert after("Zimmer bitte") == "en-US"
    assert after("Zimmer bitte", "Zimmer bitte") == "de-DE"


def test_what_the_recogniser_says_counts_for_little_without_small_words():
    assert after("Zimmer Frühstück", told="german") == "en-US"
    assert after(*["Zimmer Frühstück"] * 4, told="german") == "de-DE"
    assert after("Frühstück um acht", told="german") == "de-DE"


def test_a_name_that_was_asked_for_tells_nothing():
    assert after("Ich bin der Hans von der Heide", is_name=True) == "en-US"
    assert after("Auf Deutsch bitte", is_name=True) == "de-DE"


def test_a_turn_that_is_heard_again_counts_once():
    choice = LanguageChoice(BOTH)
    assert not choice.take("Ja bitte.", "", again=False, is_name=False)
    assert not choice.take("Ja bitte.", "", again=True, is_name=False)
    assert choice.take("Nein danke.", "", again=False, is_name=False)


def test_a_look_ahead_changes_nothing():
    choice = LanguageChoice(BOTH)
    text = "Wann haben Sie geöffnet?"
    assert choice.changes_with(text, "", again=False, is_name=False)
    assert choice.current == "en-US"
    assert choice.changes_with(text, "", again=False, is_name=False)


def test_after_a_wish_one_sentence_does_not_change_it_back():
    english = "I would like to know when you are open."
    assert after("Can we speak German?", english) == "de-DE"
    assert after("Can we speak German?", english, english) == "en-US"
    assert after("Wann haben Sie geöffnet?", english) == "en-US"


def test_each_turn_has_the_language_that_it_was_said_in():
    choice = LanguageChoice(BOTH)
    choice.take("Can we speak German?", "", again=False, is_name=False)
    assert (choice.heard, choice.current) == ("en-US", "de-DE")
    choice.take("Ja.", "", again=False, is_name=False)
    assert choice.heard == "de-DE"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Can we speak German?", "de"),
        ("Sorry, could you speak German please?", "de"),
        ("Do you speak German?", "de"),
        ("Can I talk to someone in German?", "de"),
        ("In German, please.", "de"),
        ("German please", "de"),
        ("auf Deutsch bitte", "de"),
        ("Können wir Deutsch sprechen?", "de"),
        ("Sprechen Sie Deutsch?", "de"),
        ("Deutsch bitte", "de"),
        ("Lieber auf Deutsch.", "de"),
        ("Können wir bitte auf Deutsch weitersprechen?", "de"),
        ("Please switch to German.", "de"),
        ("My English is not good, can we speak German?", "de"),
        ("I don't speak English.", "de"),
        ("En français, s'il vous plaît.", "fr"),
        ("Vous parlez français ?", "fr"),
        ("Ich würde gern Deutsch sprechen.", "de"),
        ("Könnten Sie mit mir Deutsch sprechen?", "de"),
        ("I only speak German.", "de"),
        ("Let's speak German.", "de"),
        ("Does anyone speak German?", "de"),
        ("My wife does speak German.", ""),
        ("My wife can speak German.", ""),
        ("My husband doesn't speak English.", ""),
        ("Meine Frau kann Deutsch sprechen.", ""),
        ("I learned to speak German.", ""),
        ("I would like to learn to speak German.", ""),
        ("¿Habla español?", ""),
        ("I don't speak German.", ""),
        ("Ich spreche kein Deutsch.", ""),
        ("How do you say that in German?", ""),
        ("I have a German shepherd.", ""),
        ("Can I speak to the German department?", ""),
        ("I want to talk about the French restaurant.", ""),
        ("Is the menu in German?", ""),
        ("Let me speak to someone in the German office.", ""),
        ("", ""),
    ],
)
def test_an_explicit_wish(text, wish):
    allowed = ("en", "fr") if "fr" in wish or "French" in text else ("en", "de")
    assert wish_in(text, allowed, "en") == wish


def test_a_caller_who_does_not_speak_one_of_three_has_named_no_other():
    assert wish_in("I don't speak English.", ("en", "de", "fr"), "en") == ""


def test_two_tags_of_one_language_are_one():
    choice = LanguageChoice(("en", "eng", "en-GB"))
    assert not choice.is_open
    assert not choice.take("I would like a table", "", again=False, is_name=False)
    assert after("I would like a table", allowed=("en", "eng", "de")) == "en"


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("german", "de"),
        ("German", "de"),
        ("de-AT", "de"),
        ("pt_BR", "pt"),
        ("deu", "de"),
        ("klingon", ""),
        ("", ""),
    ],
)
def test_recognisers_name_languages_in_many_ways(language, code):
    assert code_of(language) == code


@given(st.text(max_size=300), st.sampled_from(["", "german", "xx"]), st.booleans())
def test_any_text_leads_to_an_allowed_language(text, told, again):
    choice = LanguageChoice((*BOTH, "fr"))
    expected = choice.changes_with(text, told, again=again, is_name=False)
    assert choice.take(text, told, again=again, is_name=False) is expected
    assert {choice.current, choice.heard} <= {*BOTH, "fr"}


def test_an_agent_of_one_language_never_changes_it():
    choice = LanguageChoice(("en",))
    assert not choice.take("Auf Deutsch bitte", "german", again=False, is_name=False)
    assert (choice.current, choice.is_open) == ("en", False)
