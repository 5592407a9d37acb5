"""How long the agent waits at the end of many texts, English and German."""

from dataclasses import fields
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.turns.clauses import lacks_verb
from agents.speech.turns.complete import Progress, telephone_progress
from agents.speech.turns.end_of_turn import (
    Bounds,
    Evidence,
    Prediction,
    predict,
    words_of,
)
from agents.speech.turns.english import ENGLISH
from agents.speech.turns.german import GERMAN
from agents.speech.turns.question import question_of
from agents.speech.turns.reasons import (
    ANSWERS_NOTHING_MS,
    BY_SOUND_MS,
    STATEMENT_MS,
    WAITS_MS,
    Reason,
)
from agents.speech.turns.words import Question

BOUNDS = Bounds(200, 2_500)
HELP = {"en": "Hello, how can I help you?", "de": "Guten Tag, wie kann ich Ihnen helfen?"}


def waited(text: str, asked: str = "", language: str = "en", **evidence) -> Prediction:
    """What is decided of `text`, said after `asked`, an open question by default."""
    question = question_of(asked or HELP[language], words_of(language))
    return predict(Evidence(text, language, question, **evidence), BOUNDS)


WHEN = (
    "Since the weekend.",
    "When I turn the key.",
    "As soon as I get home.",
    "Either day.",
    "Either time works.",
)
WANN = (
    "Ich kann am Montag.",
    "Ich kann um drei.",
    "Ich kann nur nachmittags.",
    "Wir können am Samstag.",
    "Ich könnte um zehn.",
    "Ich kann erst ab drei.",
    "Da kann ich um zehn.",
)
WANN_AUCH = ("Ich habe am Montag.", "Wenn ich Zeit habe.", "Sobald ich kann.")
AT_ONCE = [
    ("Hello, when are you open tomorrow?", "", "en"),
    ("Hello, I would like to make an appointment.", "", "en"),
    ("when do you open", "", "en"),
    ("Can I bring my dog?", "", "en"),
    ("What is it for?", "", "en"),
    ("I would like a table for two at nine.", "", "en"),
    ("My car makes a strange noise.", "", "en"),
    ("I'm at a loss at this point.", "", "en"),
    ("I sent you an email yesterday.", "", "en"),
    ("I have a question about my order.", "", "en"),
    ("Yes, it is.", "Is that your address?", "en"),
    ("No, I am.", "Is somebody else ill?", "en"),
    ("I'd like that.", "We could come on Monday.", "en"),
    ("I never got your email.", "", "en"),
    ("Ja, das ist es.", "Ist das Ihre Adresse?", "de"),
    ("Ja, das bin ich.", "Spreche ich mit Frau Schmidt?", "de"),
    ("Ja, es ist.", "Ist es dringend?", "de"),
    ("Thanks, that's all.", "Anything else?", "en"),
    ("Thank you, goodbye.", "", "en"),
    ("Yes.", "Would you like to book it?", "en"),
    ("No, thanks.", "Is there anything else I can do for you?", "en"),
    ("Yes, I would.", "Would you like to book it?", "en"),
    ("I think so.", "Is it urgent?", "en"),
    ("The blue one.", "Do you want the red one or the blue one?", "en"),
    ("Tuesday at nine.", "When would you like to come?", "en"),
    ("Tomorrow.", "What day works for you?", "en"),
    ("At ten thirty.", "What time would suit you?", "en"),
    ("Four.", "How many people will you be?", "en"),
    ("415 555 0132", "What's your phone number?", "en"),
    ("Four one five, five five five, oh one three two.", "Can I have a phone number?", "en"),
    ("It's four one five, double five five, oh one three two.", "Your phone number?", "en"),
    ("One four one five five five five oh one three two", "What's your phone number?", "en"),
    ("90210", "What is your zip code?", "en"),
    ("anna dot smith at example dot com", "What's your e-mail address?", "en"),
    ("anna.smith@example.com", "What's your e-mail address?", "en"),
    ("It's anna@example.com, and I'd like a table.", "What's your e-mail address?", "en"),
    ("anna at example dot com and that is it", "What's your e-mail address?", "en"),
    ("I don't have one.", "May I have your email address?", "en"),
    ("No.", "Could you tell me your phone number?", "en"),
    ("John Smith.", "And what's your name, please?", "en"),
    ("First name Claire, last name Henderson.", "And what's your name, please?", "en"),
    ("My name is Mike Victor.", "", "en"),
    ("I need a hotel.", "", "en"),
    ("Very well.", "", "en"),
    ("My phone number is 415 555 0132", "", "en"),
    ("At ten am.", "", "en"),
    ("Smith, S-M-I-T-H.", "Could you spell your last name?", "en"),
    ("12 Elm Street, Springfield, 62701", "What's your address?", "en"),
    ("Haben Sie morgen geöffnet?", "", "de"),
    ("Wann machen Sie auf", "", "de"),
    ("Ich möchte einen Tisch für zwei Personen reservieren.", "", "de"),
    ("Ja, gerne.", "Möchten Sie einen Termin?", "de"),
    ("Nein.", "Kann ich sonst noch etwas für Sie tun?", "de"),
    ("Weil ich krank bin.", "Warum möchten Sie absagen?", "de"),
    ("Dienstag um neun.", "Wann passt es Ihnen?", "de"),
    ("Zu viert.", "Wie viele Personen?", "de"),
    (
        "null eins sieben eins zwei drei vier fünf sechs sieben acht",
        "Wie ist Ihre Telefonnummer?",
        "de",
    ),
    ("anna punkt schmidt at web punkt de", "Wie lautet Ihre E-Mail-Adresse?", "de"),
    ("Anna Schmidt.", "Wie ist Ihr Name?", "de"),
    ("Das war's, vielen Dank.", "", "de"),
    ("My car broke down.", "", "en"),
    ("I don't know where it is.", "", "en"),
    ("That's the one I was looking for.", "", "en"),
    ("The fifth of March, nineteen eighty two.", "When were you born?", "en"),
    ("A cheeseburger and a coke.", "What would you like to order?", "en"),
    ("S W one A one A A", "What's your postcode?", "en"),
    ("Kilo one A, zero Bravo six.", "What's your postal code?", "en"),
    ("oh two oh seven nine four six oh nine five eight", "What's your phone number?", "en"),
    ("seven seven double oh nine hundred one two three", "What's your phone number?", "en"),
    ("+44 20 7946 0958", "What's your phone number?", "en"),
    ("oh two oh seven nine four six oh nine five eight", "What's your phone number?", "en-GB"),
    ("0664 1234567", "Wie ist Ihre Telefonnummer?", "de-AT"),
    ("Mrs Okafor.", "What's your name?", "en"),
    ("Das Licht geht nicht an.", "", "de"),
    ("Ich wollte fragen, ob Sie offen haben.", "", "de"),
    ("Lindenstraße 14 in Augsburg.", "Wie ist Ihre Adresse?", "de"),
    ("Lindenweg 5, 80331 München.", "Wie ist Ihre Adresse?", "de"),
    ("80331 München, Lindenweg 5.", "Wie ist Ihre Adresse?", "de"),
    ("8001 Zürich, Lindenweg 5.", "Wie ist Ihre Adresse?", "de-CH"),
    ("1070", "Wie ist Ihre Postleitzahl?", "de-AT"),
    ("March 15, 1982", "When were you born?", "en"),
    ("March fifteen, eighty two.", "When were you born?", "en"),
    ("3/15/82", "When were you born?", "en"),
    ("The fifth of March twelve.", "When were you born?", "en"),
    ("oh three one five one nine eight two", "When were you born?", "en"),
    ("15.3.1982", "Wann sind Sie geboren?", "de"),
    ("Der zwölfte elfte null fünf.", "Wann sind Sie geboren?", "de"),
    ("Nope.", "Could you tell me your phone number?", "en"),
    ("Nah, sorry.", "What's your e-mail address?", "en"),
    ("Nö.", "Wie ist Ihre Telefonnummer?", "de"),
    ("Äh, nee.", "Wie ist Ihr Name?", "de"),
    ("Niemals.", "Wie ist Ihre Postleitzahl?", "de"),
    ("I don't know what it's called.", "", "en"),
    ("Ich weiß nicht, wie das heißt.", "", "de"),
    ("Ich glaube, dass er Brandt heißt.", "", "de"),
    ("Sam, S A M.", "What's your name?", "en"),
    ("At ten thirty p m.", "", "en"),
    ("I'm between jobs.", "", "en"),
    ("It happens between meals.", "", "en"),
    ("Either appointment is fine.", "", "en"),
    ("A different.", "Which one would you like?", "en"),
    ("Können Sie Englisch?", "", "de"),
    ("Können Sie Englisch", "", "de"),
    ("Was soll das", "", "de"),
    ("Ich muss in die Schule.", "", "de"),
    ("Eine andere.", "Welche Größe möchten Sie?", "de"),
    *((text, "When did it begin?", "en") for text in WHEN),
    *((text, asked, "de") for text in WANN for asked in ("Wann passt es Ihnen?", "Passt das?", "")),
    *((text, "Wann passt es Ihnen?", "de") for text in WANN_AUCH),
]


