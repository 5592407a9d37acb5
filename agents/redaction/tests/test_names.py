"""Names that are given in answer to all sorts of questions, and what is none."""

import pytest

from agents.redaction.conversation import Kind, without
from agents.redaction.names import words_of
from agents.redaction.tests.test_redaction import NAMES, kept


@pytest.mark.parametrize(
    ("said", "left"),
    [
        # Asked for the name of a booking.
        (
            ("> Auf welchen Namen läuft die Buchung?", "Weber.", "> Danke, Herr Weber."),
            ["[name].", "Danke, Herr [name]."],
        ),
        (("> Auf welchen Namen?", "Auf Becker."), ["Auf [name]."]),
        (("> Können Sie mir noch den Namen nennen?", "Auf den Namen Becker"),
         ["Auf den Namen [name]"]),
        (("> Dann brauche ich noch einen Namen.", "Unter Frau Becker, bitte."),
         ["Unter Frau [name], bitte."]),
        (("> What name is the booking under?", "Peter Parker."), ["[name]."]),
        (("> Under what name is the booking?", "Under Thompson."), ["Under [name]."]),
        (("> Can I get a name for the order?", "It's for Thompson, please."),
         ["It's for [name], please."]),
        (("> Und der Name?", "Yılmaz, mit Y.", "> Frau Yilmaz."),
         ["[name], mit Y.", "Frau [name]."]),
        # Behind words that are no names.
        (("> Ihr Name, bitte?", "Ja klar, Yılmaz.", "> Klar. Danke, Frau Yılmaz."),
         ["Ja klar, [name].", "Klar. Danke, Frau [name]."]),
        (("> Ihr Name, bitte?", "Natürlich, Peter Weber."), ["Natürlich, [name]."]),
        (("> Your name, please?", "Yeah no problem, it's Peter Parker.", "> Thanks Peter."),
         ["Yeah no problem, it's [name].", "Thanks [name]."]),
        (("> Wie heißen Sie?", "Moment, das ist Schmidt, Vorname Peter."),
         ["Moment, das ist [name], Vorname [name]."]),
        # With particles.
        (("Mein Name ist von der Leyen.", "> Ja, Frau von der Leyen."),
         ["Mein Name ist von der [name].", "Ja, Frau von der [name]."]),
        (("Mein Name ist Maximilian von Berg.", "> Danke, Herr von Berg."),
         ["Mein Name ist [name] von [name].", "Danke, Herr von [name]."]),
        (("My name is Maria de la Cruz.", "> Thanks, Ms. Cruz."),
         ["My name is [name] de la [name].", "Thanks, Ms. [name]."]),
        # As the other one spells it.
        (("My name is Patrick O'Brien.", "> Thanks, Mr. O’Brien."),
         ["My name is [name].", "Thanks, Mr. [name]."]),
        (("I am José Núñez.", "> Thanks, Jose Nunez."), ["I am [name].", "Thanks, [name]."]),
        (("Ich heiße Strauß.", "> Frau Strauss?"), ["Ich heiße [name].", "Frau [name]?"]),
        (("Ich heiße Mueller.", "> Herr Müller?"), ["Ich heiße [name].", "Herr [name]?"]),
        (("Ich heiße Yılmaz.", "> Herr Yilmaz?"), ["Ich heiße [name].", "Herr [name]?"]),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_asked_for_and_given(said, left):
    assert kept(NAMES, *said)[-len(left) :] == left


@pytest.mark.parametrize(
    "said",
    [
        ("> Ihr Name, bitte?", "Es ist dringend.", "> Was ist denn so dringend?"),
        ("> Danke, ich habe den Namen. Wie viele Personen?", "Vier Personen.", "> Vier Personen."),
        ("> And the name of the street?", "Baker Street.", "> Baker Street, good."),
        ("> Can I take the name of the medicine?", "Aspirin", "> Aspirin, fine."),
        ("> What name is it under?", "For Monday.", "> Monday is fine."),
        ("> Your name?", "It's about my bill.", "> What about your bill?"),
        ("> Wie heißen Sie?", "Ja klar, Moment.", "> Klar, kein Moment zu früh."),
        ("> Auf welchen Namen?", "Auf Wiedersehen.", "> Auf Wiedersehen."),
        ("> Ihr Name?", "Warum wollen Sie das wissen?", "> Sie haben angerufen."),
        ("> Which name?", "Same as last time.", "> As last time, then."),
        ("> Auf welchen Namen?", "Einen Tisch für vier Personen.", "> Für vier Personen."),
        ("My last name has changed.", "> What has changed?"),
        ("Der Nachname ist falsch.", "> Was ist falsch?"),
        ("Hier ist alles von Siemens.", "> Von Siemens also."),
    ],
)
def test_what_is_no_name_survives(said):
    assert kept(NAMES, *said) == [each.removeprefix("> ") for each in said]


def test_a_name_like_an_everyday_word_takes_no_such_word_out():
    said = ("Mein Name ist Schön.", "> Frau Schön, Sie haben schon einen Termin, Herr von Schoen.")
    left = "Frau [name], Sie haben schon einen Termin, Herr von [name]."
    assert kept(NAMES, *said)[1] == left
    firm = ("Hier ist Peter von Siemens.", "> Hallo Peter, was macht Siemens?")
    assert kept(NAMES, *firm)[1] == "Hallo [name], was macht Siemens?"


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Anna Müller-Lüdenscheidt", "Frau Müller-Lüdenscheidt bittet um Rückruf.",
         "Frau [name] bittet um Rückruf."),
        ("Smith, John", "Mr Smith wants a callback.", "Mr [name] wants a callback."),
    ],
)  # fmt: skip
def test_the_words_of_a_name_are_found_without_its_marks(name, text, left):
    assert without(text, frozenset({Kind.NAMES}), known=words_of(name)) == left
