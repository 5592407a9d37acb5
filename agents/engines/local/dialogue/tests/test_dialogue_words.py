"""Numbers, names, questions and personas are read out of plain speech."""

import time

import pytest

from agents.engines.local.dialogue.consent import verdict
from agents.engines.local.dialogue.digits import digits_in, written
from agents.engines.local.dialogue.hearing import clauses, is_question, plain, question_in, stems
from agents.engines.local.dialogue.names import name_in
from agents.engines.local.dialogue.persona import Persona, persona
from agents.engines.local.dialogue.phrases import QUESTIONS, Asked, question_heard
from agents.engines.local.dialogue.small_talk import Talk, recognise


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("five five five oh one four two", "5550142"),
        ("it's double seven five triple two nine", "7752229"),
        ("My number is 555-0142.", "5550142"),
        ("(415) 555-0132", "4155550132"),
        ("um 4 1 5, uh 5 5 5, 0132 please", "4155550132"),
        ("for one five five five five oh one for to", "4155550142"),
        ("four fifteen five fifty five twenty one forty two", "4155552142"),
        ("one eight hundred five five five oh one nine nine", "18005550199"),
        ("area code four one five", "415"),
        ("call me at 555 0142 to talk about it", "5550142"),
        ("I want to go to the shop for a rose", ""),
        ("call for five people", "5"),
        ("", ""),
    ],
)
def test_a_number_is_understood_in_words_and_digits(said, digits):
    assert digits_in(said) == digits


def test_a_number_is_written_in_groups():
    assert written("4155550132") == "415-555-0132"


@pytest.mark.parametrize(
    ("said", "name", "rest"),
    [
        ("my name is anna smith and what time do you open", "Anna Smith", "what time do you open"),
        ("This is John.", "John", ""),
        ("Hi, this is Maria Lopez calling about roses.", "Maria Lopez", "Hi. about roses"),
        ("I'm Bob Jones from Acme", "Bob Jones", "from Acme"),
        ("no my name is Hannah", "Hannah", "no"),
    ],
)
def test_a_name_is_caught_without_being_asked_for(said, name, rest):
    assert name_in(said, was_asked=False) == (name, rest)


@pytest.mark.parametrize(
    "said",
    ["this is great", "i'm calling about roses", "I'm allowed to", "it's Friday", "This is urgent"],
)
def test_not_all_that_follows_i_am_is_a_name(said):
    assert name_in(said, was_asked=False) == ("", said)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Anna", "Anna"),
        ("yes it's anna", "Anna"),
        ("Sure, Tom Baker.", "Tom Baker"),
        ("Smith. S M I T H", "Smith"),
        ("it's Smyth, S M Y T H E", "Smythe"),
        ("j o h n", "John"),
        ("It's Mary-Ann O'Brien.", "Mary-Ann O'Brien"),
        ("why do you need that", ""),
        ("what time do you open", ""),
    ],
)
def test_a_name_that_was_asked_for(said, name):
    assert name_in(said, was_asked=True)[0] == name


def test_a_turn_is_taken_apart_into_its_questions():
    said = "Hi there! Um, what time do you open and how much are roses, do you deliver"
    assert [question_in(plain(c)) for c in clauses(said)] == [
        "",
        "what time do you open",
        "how much are roses",
        "do you deliver",
    ]


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("A message for Dr. Smith. It is late.", ["A message for Dr. Smith.", "It is late."]),
        (
            "I live on Main St. Do you deliver there?",
            ["I live on Main St.", "Do you deliver there?"],
        ),
        ("Mrs. Jones and Prof. Hill are at St. Mary's.", 1),
    ],
)
def test_a_title_ends_no_sentence(said, parts):
    assert clauses(said) == ([said] if parts == 1 else parts)


@pytest.mark.parametrize(
    "said", ["what time do you open", "I was wondering if you could tell me how much it is"]
)
def test_questions_are_known_by_how_they_begin(said):
    assert is_question(plain(said))


def test_a_statement_is_no_question():
    assert not is_question("i have a garden")


def test_words_are_compared_without_their_endings():
    assert stems("Do you deliver flowers?") & stems("delivery of a flower") == stems(
        "deliver flower"
    )


