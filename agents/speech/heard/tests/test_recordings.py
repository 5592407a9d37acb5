"""Announcements of other companies, and what callers say of them."""

import pytest

from agents.speech.heard.recordings import is_recording

ANNOUNCED = [
    ("en", "Your call is important to us. Please stay on the line."),
    ("en", "All of our agents are currently busy. Your call will be answered in turn."),
    ("en", "You are number three in the queue."),
    ("en", "You are now fourth in line."),
    ("en", "Please hold for the next available representative."),
    ("en", "For sales, press one. For support, press two."),
    ("en", "This call may be recorded for quality purposes."),
    ("en", "Please leave a message after the tone."),
    ("en-GB", "The person you are calling is not available."),
    ("de", "Ihr Anruf ist uns wichtig."),
    ("de", "Alle unsere Mitarbeiter sind zurzeit im Gespräch."),
    ("de-AT", "Der nächste freie Mitarbeiter ist für Sie da."),
    ("de", "Für den Verkauf drücken Sie die eins."),
    ("de", "Bitte hinterlassen Sie eine Nachricht nach dem Signalton."),
]
SAID_BY_PEOPLE = [
    ("en", "They told me that all your agents were busy, and then I was cut off."),
    ("en", "I was number three in the queue yesterday."),
    ("en", "Please hold on, I'll get my card."),
    ("en", "My call is important, could you put me through?"),
    ("en", "I pressed one, and nothing happened."),
    ("en", "Is this call recorded?"),
    ("en", "I want to leave a message for Anna."),
    ("de", "Gestern waren alle Mitarbeiter im Gespräch."),
    ("de", "Ich habe die eins gedrückt."),
    ("de", "Bitte legen Sie nicht auf."),
    ("fr", "Votre appel est important."),
]


@pytest.mark.parametrize(("language", "text"), ANNOUNCED)
def test_an_announcement_is_recognised(language, text):
    assert is_recording(text, language)


@pytest.mark.parametrize(("language", "text"), SAID_BY_PEOPLE)
def test_what_people_say_is_none(language, text):
    assert not is_recording(text, language)
