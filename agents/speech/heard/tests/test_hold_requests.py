"""Who asks for a moment, and who says something else in the same breath."""

import pytest

from agents.speech.heard.hold_requests import asks_for_a_moment

ENGLISH = [
    "One moment.",
    "One moment, please.",
    "Just a second.",
    "Um, just a sec...",
    "Hold on.",
    "Hold on a second!",
    "Yeah, hold on one minute please",
    "Hang on, hang on.",
    "Can you give me a moment, please?",
    "Wait a minute.",
    "Sorry, wait one second.",
    "Bear with me.",
    "Let me check.",
    "Okay, let me think.",
    "One second, let me get my card.",
    "Hold on, I'll grab a pen.",
    "Just a moment, I need to find my glasses",
    "Could you hold on for a second, please?",
    "Give me two minutes.",
    "One second please, somebody's at the door.",
    "Let me get my wallet.",
    "Let me find it.",
    "Let me see if I have it",
    "I'll be right back.",
    "Hold, please.",
    "Don't hang up.",
    "Let me check my calendar.",
    "Hold on, my dog is barking",
    "Can I have a moment",
    "I need to get my credit card.",
    "Let me ask my wife.",
    "I need to ask my boss, one second.",
    "Hold on, the baby's crying, sorry.",
    "One moment, I've got it here somewhere.",
    "Hold on, someone is calling me, just a second",
    "Let me find my booking number.",
]
GERMAN = [
    "Einen Moment bitte.",
    "Moment.",
    "Moment mal.",
    "Kleinen Moment",
    "Äh, einen Augenblick bitte!",
    "Ja, eine Sekunde.",
    "Warten Sie bitte kurz.",
    "Warten Sie einen Moment.",
    "Bleiben Sie bitte dran.",
    "Ich schaue mal kurz nach.",
    "Da muss ich kurz nachsehen",
    "Einen Moment, ich hole meine Karte.",
    "Lassen Sie mich kurz überlegen.",
    "Können Sie kurz warten",
    "Moment, es klingelt an der Tür.",
    "Ich hole eben meine Karte.",
    "Ich suche das gerade.",
    "Bin gleich wieder da!",
    "Legen Sie bitte nicht auf.",
    "'n Moment",
    "Ich muss kurz meine Frau fragen",
    "Geben Sie mir zwei Minuten",
    "Ich hab's gleich.",
    "Einen Moment, ich muss das suchen.",
    "Moment, ich muss kurz meine Karte holen.",
    "Moment, ich muss nach meiner Karte suchen.",
    "Einen Moment, mein Hund bellt.",
    "Moment, ich suche einen Stift.",
    "Moment, ich hole einen Zettel",
    "Moment, da ist jemand an der Tür, bitte kurz warten Sie",
]
OTHER = [
    "",
    "Yes.",
    "Okay.",
    "Thank you.",
    "Wait, that is wrong.",
    "One moment, do you open on Sundays?",
    "Hold on, I wanted to change my booking.",
    "I need a second appointment.",
    "Just a second opinion, please.",
    "It takes a minute.",
    "Hold on to my reservation.",
    "The second of May.",
    "Hold on, I need to get to the airport by nine.",
    "Let me check in please.",
    "Let me see the menu.",
    "Moment, das stimmt nicht.",
    "Im Moment nicht.",
    "Einen Termin bitte.",
    "Einen Moment, haben Sie sonntags offen?",
    "Danke, das war es.",
    "Let me get a large pizza.",
    "Let me get my appointment changed.",
    "The second.",
    "Second.",
    "Give me two tickets.",
    "I need to check in.",
    "Ich suche einen Arzt.",
    "Ich hole das Auto am Montag ab.",
    "Ich muss meine Frau anmelden.",
    "one moment " * 40,
    "I need to get my prescription.",
    "Yeah, I need to get my car.",
    "I have to get my money.",
    "Let me check my balance.",
    "Let me get my usual, please.",
    "Yeah, let me get that.",
    "Yes please, let me get it",
    "Ich suche gerade meine Bestellung.",
    "Ich hole nur mein Paket.",
    "Ich suche nur meine Rechnung.",
    "Ich bin gleich da.",
    "Hold on, my husband is unconscious!",
    "One second, my baby is not breathing.",
    "hold on someone is breaking in",
    "Hold on, someone's here with a gun",
    "Hold on, I'm looking for an ambulance",
    "Hold on, my wife is calling, I want to cancel",
    "Moment, mein Mann ist gestürzt.",
    "Moment, mein Kind hat Fieber.",
    "Moment, da ist jemand eingebrochen.",
    "Moment, ich muss das stornieren.",
    "Moment, ich muss meinen Termin absagen.",
    "Warten Sie, ich muss den Termin absagen.",
    "Hold on, I've got it here: 12345.",
    "Hold on, I've got it here, one two three four",
    "Hold on, I'm looking, it's 555 0142",
    "Hold on, I need to find my daughter, she is missing.",
    "One moment, I want to check my balance",
    "Just a second, I need to ask you something",
    "Hold on, let me ask you something",
    "Moment, ich suche einen Arzt",
    "Moment, ich hole das Auto ab",
    "Einen Moment, ich sehe Rauch",
    "Moment, ich frage mich, ob Sie offen haben",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_a_request_in_english(text):
    assert asks_for_a_moment(text, "en-GB")


@pytest.mark.parametrize("text", GERMAN)
def test_a_request_in_german(text):
    assert asks_for_a_moment(text, "de-AT")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("text", OTHER)
def test_what_says_something_else_is_none(text, language):
    assert not asks_for_a_moment(text, language)


def test_a_language_without_a_pattern_has_none():
    assert not asks_for_a_moment("One moment, please.", "fr")
