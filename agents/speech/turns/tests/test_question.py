"""What the agent asked for, by its words."""

import pytest

from agents.speech.turns.end_of_turn import words_of
from agents.speech.turns.question import question_of
from agents.speech.turns.words import Question

ASKED = [
    ("en", "Hello, how can I help you?", Question.OPEN),
    ("en", "Would you like to book a table?", Question.YES_NO),
    ("en", "Great. Is that right?", Question.YES_NO),
    ("en", "Should I send it by e-mail?", Question.YES_NO),
    ("en", "Anything else?", Question.YES_NO),
    ("en", "Would you prefer morning or afternoon?", Question.CHOICE),
    ("en", "Could you tell me your phone number?", Question.TELEPHONE),
    ("en", "What's the best number to reach you?", Question.TELEPHONE),
    ("en", "What is your order number? You can also type it.", Question.NUMBER),
    ("en", "Please give me your reference number.", Question.NUMBER),
    ("en", "What's your zip code?", Question.POSTAL_CODE),
    ("en", "May I have your name, please?", Question.NAME),
    ("en", "Could you spell that for me?", Question.SPELLING),
    ("en", "And your e-mail address?", Question.EMAIL),
    ("en", "What's your address?", Question.ADDRESS),
    ("en", "What day works for you?", Question.DATE),
    ("en", "When would you like to come?", Question.DATE),
    ("en", "How many people?", Question.AMOUNT),
    ("en", "Who is the appointment for?", Question.NAME),
    ("en", "How about Tuesday?", Question.YES_NO),
    ("en", "So that is Monday at nine, right?", Question.YES_NO),
    ("en", "Right, what is your name?", Question.NAME),
    ("en", "Could you read me the last four digits?", Question.NUMBER),
    ("en", "What's a good number for you?", Question.TELEPHONE),
    ("en", "Can you describe the problem?", Question.OPEN),
    ("en", "Which one would you like?", Question.CHOICE),
    ("en", "Which problem do you have?", Question.OPEN),
    ("en", "Which kind of service are you calling about?", Question.OPEN),
    ("en", "Which service do you want, cleaning or repair?", Question.CHOICE),
    ("en", "What's the mileage?", Question.AMOUNT),
    ("de", "Wie schreibt man das?", Question.SPELLING),
    ("de", "Wie lautet die Lieferadresse?", Question.ADDRESS),
    ("de", "Um wie viel Uhr?", Question.DATE),
    ("de", "Also Montag um neun, ja?", Question.YES_NO),
    ("de", "Richtig, und wie ist Ihr Name?", Question.NAME),
    ("de", "Welche Größe hätten Sie gern?", Question.CHOICE),
    ("de", "Welches Anliegen haben Sie?", Question.OPEN),
    ("de", "Welche Frage haben Sie?", Question.OPEN),
    ("de", "Welche weiteren Fragen haben Sie?", Question.OPEN),
    ("de", "Für wen ist der Termin?", Question.NAME),
    ("en", "What would you like to order?", Question.LIST),
    ("en", "When were you born?", Question.BIRTH),
    ("en", "Where should we send it?", Question.ADDRESS),
    ("de", "Was möchten Sie bestellen?", Question.LIST),
    ("de", "Wie ist Ihr Geburtsdatum?", Question.BIRTH),
    ("en", "Your number is stored.", Question.NONE),
    ("en", "We are open from nine to five.", Question.NONE),
    ("en", "", Question.NONE),
    ("de", "Wie kann ich Ihnen helfen?", Question.OPEN),
    ("de", "Möchten Sie einen Termin?", Question.YES_NO),
    ("de", "Passt Ihnen Montag oder Dienstag?", Question.CHOICE),
    ("de", "Unter welcher Nummer erreichen wir Sie?", Question.TELEPHONE),
    ("de", "Wie lautet Ihre Kundennummer?", Question.NUMBER),
    ("de", "Darf ich um Ihren Namen bitten?", Question.NAME),
    ("de", "Können Sie mir das bitte buchstabieren?", Question.SPELLING),
    ("de", "Wie ist Ihre E-Mail-Adresse?", Question.EMAIL),
    ("de", "Nennen Sie mir bitte Ihre Postleitzahl.", Question.POSTAL_CODE),
    ("de", "Wann möchten Sie kommen?", Question.DATE),
    ("de", "Wie viele Personen?", Question.AMOUNT),
    ("de", "Ihre Nummer ist gespeichert.", Question.NONE),
    ("fr", "Quel est votre nom ?", Question.OPEN),
    ("fr", "Merci.", Question.NONE),
]


@pytest.mark.parametrize(("language", "said", "kind"), ASKED)
def test_the_last_sentence_that_asks_says_what_for(language, said, kind):
    assert question_of(said, words_of(language)) is kind
