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
    ("en", "You're number five in the queue."),
    ("en", "If you'd like to leave a message, press 2."),
    ("en", "Sorry, all agents are currently busy, please hold."),
    ("en", "Your estimated wait time is less than ten minutes."),
    ("en", "thank you for calling your call is important to us"),
    ("de", "Ihr Anruf ist uns wichtig."),
    ("de", "Möchten Sie mit der Buchhaltung sprechen, drücken Sie die zwei."),
    ("de", "Leider sind derzeit alle Leitungen belegt."),
    ("de", "Die voraussichtliche Wartezeit beträgt fünf Minuten."),
    ("de", "Dieses Gespräch kann zu Schulungszwecken aufgezeichnet werden."),
    ("de", "Alle unsere Mitarbeiter sind zurzeit im Gespräch."),
    ("de-AT", "Der nächste freie Mitarbeiter ist für Sie da."),
    ("de", "Für den Verkauf drücken Sie die eins."),
    ("de", "Bitte hinterlassen Sie eine Nachricht nach dem Signalton."),
    ("en", "Please hold while we connect you."),
    ("en", "You are caller number three."),
    ("en", "Please listen carefully as our menu options have changed."),
    ("en", "Hi, you've reached the voicemail of John."),
    ("en", "We're sorry, all circuits are busy."),
    ("en", "Thank you for holding. An agent will be with you shortly."),
    ("en", "We are experiencing higher than normal call volume."),
    ("en", "At the tone, please record your message."),
    ("de", "Sie werden gleich verbunden."),
    ("de", "Kein Anschluss unter dieser Nummer."),
    ("de", "Wir sind gleich für Sie da."),
    ("de", "Leider rufen Sie außerhalb unserer Geschäftszeiten an."),
    ("de", "Unsere Leitungen sind derzeit alle belegt."),
    ("de", "Sie sind verbunden mit der Mailbox von Peter Müller."),
    ("de", "Bitte haben Sie einen Moment Geduld."),
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
    ("en", "What's the estimated wait time?"),
    ("en", "What is the estimated wait time"),
    ("en", "The estimated wait time is far too long, let's do something else."),
    ("en", "Can I speak to the next available representative?"),
    ("en", "Can you get the next available representative"),
    ("en", "So this call will be recorded?"),
    ("en", "So this call will be recorded"),
    ("en", "And will this call be recorded for training"),
    ("en", "When I press 1 to save, it turns off."),
    ("en", "It turns off. Press one to save, it says, but nothing is saved."),
    ("en", "Your website says your call is important to us."),
    ("en", "Stay on the line for a moment, please."),
    ("en", "Is the person you are calling not there"),
    ("en", "You are second in line? Your call will be answered?"),
    ("de", "Wie ist die voraussichtliche Wartezeit?"),
    ("de", "Wie lang ist die geschätzte Wartezeit"),
    ("de", "Heißt das, das Gespräch wird jetzt aufgezeichnet?"),
    ("de", "Heißt das, dieses Gespräch kann aufgezeichnet werden"),
    ("de", "Das Gespräch wird jetzt aufgezeichnet, oder?"),
    ("de", "Verbinden Sie bitte mit dem nächsten freien Mitarbeiter."),
    ("de", "Der nächste freie Platz, wann ist der?"),
    ("de", "Der Anschluss ist nicht in Ordnung."),
    ("de", "Wenn ich die Eins drücke, drücken Sie die Zwei."),
    ("de", "Bitte legen Sie nicht auf, wir brauchen Hilfe."),
    ("fr", "Votre appel est important."),
    ("en", "Thanks for your patience."),
    ("en", "You have reached a decision, then."),
    ("en", "A technician will be here at nine."),
    ("de", "Vielen Dank für Ihre Geduld."),
    ("de", "Sie werden am Montag von uns verbunden mit dem Verkauf, oder?"),
]


@pytest.mark.parametrize(("language", "text"), ANNOUNCED)
def test_an_announcement_is_recognised(language, text):
    assert is_recording(text, language)


@pytest.mark.parametrize(("language", "text"), SAID_BY_PEOPLE)
def test_what_people_say_is_none(language, text):
    assert not is_recording(text, language)