@pytest.mark.parametrize(
    ("said", "talk"),
    [
        ("hello", Talk.GREETING),
        ("good morning there", Talk.GREETING),
        ("okay thanks a lot", Talk.THANKS),
        ("are you a real person", Talk.ROBOT),
        ("am i talking to a machine", Talk.ROBOT),
        ("who am i speaking with", Talk.WHO),
        ("can you say that again please", Talk.REPEAT),
        ("sorry i didn't catch that", Talk.REPEAT),
        ("hello can you hear me", Talk.HEAR_ME),
        ("okay bye", Talk.GOODBYE),
        ("that's all thank you", Talk.GOODBYE),
        ("have a nice day", Talk.GOODBYE),
        ("can i leave a message", Talk.LEAVE_MESSAGE),
        ("i want to talk to a human", Talk.LEAVE_MESSAGE),
        ("could you please have someone call me back", Talk.LEAVE_MESSAGE),
        ("what's my name", Talk.MY_NAME),
        ("what number did i give you", Talk.MY_NUMBER),
        ("hold on a second", Talk.WAIT),
        ("do you deliver on sunday", None),
        ("how much is it", None),
        ("is there real cream in the cake", None),
        ("thanks i wanted to ask about parking", None),
        ("thank you i'd also like to know your address", None),
        ("thanks but where do i park", None),
        ("thank you that's all i wanted to know", Talk.THANKS),
        ("thanks for telling me where you are", Talk.THANKS),
        ("thanks i need to go", Talk.THANKS),
        ("is that price per person", None),
        ("do i need to come in person", None),
        ("is it a washing machine you repair", None),
        ("am i speaking with a real person or a computer", Talk.ROBOT),
        ("is this call automated", Talk.ROBOT),
        ("can i order a repeat prescription", None),
        ("can i come again on friday", None),
        ("could you repeat the price", Talk.REPEAT),
        ("do you have a good time for me on friday", None),
        ("i hope you have a nice day", Talk.GOODBYE),
        ("are you there on saturdays", None),
        ("are you still on mill road", None),
        ("are you still there", Talk.HEAR_ME),
        ("i'll call back later", Talk.LATER),
        ("never mind", Talk.LATER),
        ("should i call back later", None),
        ("please tell him to call back", Talk.LEAVE_MESSAGE),
        ("i'd like a call back", Talk.LEAVE_MESSAGE),
        ("tell her i'll call back tomorrow", Talk.LEAVE_MESSAGE),
        ("i got a voicemail from you", None),
    ],
)
def test_small_talk_is_recognised(said, talk):
    assert recognise(said) is talk


@pytest.mark.parametrize("word", ["hi", "okay", "sorry", "please", "thank you", "hold on", "just"])
def test_a_word_said_a_thousand_times_holds_no_call_up(word):
    # A pattern that backtracks would not come back from this one.
    said = f"{word} " * 1000 + "?"
    recognise(plain(said) + " !")
    verdict(plain(said))
    question_in(plain(said))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("yes please", True),
        ("yeah that's right", True),
        ("sure", True),
        ("no thanks", False),
        ("nope that's wrong", False),
        ("i don't think so", False),
        ("thanks", None),
        ("what time is it", None),
    ],
)
def test_yes_and_no(said, meant):
    assert verdict(said)[0] is meant


def test_a_yes_that_is_only_a_sound():
    assert verdict(plain("Uh-huh."), sound="Uh-huh.")[0] is True


def test_what_follows_a_no_is_kept():
    assert verdict("no it's five five five") == (False, "it's five five five")


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (
            "You are Mia, the receptionist of Bright Smile Dental. Be kind.",
            Persona("Mia", "the receptionist", "Bright Smile Dental"),
        ),
        ("You are the clerk at Joe's Bar.", Persona("desk", "the clerk", "Joe's Bar")),
        ("You are Max from Acme & Sons.", Persona("Max", "", "Acme & Sons")),
        ("Answer kindly.", Persona("desk")),
        ("", Persona("desk")),
    ],
)
def test_a_persona_is_read_from_the_prompt(prompt, expected):
    assert persona(prompt, agent_name="desk") == expected


def test_a_question_cut_off_late_counts_as_asked():
    question = QUESTIONS[Asked.NAME]
    assert question_heard(f"Of course. {question}", interrupted=False) is Asked.NAME
    assert question_heard("Of course. May I have your name,", interrupted=True) is Asked.NAME
    assert question_heard("Of course. May I", interrupted=True) is None
    assert question_heard("Of course. May I have your name,", interrupted=False) is None


@pytest.mark.parametrize("said", ["are you ", "please get back to "])
def test_a_caller_who_says_the_same_for_minutes_stops_no_other_call(said):
    began = time.process_time()
    assert recognise(said * 6_000) is None
    assert time.process_time() - began < 3  # minutes, were it the square of the length


@pytest.mark.parametrize(
    "said",
    [
        "This is about the vase. It's blue.",
        "I'm calling because it's broken",
        "I am waiting and it's cold",
        "I'm not telling you, it's private",
    ],
)
def test_what_is_said_in_the_place_of_a_name_is_none(said):
    assert name_in(said, was_asked=True) == ("", said)
