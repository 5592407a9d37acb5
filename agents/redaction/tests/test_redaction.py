"""What is taken out of a conversation, and what stays in it."""

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from agents.engines.conversation import Role
from agents.redaction.conversation import Kind, find, replaced
from agents.redaction.runs import scan
from agents.redaction.tests.spelled_numbers import BETWEEN, card_numbers, check_digit, groups
from agents.redaction.texts import Text

CARDS = frozenset({Kind.CARD_NUMBERS})
NUMBERS = frozenset({Kind.NUMBERS})
NAMES = frozenset({Kind.NAMES})
ALL = frozenset(Kind)
MANY = settings(max_examples=300, deadline=None)


def kept(kinds, *said, is_over=True):
    """What is kept of `said`; the agent's begin with "> "."""
    texts = [
        Text(Role.AGENT, each[2:]) if each.startswith("> ") else Text(Role.CALLER, each)
        for each in said
    ]
    found = find(texts, kinds, is_over=is_over)
    pairs = zip(texts, found.spans, strict=True)
    return [replaced(text.said, spans) for text, spans in pairs]


def digits_left(texts):
    """The digits that can still be read."""
    return "".join(run.digits for text in texts for run in scan(text).runs)


# --- card numbers -------------------------------------------------------------------------------


@MANY
@given(data=st.data(), number=card_numbers(), end=st.sampled_from(("", ".", " thanks", ", okay?")))
def test_no_card_number_survives_in_whatever_spelling(data, number, end):
    between = st.sampled_from(BETWEEN)
    said = "my name is Jo and I pay with "
    for group in data.draw(groups(number)):
        said += group + data.draw(between)
    [left] = kept(CARDS, f"{said.rstrip()}{end}")
    assert digits_left([left]) == "", left
    assert left.startswith("my name is Jo and I pay with [card number]")


@MANY
@given(data=st.data(), number=card_numbers())
def test_no_card_number_survives_in_several_turns(data, number):
    spelled = data.draw(groups(number))
    assume(len(spelled) > 2)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(spelled) - 1), min_size=1, max_size=3)))
    said = []
    for first, last in zip([0, *cuts], [*cuts, len(spelled)], strict=True):
        lead = data.draw(st.sampled_from(("", "and then ", "the next is ", "und dann ")))
        said += [lead + " ".join(spelled[first:last]), "> Yes, go on."]
    assert digits_left(kept(CARDS, *said)) == ""


@MANY
@given(number=card_numbers(), cut=st.integers(9, 12))
def test_a_card_number_that_breaks_off_does_not_survive(number, cut):
    beginning = number[:cut]
    said = ("> What is your card number?", beginning)
    assert digits_left(kept(CARDS, *said)) == ""
    assert digits_left(kept(CARDS, *said, is_over=False)) == ""


@given(number=card_numbers())
def test_a_number_that_is_read_back_or_repeated_in_part_does_not_survive(number):
    said = (
        f"it is {number}",
        f"> So that is {number[:4]} {number[4:8]}, {number[8:]}. Right?",
        f"no, I mean it ends in {number[-5:]}",
    )
    assert digits_left(kept(CARDS, *said)) == ""


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (
            (
                "4111... hold on, let me see... double one 11",
                "> Yes?",
                "11 11, sorry, a second",
                "> Go on.",
                "1 1 1 1",
            ),
            [
                "[card number]... hold on, let me see... [card number]",
                "Yes?",
                "[card number], sorry, a second",
                "Go on.",
                "[card number]",
            ],
        ),
        (
            ("Visa 4111 1111 1111 1111 expires 12/27, CVV 123",),
            ["Visa [card number] expires [expiry date], CVV [security code]"],
        ),
        (
            ("4111111111111111", "> And the expiry date?", "December 2027"),
            ["[card number]", "And the expiry date?", "[expiry date]"],
        ),
        (
            ("> Your card, please.", "> What is the security code?", "eins zwei drei"),
            ["Your card, please.", "What is the security code?", "[security code]"],
        ),
        (
            ("4111111111111111", "> Thanks, and?", "oh four twenty eight", "1 2 3"),
            ["[card number]", "Thanks, and?", "[card number]", "[card number]"],
        ),
        (
            ("Meine Karte: einundvierzig elf, viermal die eins, 1111 1111, gültig bis 04/28",),
            ["Meine Karte: [card number], gültig bis [expiry date]"],
        ),
    ],
)
def test_what_is_said_with_a_card_goes_with_it(said, left):
    assert kept(CARDS, *said) == left


def test_a_digit_that_was_not_understood_saves_no_card_number():
    wrong = "4111 1111 1111 1112"
    assert kept(CARDS, "> Your card number?", wrong)[1] == "[card number]"
    assert kept(CARDS, f"the parcel is {wrong}") == [f"the parcel is {wrong}"]


def test_of_cards_alone_other_numbers_stay():
    said = "call me at 415 555 0132, my customer number is 12345678"
    assert kept(CARDS, said) == [said]


def test_what_may_become_a_card_number_waits():
    settled = ("5551234567", "> And your name?", "Anna it is", "when", "do you open")
    assert kept(CARDS, settled[0], is_over=False) == ["[card number]"]
    assert kept(CARDS, *settled, is_over=False)[0] == settled[0]


# --- other numbers ------------------------------------------------------------------------------