@pytest.mark.parametrize(("text", "asked", "language"), AT_ONCE)
def test_what_has_nothing_missing_is_answered_at_once(text, asked, language):
    assert waited(text, asked, language).wait_ms == BOUNDS.shortest_ms


UNFINISHED = [
    ("I'd like to book a table and.", "", "en", Reason.CONNECTIVE),
    ("I can't come because", "", "en", Reason.CONNECTIVE),
    ("Well, it depends, but.", "", "en", Reason.CONNECTIVE),
    ("I want to speak to the.", "", "en", Reason.OPEN_PHRASE),
    ("I'm calling about", "", "en", Reason.OPEN_PHRASE),
    ("I think that.", "", "en", Reason.CONNECTIVE),
    ("It is.", "", "en", Reason.OPEN_PHRASE),
    ("My e-mail.", "", "en", Reason.EMAIL),
    ("I would like to", "", "en", Reason.OPEN_PHRASE),
    ("I would like a table for two,", "", "en", Reason.OPEN_PHRASE),
    ("I would like a table for…", "", "en", Reason.OPEN_PHRASE),
    ("It is an appointment for, uh.", "", "en", Reason.FILLER),
    ("Um.", "When would you like to come?", "en", Reason.FILLER),
    ("Let me see.", "When would you like to come?", "en", Reason.FILLER),
    ("My number is.", "", "en", Reason.NUMBER),
    ("My number is 415.", "", "en", Reason.NUMBER),
    ("Four one five.", "What's your phone number?", "en", Reason.NUMBER),
    ("Four one five, five five five.", "What's your phone number?", "en", Reason.NUMBER),
    ("My order number is four seven one", "", "en", Reason.NUMBER),
    ("four seven one nine", "", "en", Reason.NUMBER),
    ("It's four one five, no, four two five", "What's your phone number?", "en", Reason.NUMBER),
    ("Sure.", "Could you give me your phone number?", "en", Reason.NUMBER),
    ("902", "What is your zip code?", "en", Reason.NUMBER),
    ("S M I", "Could you spell your last name?", "en", Reason.SPELLING),
    ("Sierra Mike India", "Could you spell your last name?", "en", Reason.SPELLING),
    ("B as in Bravo, A as in apple.", "Could you spell your name?", "en", Reason.SPELLING),
    ("My name is John and I am", "", "en", Reason.OPEN_PHRASE),
    ("It's S for sugar, M for", "Could you spell your name?", "en", Reason.OPEN_PHRASE),
    ("B wie Birne, Ä wie Ärger.", "Können Sie das buchstabieren?", "de", Reason.SPELLING),
    ("Smith.", "Could you spell your last name?", "en", Reason.SPELLING),
    ("anna dot smith", "What's your e-mail address?", "en", Reason.EMAIL),
    ("anna dot smith at example", "What's your e-mail address?", "en", Reason.EMAIL),
    ("anna dot smith at example dot", "", "en", Reason.EMAIL),
    ("My e-mail address is", "", "en", Reason.EMAIL),
    ("John.", "What's your name?", "en", Reason.NAME),
    ("My name is Anna.", "", "en", Reason.NAME),
    ("Well yes", "What's your name?", "en", Reason.NAME),
    ("It's under my husband's name.", "What's the name?", "en", Reason.NAME),
    ("It's under my husband's name, William.", "What's the name?", "en", Reason.NAME),
    ("First name Claire.", "What's your name?", "en", Reason.NAME),
    ("First name Claire, last name.", "What's your name?", "en", Reason.NAME),
    ("My last name is O'Connor.", "What's your name?", "en", Reason.NAME),
    ("Auf den Namen", "Wie ist der Name?", "de", Reason.NAME),
    ("Vorname Anna.", "Wie ist der Name?", "de", Reason.NAME),
    ("One. Two.", "What can I do for you?", "en", Reason.NUMBER),
    ("12 Elm Street.", "What's your address?", "en", Reason.ADDRESS),
    ("Ich möchte einen Termin und", "", "de", Reason.CONNECTIVE),
    ("Ich rufe an, weil", "", "de", Reason.CONNECTIVE),
    ("Ich hätte gern einen Termin bei der", "", "de", Reason.OPEN_PHRASE),
    ("Ich möchte zu Frau", "", "de", Reason.OPEN_PHRASE),
    ("Am Dienstag, äh.", "Wann passt es Ihnen?", "de", Reason.FILLER),
    ("Moment mal.", "Wie ist Ihre Kundennummer?", "de", Reason.FILLER),
    ("Meine Nummer ist", "", "de", Reason.NUMBER),
    ("null eins sieben eins", "Unter welcher Nummer erreichen wir Sie?", "de", Reason.NUMBER),
    ("fünfundzwanzig dreiundvierzig", "Wie lautet Ihre Kundennummer?", "de", Reason.NUMBER),
    ("Emma.", "Wie heißen Sie?", "de", Reason.NAME),
    ("Anton Berta", "Können Sie mir das bitte buchstabieren?", "de", Reason.SPELLING),
    ("anna punkt schmidt at", "Wie lautet Ihre E-Mail-Adresse?", "de", Reason.EMAIL),
    ("Four one five, no, sorry.", "What's your phone number?", "en", Reason.NUMBER),
    ("The fifth of March.", "When were you born?", "en", Reason.NUMBER),
    ("S W one A", "What's your postcode?", "en", Reason.NUMBER),
    ("Kilo one Alfa", "What's your postal code?", "en", Reason.NUMBER),
    ("oh two oh seven nine four six oh nine five", "Your phone number?", "en", Reason.NUMBER),
    ("+49 151 123456", "Wie ist Ihre Telefonnummer?", "de", Reason.NUMBER),
    ("Elizabeth Anne.", "What's your name?", "en", Reason.NAME),
    ("Doctor Robert.", "What's your name?", "en", Reason.NAME),
    ("Flat three, 106 King Street.", "What's your address?", "en", Reason.ADDRESS),
    ("One moment, please.", "What's your customer number?", "en", Reason.FILLER),
    ("Einen Augenblick bitte.", "", "de", Reason.FILLER),
    ("Ich habe eine Frage bezüglich", "", "de", Reason.OPEN_PHRASE),
    ("Lindenweg 5, 80331", "Wie ist Ihre Adresse?", "de", Reason.ADDRESS),
    ("Lindenweg fünf, acht null drei", "Wie ist Ihre Adresse?", "de", Reason.ADDRESS),
    ("80331 München", "Wie ist Ihre Adresse?", "de", Reason.ADDRESS),
    ("Gartenstraße 8, dritter Stock", "Wie ist Ihre Adresse?", "de", Reason.ADDRESS),
    ("Lindengasse 5, 1070", "Wie ist Ihre Adresse?", "de-AT", Reason.ADDRESS),
    ("15200 Ocean Drive.", "What's your address?", "en", Reason.ADDRESS),
    ("March 15,", "When were you born?", "en", Reason.NUMBER),
    ("March fifteen.", "When were you born?", "en", Reason.NUMBER),
    ("May fifteen, nineteen", "When were you born?", "en", Reason.NUMBER),
    ("On 3/15.", "When were you born?", "en", Reason.NUMBER),
    ("oh three one five one nine", "When were you born?", "en", Reason.NUMBER),
    ("Am 15.3.", "Wann sind Sie geboren?", "de", Reason.NUMBER),
    ("Am 24.12.", "Wann sind Sie geboren?", "de", Reason.NUMBER),
    ("Meier, nee.", "Wie ist Ihr Name?", "de", Reason.NAME),
    ("W I L L I A M", "Could you spell your first name?", "en", Reason.SPELLING),
    ("Order 12 A M", "What's your order number?", "en", Reason.SPELLING),
    ("4712 A M", "", "en", Reason.SPELLING),
]


