"""Card numbers that are dictated with other words between their groups, and ordinary talk."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.conversation import Role
from agents.redaction.conversation import Kind, find, replaced
from agents.redaction.runs import scan
from agents.redaction.tests.spelled_numbers import card_numbers, spellings
from agents.redaction.tests.test_redaction import ALL, CARDS, kept
from agents.redaction.texts import Text

MANY = settings(max_examples=80, deadline=None)
ENGLISH = (
    "The first four are ", ". Then come ", ", the next four digits are ", ", after that it's ",
    ", followed by ", ", and lastly ", ". The rest is ", ", and the last four: ", " next comes ",
)  # fmt: skip
GERMAN = (
    "Die ersten vier sind ", ", danach kommt ", ", die nächsten Ziffern sind ", ", gefolgt von ",
    ". Dann habe ich ", " und zum Schluss ", ", und die letzten vier lauten ", ". Weiter geht es: ",
)  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        (
            "> Could you read me the card number?",
            "My card number: the first four are 4111, the next four are 1111, then 1111, and the "
            "last four are 1111.",
        ),
        ("> Your card number?", "It's 4111 1111, and the rest is 1111 1111."),
        ("> Your card number?", "4111 1111. Did you get that? 1111 1111."),
        ("> Your card number?", "4111 then 1111 followed by 1111 and lastly 1111."),
        (
            "> Ihre Kartennummer?",
            "Die ersten vier sind 4111, danach kommt 1111, dann noch 1111, am Ende 1111.",
        ),
        ("> Your card number?", "4111 1111", "> And the rest?", "Yes it's a Visa. 1111 1111."),
        (
            "The first four are 4111.", "> Yes?", "The next four are 1111.", "> Yes?", "Then 1111.",
            "> ok", "And the last four are 1111.",
        ),
        ("> Your card?", "The first four 4111. The next four 1111, next four 2234, last four 1234"),
        ("> Your card?", "4111 are the first, 1999 the next, and then there's 2014, am Ende 1234"),
        ("> Your Amex card?", "first 3782, then comes 822463 and at the end there's 10005"),
    ],
)  # fmt: skip
def test_no_card_number_survives_the_words_around_its_groups(said):
    assert not re.search(r"\d\d", " ".join(kept(CARDS, *said)))


@pytest.mark.parametrize(
    "said",
    [
        # Another number is named between the halves, or even asked for.
        ("> Your card number?", "4111 1111", "> Thanks, and the account is yours?", "1111 1111"),
        ("> Your card number?", "4111 1111", "> I have your order number, go on.", "1111 1111"),
        ("> Your card number?", "4111 1111", "> And what is your order number?", "1111 1111"),
        ("> Your card number?", "4111", "> And your customer number?", "1111 1111",
         "> And your order number?", "1111"),
        ("> Ihre Kartennummer?", "4111 1111", "> Und Ihre Kundennummer?", "1111 1111"),
        # A digit was misheard, or it breaks off.
        ("> Your card number?", "4111 1111", "> Thanks, and the account is yours?", "1111 1112"),
        ("> Your card number?", "4111 1111", "> I have your order number, go on.", "1111 1112"),
        ("> Ihre Karte?", "4111 1111", "> Die Kundennummer habe ich, weiter.", "1111 1112"),
        ("The card on my account is 4111 1111 1111 1112.",),
        ("My Visa account number is 4111 1111 1111 1112.",),
        ("It's a Visa. The account number is 4111 1111 1111 1112.",),
        ("The card for that account is 4111 1111 1111.",),
        ("Die Karte zu dem Auftrag ist 4111 1111 1111 1112.",),
        ("Just in case no one hears me: 4111 1111 1111 111",),
        ("> Wie ist die IBAN oder Kartennummer, Konto ist auch gut?", "4111 1111 1111 1112"),
    ],
)  # fmt: skip
def test_no_other_number_that_is_named_saves_a_card_number(said):
    assert not re.search(r"\d\d", " ".join(kept(CARDS, *said)))


def test_a_number_that_may_still_become_a_cards_waits_whatever_it_is_called():
    said = ["I pay by card.", "> And your order number?", "4111 1111"]
    assert kept(CARDS, *said, is_over=False)[2] == "[card number]"
    assert kept(CARDS, *said)[2] == said[2]
    between = [*said, "> And your customer number?"]
    assert kept(CARDS, *between, is_over=False)[2] == "[card number]"
    texts = [Text(Role.CALLER, said[2]), Text(Role.AGENT, "And your customer number?")]
    assert find(texts, CARDS, is_over=False).unsettled == 0


@MANY
@given(
    data=st.data(),
    number=card_numbers().filter(lambda digits: len(digits) == 16),
    leads=st.sampled_from((ENGLISH, GERMAN)),
    is_in_turns=st.booleans(),
    is_misheard=st.booleans(),
)
def test_no_card_number_survives_in_whatever_words(data, number, leads, is_in_turns, is_misheard):
    if is_misheard:
        number = number[:-1] + str((int(number[-1]) + 1) % 10)
    said = [""]
    for start in range(0, 16, 4):
        lead = leads[0] if not start else data.draw(st.sampled_from(leads[1:]))
        group = data.draw(st.sampled_from(spellings(number[start : start + 4])[:6]))
        said[-1] += lead + group
        if is_in_turns:
            said += ["> Yes, go on.", ""]
    left = kept(CARDS, "> Your card number, please?", *[each for each in said if each])
    assert not [run for text in left for run in scan(text).runs if len(run.digits) > 2], left


def test_the_first_group_waits_for_those_that_may_follow():
    said = ["> Your card number?", "The first four are 4111.", "> Yes?"]
    assert kept(CARDS, *said, is_over=False)[1] == "The first four are [card number]."
    texts = [Text(Role.AGENT, said[0][2:]), Text(Role.CALLER, said[1]), Text(Role.AGENT, "Yes?")]
    assert find(texts, CARDS, is_over=False).unsettled == 1
    # And no longer than that: these may stay.
    assert kept(CARDS, *said)[1] == said[1]
    more = ["I can't find it.", "> No hurry.", "Never mind.", "> Sure.", "Do you open", "> At 9."]
    assert kept(CARDS, *said, *more, is_over=False)[1] == said[1]


# --- what stays ---------------------------------------------------------------------------------

CONVERSATIONS = (
    ("> How would you like to pay?", "With my Visa. I was born in 1984, moved in 2001, and paid "
     "1200 and 1350 then."),
    ("> Which card?", "The Mastercard ending in 4242, the next one ends in 1881.", "> 4242, right?",
     "Yes, the one with the last four 4242."),
    ("> Pay by card?", "Yes. First order 4512 came, then order 3301, and lastly order 2207."),
    ("Is it on my card?", "> What is your order number?", "45678901", "> Your customer number?",
     "My customer number is 23456781."),
    ("Mit Karte bitte.", "> Ihre Bestellnummer?", "45678901.", "> Und dann Ihre Kundennummer?",
     "Das ist die 23456781, Postleitzahl 4055."),
    ("I pay by card.", "> And your order number?", "451234567890", "> Thanks, go on.", "Right."),
    ("> Pay by card?", "Yes.", "> Please tell me your order number.", "451234567890", "Right?"),
    ("> Mit Karte?", "Ja.", "> Nennen Sie mir bitte die Kundennummer.", "451234567890", "Ja?"),
    ("I paid with my Visa. My order number is 451234567890.", "> Yes?", "It is late."),
    ("I paid with my Visa.", "> Yes?", "My order is 451234567890, it is late."),
    ("Mit Karte bezahlt. Die Rechnungsnummer ist 451234567890.", "> Ja?", "Sie fehlt."),
    ("> Paid with your Visa. Your order number is 451234567890.", "Thanks."),
    ("> Your card is fine. Your order number?", "45678901", "> Your customer number?", "23456782",
     "Right?"),
    ("I paid with my card on 12.05.2024 at 20:15, then on 13.05.2024 at 21:45, last at 22:30.",),
    ("Mit meiner Karte, erst 2.400 Euro, dann 1350 Euro, danach 4200 Euro, zuletzt 5100 Euro.",),
    ("> Card or cash?", "Card. Call me first at 415 555 0132, then at 212 555 0199, or text."),
    ("The first one is from 2019, the next from 2021, then 2022 and at last 2024. On my card.",),
    ("First I took the 4512, then the 3301, then I changed to the 2207, and at the end the 5566.",),
    ("Room 3301 or room 4512, with my card, then breakfast at 7:30 and the taxi at 10:15.",),
)  # fmt: skip


@pytest.mark.parametrize("said", CONVERSATIONS)
def test_ordinary_conversations_keep_their_numbers(said):
    assert kept(CARDS, *said) == [each.removeprefix("> ") for each in said]


SENTENCES = (
    "I paid {amount} euros with my card in {year}.",
    "My order number is {order}, and then there was one more.",
    "It says order {order}, from {year}, and the next is order {other}.",
    "First call me at {area} 555 {last}, after that by mail.",
    "Meine Kundennummer ist {order}, danach bin ich umgezogen.",
    "Die Rechnungsnummer {order} ist vom {day}.{month}.{year}, dann kam die nächste.",
    "I live at {house} Main Street, zip code {zip}, and was born in {year}.",
    "Then at {hour}:30, or the next day at {hour}:45, please.",
    "Die ersten 10 kosten {amount} Euro, die nächsten {amount},50 Euro.",
    "Das Zimmer {house} war im Jahr {year} frei, danach nicht mehr.",
    "The last time it was {amount}.90 dollars, the first time ${amount}.",
)


@MANY
@given(data=st.data(), is_card_spoken_of=st.booleans())
def test_years_prices_orders_and_telephone_numbers_survive(data, is_card_spoken_of):
    said = ["> Do you pay by card?" if is_card_spoken_of else "> How can I help?"]
    for sentence in data.draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=5)):
        said.append(
            sentence.format(
                amount=data.draw(st.integers(1, 9_999)),
                year=data.draw(st.integers(1900, 2099)),
                order=data.draw(st.text("0123456789", min_size=4, max_size=8)),
                other=data.draw(st.text("0123456789", min_size=4, max_size=8)),
                area=data.draw(st.integers(200, 999)),
                last=data.draw(st.text("0123456789", min_size=4, max_size=4)),
                zip=data.draw(st.text("0123456789", min_size=5, max_size=5)),
                house=data.draw(st.integers(1, 999)),
                day=data.draw(st.integers(1, 28)),
                month=data.draw(st.integers(1, 12)),
                hour=data.draw(st.integers(0, 23)),
            )
        )
        said.append("> I see.")
    assert kept(CARDS, *said) == [each.removeprefix("> ") for each in said]


def test_all_kinds_together_still_know_a_card():
    said = "My name is Anna. The first four are 4111, the next four 1111, then 1111, then 1111."
    [text] = [Text(Role.CALLER, said)]
    [spans] = find([text], ALL, is_over=True).spans
    assert "4111" not in replaced(said, spans)
    assert Kind.NAMES in ALL
