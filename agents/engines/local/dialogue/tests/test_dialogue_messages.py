"""The dialogue takes a message: name, number, what to pass on."""

import pytest

from agents.engines.local.dialogue.tests.dialogue_cast import Conversation

ASK_NAME = "May I have your name, please?"
ASK_NUMBER = "What is the best number to reach you?"
ASK_MESSAGE = "What would you like me to pass on?"


@pytest.fixture
def call():
    return Conversation()


@pytest.fixture
def asked_for_number(call):
    call.all("can I leave a message", "anna smith")
    return call


@pytest.fixture
def reading_back(asked_for_number):
    asked_for_number.caller("five five five oh one four two")
    return asked_for_number


def test_a_whole_message(call):
    assert call.caller("Can I leave a message?").text == f"Of course. {ASK_NAME}"
    assert call.caller("it's anna smith").text == f"Thank you, Anna. {ASK_NUMBER}"
    assert call.caller("five five five oh one four two").text == "That's 555-0142. Is that right?"
    assert call.caller("yes that's right").text == f"Thank you. {ASK_MESSAGE}"
    assert call.caller("tell Rose that the vases came").text == (
        "Thank you, Anna. I've taken your message and your number, 555-0142. "
        "Is there anything else I can help you with?"
    )
    assert call.caller("no").hang_up


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("please call me about my tooth", "call me about my tooth"),
        ("yes, please tell Rose that they came", "tell Rose that they came"),
    ],
)
def test_a_message_behind_the_yes_to_a_number_is_not_lost(reading_back, said, message):
    reply = reading_back.caller(said)
    assert "I've taken your message" in reply.text
    assert reply.message is not None
    assert reply.message.message == message


def test_a_question_behind_the_yes_to_a_number_is_answered(reading_back):
    reply = reading_back.caller("yes, and is there parking behind the shop?")
    assert "Parking is behind the shop" in reply.text
    assert reply.message is None


def test_a_number_in_pieces(asked_for_number):
    assert asked_for_number.caller("five five five").text == (
        "I have 555 so far. What comes after that?"
    )
    assert asked_for_number.caller("oh one four two").text == "That's 555-0142. Is that right?"


def test_a_corrected_number(reading_back):
    reply = reading_back.caller("no it's five five five oh one four three")
    assert reply.text == "That's 555-0143. Is that right?"
    assert reading_back.caller("correct").text == f"Thank you. {ASK_MESSAGE}"


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("41, 55, 55, 01, 42", "41-55-55-01-42"),
        ("four one five, five five five, oh one four two", "415-555-0142"),
        ("four one five five five five oh one four two", "415-555-0142"),
        ("four one five, no, four one six, five five five, oh one four two", "416-555-0142"),
        ("415 5550 142", "415-5550-142"),
    ],
)
def test_a_number_is_read_back_in_the_callers_groups(asked_for_number, said, back):
    assert asked_for_number.caller(said).text == f"That's {back}. Is that right?"


@pytest.mark.parametrize(
    ("correction", "number"),
    [
        ("no, four two", "415-555-0142"),
        ("no oh one four three", "415-555-0143"),
        ("no it's 416", "416-555-0141"),
        ("not 415 but 510", "510-555-0141"),
        ("no 510 555 9999", "510-555-9999"),
    ],
)
def test_a_correction_takes_the_place_of_a_group(asked_for_number, correction, number):
    asked_for_number.caller("415 555 0141")
    assert asked_for_number.caller(correction).text == f"That's {number}. Is that right?"


def test_a_number_that_seems_incomplete_is_confirmed_once(asked_for_number):
    assert asked_for_number.caller("415 555 014").text == (
        "I have 415-555-014 so far. What comes after that?"
    )
    assert asked_for_number.caller("that's all").text == "That's 415-555-014. Is that right?"


def test_a_part_is_corrected_before_the_rest_comes(asked_for_number):
    asked_for_number.caller("415 556")
    assert asked_for_number.caller("no 555").text.startswith("I have 415-555 so far.")
    assert asked_for_number.caller("0142").text == "That's 415-555-0142. Is that right?"


def test_a_wrong_number_is_asked_again(reading_back):
    assert reading_back.caller("no that's wrong").text == f"Sorry about that. {ASK_NUMBER}"
    assert reading_back.caller("555 0199").text == "That's 555-0199. Is that right?"


def test_an_area_code_goes_in_front(reading_back):
    reply = reading_back.caller("area code four one five")
    assert reply.text == "That's 415-555-0142. Is that right?"