@pytest.mark.parametrize(("text", "asked", "language", "reason"), UNFINISHED)
def test_what_cannot_be_the_end_is_waited_for(text, asked, language, reason):
    prediction = waited(text, asked, language)
    assert prediction.reason is reason
    assert prediction.is_open
    assert 1_300 <= prediction.wait_ms <= BOUNDS.longest_ms


@pytest.mark.parametrize(
    ("text", "asked", "language"),
    [
        ("My doctor said.", "", "en"),
        ("Could you please.", "", "en"),
        ("Two lattes.", "What would you like to order?", "en"),
        ("Auf dem Display steht.", "", "de"),
        ("Das Gerät heißt.", "", "de"),
        ("Wie gesagt, der Laden heißt.", "", "de"),
        ("The place is called.", "", "en"),
        ("Ich hätte gern.", "", "de"),
        ("Eine Salami.", "Was möchten Sie bestellen?", "de"),
    ],
)
def test_what_seldom_is_all_is_waited_for_as_well(text, asked, language):
    assert waited(text, asked, language).reason is Reason.PERHAPS_OPEN


PERHAPS = Prediction(WAITS_MS[Reason.PERHAPS_OPEN], Reason.PERHAPS_OPEN)


@pytest.mark.parametrize(
    ("text", "asked", "language"),
    [
        ("Between nine.", "When does it suit you?", "en"),
        ("Between Monday morning.", "", "en"),
        ("Either Monday.", "When does it suit you?", "en"),
        ("If I cancel today.", "", "en"),
        ("I need a new.", "", "en"),
        ("Kann ich am Montag.", "Wann passt es Ihnen?", "de"),
        ("Ich muss da erst mit meinem Chef.", "Wann passt es Ihnen?", "de"),
        ("Kann ich bei Ihnen.", "Kann ich sonst noch etwas für Sie tun?", "de"),
        ("Können Sie mich in die Buchhaltung.", "", "de"),
        ("Wenn ich heute absage.", "", "de"),
        ("Eine neue.", "", "de"),
    ],
)
def test_what_lacks_something_waits_beside_what_only_looks_like_it(text, asked, language):
    assert waited(text, asked, language) == PERHAPS