@MANY
@given(data=st.data(), number=st.text("0123456789", min_size=11, max_size=16))
def test_no_dictated_number_survives(data, number):
    between = st.sampled_from((" ", "-", " - ", ", ", "/", " and "))
    said = "it is " + data.draw(between).join(data.draw(groups(number)))
    assert digits_left(kept(NUMBERS, said)) == ""


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (("my number is four one five", "> Yes?", "555 0132"), "[number]"),
        (("my number is four one five", "> I'll call you back. Yes?", "5 0132"), "[number]"),
        (("call 0171 23 45 67 8",), "[number]"),
        (("meine Kontonummer ist null acht fünfzehn vier sieben elf",), "[number]"),
        (("+49 (0)30 123 456-78, please",), "[number]"),
    ],
)
def test_numbers_in_pieces_and_words(said, left):
    result = kept(NUMBERS, *said)
    assert digits_left(result) == ""
    assert left in result[0]


ORDINARY = (
    "I'd like a table for 4 at 7:30 on 12 May 2027, please.",
    "We are open from 9:00 to 17:30, and on Saturdays from nine to five thirty.",
    "That is $1,234.56, or 12,500 euros, or 45 dollars and 90 cents.",
    "I was born on 12.05.1984 and moved here in 2019.",
    "The appointment is on 2027-05-17 at 10:30, or 05/17/2027.",
    "I live at 221 Baker Street, flat 12, third floor.",
    "The house costs two hundred and fifty thousand euros.",
    "Wir haben von 8 bis 17 Uhr geöffnet, am 24. Dezember 2026 bis 12 Uhr.",
    "Das kostet 12.500 Euro, also 20 Prozent weniger als neunzehnhundertneunzig.",
    "Ich brauche zwei oder drei Zimmer für elf Personen.",
    "On May twelve twenty twenty seven at ten thirty.",
    "One moment, I have one question, or two.",
    "In 1999, 2004 and 2012 we were here, in 2019-2021 not.",
    "It takes 15 to 20 minutes, 30 at most, and 25000 kilometers on foot.",
    "Between 100 and 200 people come.",
)


@pytest.mark.parametrize("said", ORDINARY)
def test_ordinary_sentences_survive(said):
    assert kept(ALL, said) == [said]


@MANY
@given(
    hour=st.integers(0, 23), minute=st.integers(0, 59), day=st.integers(1, 31),
    month=st.integers(1, 12), year=st.integers(1900, 2099), cents=st.integers(0, 99),
    euros=st.integers(0, 9999), house=st.integers(1, 999),
)  # fmt: skip
def test_any_time_date_price_year_and_house_number_survives(
    hour, minute, day, month, year, cents, euros, house
):
    said = (
        f"See you at {hour}:{minute:02} on {day}.{month}.{year}, "
        f"it costs {euros}.{cents:02} euros, "
        f"I live at {house} Main Street since {year}, "
        f"that was {year}-{month:02}-{day:02}."
    )
    assert kept(ALL, said) == [said]


def test_a_table_for_four_and_an_hour_are_no_number():
    said = ("a table for 4", "> When?", "7 30 tomorrow")
    assert kept(ALL, *said)[0::2] == list(said[0::2])


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (("My name is Anna Smith, hi", "> Hi Anna!"), ["My name is [name], hi", "Hi [name]!"]),
        (
            ("> May I have your name?", "anna müller-schmidt", "> Thanks, Ms Müller-Schmidt."),
            ["May I have your name?", "[name]", "Thanks, Ms [name]."],
        ),
        (
            ("> And how do you spell it?", "S M I T H", "> S, M, I, T, H?"),
            ["And how do you spell it?", "[name]", "[name]?"],
        ),
        (("it's S as in Sam, M as in Mike",), ["it's [name]"]),
        (("Ja, Anna Smith am Apparat",), ["Ja, [name] am Apparat"]),
        (("I'm Dr. Smith, John Smith",), ["I'm Dr. [name]"]),
        (("Name: Anna Smith",), ["Name: [name]"]),
        (
            ("Hier spricht Jürgen Groß, ich hätte gern einen Termin",),
            ["Hier spricht [name], ich hätte gern einen Termin"],
        ),
        (("Ich bin gerade da und heiße Petra",), ["Ich bin gerade da und heiße [name]"]),
        (("I'm calling about a bill, this is Will", "> Will you hold, Will?"),
         ["I'm calling about a bill, this is [name]", "[name] you hold, [name]?"]),
    ],
)  # fmt: skip
def test_names_that_callers_give_of_themselves(said, left):
    assert kept(NAMES, *said) == left


@pytest.mark.parametrize(
    "said",
    ["I'm calling about my bill", "Is Doctor Baker in today?", "this is about the invoice",
     "Ich bin Kunde bei Ihnen und möchte bestellen", "I am not sure, is it open?"],
)  # fmt: skip
def test_other_names_and_no_names_survive(said):
    assert kept(NAMES, said) == [said]


# --- what is kept of a beginning ----------------------------------------------------------------


@given(cut=st.integers(0, 40))
def test_the_beginning_of_a_text_keeps_no_part_of_a_number(cut):
    said = "it is 4111 1111 1111 1111, thank you"
    [spans] = find([Text(Role.AGENT, said)], CARDS, is_over=True).spans
    whole, beginning = replaced(said, spans), replaced(said, spans, up_to=cut)
    assert whole.startswith(beginning)
    assert "4" not in beginning


@example(beginning="4111111111111111")
@given(beginning=st.text("0123456789", min_size=12, max_size=18))
def test_the_check_digit_makes_a_card_number(beginning):
    number = "4" + beginning[1:]
    right = number + check_digit(number)
    assert kept(CARDS, f"order {right}") == ["order [card number]"]