def test_a_question_in_the_middle_is_answered_and_the_message_continues(asked_for_number):
    reply = asked_for_number.caller("wait do you deliver")
    assert reply.text == (f"We deliver in the city for $8. Now, back to your message. {ASK_NUMBER}")
    assert asked_for_number.caller("555 0142").text == "That's 555-0142. Is that right?"


def test_an_unknown_question_in_the_middle(asked_for_number):
    reply = asked_for_number.caller("who won the football game")
    assert reply.text.startswith("I'm sorry, I don't know that, but")
    assert reply.text.endswith(ASK_NUMBER)


def test_a_question_while_the_message_is_asked_for(reading_back):
    reading_back.caller("yes")
    for said in ("do you deliver", "that's very kind but do you deliver"):
        assert reading_back.caller(said).text.endswith(ASK_MESSAGE)
    # Put as a question, and yet for another person.
    assert "I've taken your message" in reading_back.caller("can you ask her to deliver it").text


def test_noise_does_not_lose_the_thread(call):
    call.caller("can I leave a message")
    assert call.caller("um").text == f"Sorry, I didn't catch that. {ASK_NAME}"
    assert call.caller("pardon").text == f"Sorry, I didn't catch that. {ASK_NAME}"
    assert call.caller("anna").text == f"Thank you, Anna. {ASK_NUMBER}"


def test_a_name_already_known_is_not_asked_again(call):
    call.caller("hello this is anna")
    assert call.caller("can you take a message").text == f"Of course. {ASK_NUMBER}"


def test_a_caller_may_keep_name_and_number(call):
    call.caller("can I leave a message")
    assert call.caller("I'd rather not say").text == f"All right. {ASK_NUMBER}"
    assert call.caller("the number I'm calling from").text == f"All right. {ASK_MESSAGE}"
    assert call.caller("the vases came").text.startswith("Thank you. I've taken your message.")


def test_a_caller_changes_their_mind(asked_for_number):
    reply = asked_for_number.caller("oh never mind")
    assert reply.text.startswith("No problem, no message then.")
    assert asked_for_number.caller("do you deliver").text == "We deliver in the city for $8."


def test_a_corrected_name(asked_for_number):
    reply = asked_for_number.caller("no my name is Hannah not Anna")
    assert reply.text == f"Thank you, Hannah. {ASK_NUMBER}"


def test_what_was_given_can_be_asked_back(reading_back):
    reading_back.caller("yes")
    reply = reading_back.caller("what's my name and what number did I give")
    assert reply.text.startswith(
        "You told me your name is Anna Smith. The number you gave me is 555-0142."
    )


def test_why_the_number_is_wanted(asked_for_number):
    reply = asked_for_number.caller("what do you need that for")
    assert reply.text.startswith("It's so that someone can get back to you.")


def test_a_number_given_unasked_is_not_lost(call):
    reply = call.caller("my number is 555 0142")
    assert reply.text.startswith("I have your number as 555-0142.")
    assert call.all("yes", "anna").text == "Thank you, Anna. That's 555-0142. Is that right?"


def test_a_goodbye_in_the_middle_ends_the_call(asked_for_number):
    assert asked_for_number.caller("sorry I have to go bye").hang_up


def test_a_second_message_begins_empty(reading_back):
    reading_back.all("yes", "the vases came")
    assert reading_back.caller("can I leave another message").text.startswith("Of course.")
    assert reading_back.turns[-1].text.endswith(ASK_MESSAGE)


@pytest.mark.parametrize(
    ("first", "second", "name", "said"),
    [
        ("the van", "the van der", "the van der", "I've noted your name as I heard it."),
        ("", "...", "", "I'm sorry, I couldn't catch your name, so I'll leave it out."),
        (
            "the one that I gave to the other lady on the telephone",
            "the one in your book of course, as I have said to her before",
            "",
            "I'm sorry, I couldn't catch your name, so I'll leave it out.",
        ),
    ],
)
def test_a_name_that_is_not_understood_is_not_asked_for_for_ever(call, first, second, name, said):
    call.caller("can I leave a message")
    assert call.caller(first).text.endswith(ASK_NAME)
    assert call.caller("do you deliver").text.endswith(ASK_NAME)  # which is no try
    assert call.caller(second).text == f"{said} {ASK_NUMBER}"
    call.all("five five five oh one four two", "yes")
    reply = call.caller("tell Rose that the vases came")
    assert reply.text.startswith("Thank you. I've taken your message and your number")
    assert reply.message is not None
    assert (reply.message.name, reply.message.number) == (name, "5550142")
    assert call.caller("no").text == "Thank you for calling Fern and Rose. Goodbye!"