def test_since_then_is_no_half_clause():
    for text in ("Since the accident.", "Since my surgery."):
        assert waited(text, "When did it begin?").reason is Reason.FRAGMENT


@pytest.mark.parametrize(
    ("asked", "language", "text"),
    [
        ("Which problem do you have?", "en", "my dishwasher"),
        ("Welches Anliegen haben Sie?", "de", "meine Spülmaschine"),
    ],
)
def test_the_beginning_of_a_story_is_no_choice(asked, language, text):
    heard = {finished: waited(text, asked, language, finished=finished) for finished in (None, 0.2)}
    assert heard[None] == Prediction(WAITS_MS[Reason.FRAGMENT], Reason.FRAGMENT)
    assert heard[0.2].wait_ms == 700


@pytest.mark.parametrize(
    ("text", "language"), [("That's what she said.", "en"), ("Das hat er gesagt.", "de")]
)
def test_what_somebody_said_may_be_all(text, language):
    assert waited(text, "", language).wait_ms == BOUNDS.shortest_ms


def test_whose_name_it_is_may_be_the_answer():
    asked = "Who is the appointment for?"
    assert waited("It's for my wife.", asked).wait_ms == WAITS_MS[Reason.NAME]


def test_words_that_seldom_end_a_sentence_are_given_less():
    assert waited("I would like to come in.") == Prediction(1_250, Reason.PERHAPS_OPEN)
    assert waited("Ich möchte", language="de").reason is Reason.PERHAPS_OPEN


def test_a_greeting_alone_is_given_a_moment_for_what_is_wanted():
    told = "Your appointment is on Tuesday."
    assert waited("Hello.", told) == Prediction(WAITS_MS[Reason.GREETING], Reason.GREETING)
    assert waited("Guten Tag.", language="de").reason is Reason.GREETING


@pytest.mark.parametrize("finished", [None, 0.2, 0.97])
def test_a_sure_or_a_hello_is_no_answer_to_an_open_question_however_it_sounds(finished):
    for text, language in (("Sure.", "en"), ("Okay.", "en"), ("Hi!", "en"), ("Guten Tag", "de")):
        wait_ms = waited(text, language=language, finished=finished).wait_ms
        assert wait_ms == ANSWERS_NOTHING_MS, text
    assert waited("No.", finished=finished).wait_ms == 200
    assert waited("No, thank you.", finished=finished).wait_ms == 200


def test_a_few_words_of_a_caller_who_pauses_are_given_as_long_as_their_pauses():
    assert waited("a blue one", finished=0.95).wait_ms == 400
    assert waited("a blue one", pause_ms=600, finished=0.95).wait_ms == 780
    assert waited("a blue one", pause_ms=2_000, finished=0.95).wait_ms == STATEMENT_MS


def test_an_okay_to_nothing_that_was_asked_is_given_a_moment_for_more():
    told = "Your appointment is on Tuesday."
    for text, language in (("Okay.", "en"), ("All right.", "en"), ("Alles klar.", "de")):
        expected = Prediction(WAITS_MS[Reason.ACKNOWLEDGEMENT], Reason.ACKNOWLEDGEMENT)
        assert (
            waited(text, told if language == "en" else "Das ist am Dienstag.", language) == expected
        )
    assert waited("All right.", "Is that all right for you?").wait_ms == 200
    assert waited("All right, thanks.", told).wait_ms == 200