def test_a_name_that_is_given_after_all_is_taken(call):
    call.all("can I leave a message", "the van", "the van der")
    call.caller("sorry, my name is Anna")
    assert call.all("five five five oh one four two", "yes").text == f"Thank you. {ASK_MESSAGE}"
    assert call.caller("tell Rose that they came").text.startswith("Thank you, Anna.")


def test_a_number_that_is_not_understood_is_not_asked_for_for_ever(asked_for_number):
    assert asked_for_number.caller("blue").text.endswith(ASK_NUMBER)
    assert asked_for_number.caller("green").text == (
        f"I'm sorry, I couldn't catch a number, so I'll leave it out. {ASK_MESSAGE}"
    )
    reply = asked_for_number.caller("tell Rose that the vases came")
    assert "I've taken your message." in reply.text


def test_whether_a_number_is_right_is_not_asked_for_ever(reading_back):
    assert reading_back.caller("purple").text.endswith("Is that right?")
    assert reading_back.caller("green").text == (
        f"I've noted the number as I heard it. {ASK_MESSAGE}"
    )


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("I'd like to leave a message. It's about my vase.", "It's about my vase."),
        ("Can someone call me back? My vase broke.", "My vase broke."),
        ("Yes. It's about my son, he's six.", "It's about my son, he's six."),
        (
            "I'd like to leave a message. It's about my invoice. I was charged twice.",
            "It's about my invoice. I was charged twice.",
        ),
    ],
)
def test_why_somebody_leaves_a_message_is_heard_and_part_of_it(call, said, about):
    call.caller("who won the football game")  # and so a message is offered
    assert call.caller(said).text == f"Of course. {ASK_NAME}"
    assert call.all("anna smith", "555 0142", "yes").text == f"Thank you. {ASK_MESSAGE}"
    assert call.caller("bring a new one").message.message == f"{about} bring a new one"


def test_a_name_behind_the_reason_of_a_message_is_heard(call):
    reply = call.caller("I'd like to leave a message. It's about my invoice. My name is Tom.")
    assert ASK_NAME not in reply.text
    assert call.all("555 0142", "yes").text.endswith(ASK_MESSAGE)
    message = call.caller("that's all").message
    assert (message.name, message.message) == ("Tom", "It's about my invoice.")


def test_a_message_that_is_told_with_the_wish_needs_nothing_more(call):
    call.all("Can I leave a message? The vases came", "anna smith", "555 0142", "yes")
    assert call.caller("no, that's all").message.message == "The vases came"


@pytest.mark.parametrize(
    "said", ["I'll be there in 20 minutes", "after five", "at 5:30 p.m.", "on the 3rd", "2 of us"]
)
def test_figures_that_count_are_no_number(asked_for_number, said):
    assert asked_for_number.caller(said).text.endswith(ASK_NUMBER)  # and has none "so far"
    assert asked_for_number.caller("one minute, it's 555 0142").text.startswith("That's 555-0142.")


@pytest.mark.parametrize("said", ["after five, 555 0142", "until 6, 555 0142"])
def test_an_hour_right_before_a_number_is_no_part_of_it(asked_for_number, said):
    assert asked_for_number.caller(said).text.startswith("That's 555-0142.")


def test_figures_that_count_do_not_change_a_number(reading_back):
    reply = reading_back.caller("I'll be there in 20 minutes")
    assert reply.text.endswith("That's 555-0142. Is that right?")


def test_who_calls_back_later_leaves_no_message(call):
    call.caller("who won the football game")
    reply = call.caller("No, I'll call back later.")
    assert reply.text == "All right. Is there anything else I can help you with?"
    assert call.caller("no, I'll call again tomorrow").hang_up


def test_who_calls_back_later_gives_up_a_message(asked_for_number):
    reply = asked_for_number.caller("I'll just call back later")
    assert reply.text.startswith("No problem, no message then.")


def test_that_somebody_calls_back_later_may_be_the_message(reading_back):
    reading_back.caller("yes")
    assert reading_back.caller("I'll call back tomorrow").message.message == (
        "I'll call back tomorrow"
    )


def test_a_wish_for_a_person_may_be_the_message(reading_back):
    reading_back.caller("yes")
    said = "I'd like to talk to sales about my order 4711."
    assert reading_back.caller(said).message.message == said


def test_a_message_for_a_doctor(call):
    reply = call.caller("I'd like to leave a message for Dr. Smith.")
    assert reply.text == f"Of course. {ASK_NAME}"