@pytest.mark.parametrize("reason", BY_SOUND_MS)
def test_the_less_a_pause_sounds_like_the_end_the_longer_it_is_waited_for(reason):
    finished, unclear, is_open = BY_SOUND_MS[reason]
    assert finished <= unclear <= is_open
    assert finished < is_open


def test_a_whole_sentence_is_waited_for_as_it_sounds():
    assert waited(STORY, finished=0.85).wait_ms == 350
    assert waited(STORY, finished=0.3).wait_ms == 700
    assert waited(STORY, finished=0.02) == Prediction(1_300, Reason.FINISHED)


@pytest.mark.parametrize("text", ["I left the car outside.", "When do you open?"])
def test_what_sounds_clearly_finished_is_taken_at_once_of_callers_who_do_not_pause(text):
    bounds = Bounds(128, 2_500)
    heard = partial(Evidence, text, "en", Question.OPEN)
    assert predict(heard(finished=0.95), bounds).wait_ms == 128
    assert predict(heard(finished=0.85), bounds).wait_ms >= 200
    assert predict(heard(finished=0.95, pause_ms=300), bounds).wait_ms >= 200
    assert predict(heard(), bounds).wait_ms == 200


def test_what_is_known_to_be_missing_is_waited_for_however_it_sounds():
    announced = "My name is"
    for finished in (0.99, 0.01):
        assert waited(announced, finished=finished) == waited(announced)


def test_numbers_that_are_dictated_in_groups_sound_finished_and_are_waited_for_all_the_same():
    text, asked = "four one five", "What's your phone number?"
    assert not waited(text, asked).is_in_doubt
    assert waited(text, asked, finished=0.99) == waited(text, asked)


def test_words_that_stay_the_same_after_a_breath_are_waited_for_if_they_sound_open():
    assert waited(STORY, finished=0.02, is_unchanged=True).wait_ms == 1_300


def test_a_few_words_that_answer_nothing_may_be_a_beginning():
    assert waited("An oil change.") == Prediction(WAITS_MS[Reason.FRAGMENT], Reason.FRAGMENT)


def test_noise_without_words_is_over_at_once():
    assert waited("") == Prediction(200, Reason.NO_WORDS)
    assert waited("...") == Prediction(200, Reason.NO_WORDS)


STORY = "I left the car outside."


def test_whole_sentences_of_a_caller_who_pauses_are_given_as_long_as_the_pauses_are():
    assert waited(STORY).wait_ms == 200
    assert waited(STORY, pause_ms=600) == Prediction(780, Reason.STATEMENT)
    assert waited(STORY, pause_ms=2_900).wait_ms == STATEMENT_MS


def test_questions_and_answers_of_a_caller_who_pauses_are_answered_at_once_all_the_same():
    assert waited("When do you open?", pause_ms=900).wait_ms == 200
    assert waited("Yes.", "Is that right?", pause_ms=900).wait_ms == 200


def test_a_story_is_no_name_and_no_question_because_of_how_it_began():
    for asked, text in (
        ("Who am I speaking with?", "I'm in today because two weeks ago I got a car from you."),
        ("", "What do you know. I left the car outside."),
    ):
        assert waited(text, asked, pause_ms=600) == Prediction(780, Reason.STATEMENT)


def test_words_that_stay_the_same_are_waited_for_half_as_long():
    assert waited("I'd like to book and", is_unchanged=True).wait_ms == 900


def test_the_settings_bound_every_wait():
    unfinished = Evidence("my number is four one five", question=Question.TELEPHONE)
    assert predict(unfinished, Bounds(200, 1_000)).wait_ms == 1_000
    assert predict(unfinished, Bounds(3_000, 1_000)).wait_ms == 3_000
    assert predict(Evidence("yes", question=Question.YES_NO), Bounds(450, 2_500)).wait_ms == 450


@pytest.mark.parametrize(
    ("digits", "progress"),
    [
        ("+99912345", Progress.UNDER_WAY),
        ("+999123456789", Progress.WHOLE),
        ("+9991234567", Progress.UNKNOWN),
        ("5550142", Progress.UNKNOWN),  # whole only where no area is said
    ],
)
def test_a_number_whose_country_tells_nothing_is_judged_by_its_length(digits, progress):
    assert telephone_progress(digits, "US") is progress


def test_a_clause_with_ob_ends_with_its_verb_and_no_other_word():
    known = words_of("de")
    assert known is not None
    assert lacks_verb(("ob", "sie", "morgen"), known)
    assert not lacks_verb(("ob", "sie", "morgen", "kommen"), known)


def test_languages_without_words_go_by_punctuation():
    assert predict(Evidence("Bonjour, je voudrais,", "fr"), BOUNDS).reason is Reason.OPEN_PHRASE
    assert predict(Evidence("Bonjour.", "fr"), BOUNDS) == Prediction(200, Reason.FINISHED)
    assert predict(Evidence("...", "fr"), BOUNDS).reason is Reason.NO_WORDS
    assert predict(Evidence("Ça va ?", "fr-CA"), BOUNDS).reason is Reason.QUESTION


def test_a_regional_tag_has_the_words_of_its_language():
    assert predict(Evidence("ich möchte und", "de-AT"), BOUNDS).reason is Reason.CONNECTIVE


SAID = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            ["my", "name", "number", "is", "four", "double", "at", "dot", "com", "no", "S", "415"]
        ),
        max_size=12,
    ).map(" ".join),
)


OWN_WORDS = sorted(
    word
    for known in (ENGLISH, GERMAN)
    for field in fields(known)
    if isinstance(value := getattr(known, field.name), frozenset)
    for word in value
)


@given(
    st.one_of(SAID, st.lists(st.sampled_from(OWN_WORDS), max_size=8).map(" ".join)),
    st.sampled_from(["en", "de", "fr", "", "x-"]),
    st.sampled_from(Question),
    st.one_of(st.none(), st.floats(200, 3_000)),
    st.booleans(),
    st.one_of(st.none(), st.floats(0, 1)),
    st.integers(96, 3_000),
    st.integers(200, 6_000),
)
def test_whatever_is_said_the_wait_is_within_the_bounds(
    text, language, question, pause_ms, is_unchanged, finished, shortest_ms, longest_ms
):
    evidence = Evidence(text, language, question, pause_ms, is_unchanged, finished)
    prediction = predict(evidence, Bounds(shortest_ms, longest_ms))
    assert shortest_ms <= prediction.wait_ms <= max(shortest_ms, longest_ms)
    assert len(prediction.reason) <= 20  # as it is stored


def test_the_rhythm_counts_beside_a_sound_that_leaves_a_doubt():
    for finished, expected in ((0.6, 1_040), (0.3, 1_040), (0.95, 350), (0.01, 1_300)):
        assert waited(STORY, pause_ms=800, finished=finished).wait_ms == expected
