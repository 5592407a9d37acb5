"""What an English voice says for what is written."""

import pytest

from agents.speech.said.said import in_words

MONEY = [
    ("3.50 EUR", "three euros and fifty cents"),
    ("It is $12.50, or $1,250 a month.", "It is twelve dollars and fifty cents, or one thousand "
     "two hundred fifty dollars a month."),
    ("$1,299.99", "one thousand two hundred ninety-nine dollars and ninety-nine cents"),
    ("1.299,99 €", "one thousand two hundred ninety-nine euros and ninety-nine cents"),
    ("€3,50", "three euros and fifty cents"),
    ("$0.99", "ninety-nine cents"),
    ("$1.01", "one dollar and one cent"),
    ("$1", "one dollar"),
    ("£3", "three pounds"),
    ("5 dollars", "five dollars"),
    ("-$5", "minus five dollars"),
    ("$5–$10", "five to ten dollars"),
    ("$50/month", "fifty dollars per month"),
    ("$1.5 million", "one point five million dollars"),
    ("$5M", "five million dollars"),
    ("CHF 20", "twenty Swiss francs"),
    ("75¢", "seventy-five cents"),
]  # fmt: skip
TIMES = [
    ("at 9:30", "at nine thirty"),
    ("at 9:05", "at nine oh five"),
    ("9:00", "nine o'clock"),
    ("at 14:30:15", "at two thirty p.m. and fifteen seconds"),
    ("at 9:05:01", "at nine oh five and one second"),
    ("at 17:45", "at five forty-five p.m."),
    ("at 00:15", "at twelve fifteen a.m."),
    ("00:00", "midnight"),
    ("12:00", "twelve o'clock"),
    ("9am-5pm", "nine a.m. to five p.m."),
    ("noon–2pm", "noon to two p.m."),
    ("We close at 5 pm.", "We close at five p.m."),
    ("at 9 a.m. Monday", "at nine a.m. Monday"),
    ("It may be 12:30 p.m. already.", "It may be twelve thirty p.m. already."),
    ("Open 9:00-17:00, Mon-Fri.", "Open nine to five p.m., Monday to Friday."),
    ("Mon–Thu 9-5, Sat 10-2", "Monday to Thursday nine to five, Saturday ten to two"),
    ("Closed on Fri. We rest.", "Closed on Friday. We rest."),
]
DATES = [
    ("on 12/24", "on December twenty-fourth"),
    ("from 12/24 to 12/26", "from December twenty-fourth to December twenty-sixth"),
    ("on 12/05/2025, or 2025-03-04.",
     "on December fifth, twenty twenty-five, or March fourth, twenty twenty-five."),
    ("24.12.2026", "December twenty-fourth, twenty twenty-six"),
    ("05/06/26", "May sixth, twenty twenty-six"),
    ("born on 05/06/85", "born on May sixth, nineteen eighty-five"),
    ("December 24, 2026", "December twenty-fourth, twenty twenty-six"),
    ("the 24th of December", "the twenty-fourth of December"),
    ("on Jan. 5th", "on January fifth"),
    ("March 3-5", "March third to fifth"),
    ("in May 2026", "in May twenty twenty-six"),
    ("3rd", "third"),
    ("the 1990s", "the nineteen nineties"),
    ("the '90s", "the nineties"),
    ("in 1999", "in nineteen ninety-nine"),
    ("the 1900s", "the nineteen hundreds"),
    ("the 00s", "the zero zero s"),
    ("on 99/99/2026", "on ninety-nine/ninety-nine/twenty twenty-six"),
    ("45th of March", "forty-fifth of March"),
    ("in 2005", "in two thousand five"),
    ("1990-2000", "nineteen ninety to two thousand"),
]  # fmt: skip
TELEPHONE = [
    ("+49 30 1234567", "plus four nine, three zero, one two three, four five six seven"),
    ("555-0142", "five five five, zero one four two"),
    ("Call 555-0142.", "Call five five five, zero one four two."),
    ("(415) 555-0132", "four one five, five five five, zero one three two"),
    ("+1 415 555 0132", "plus one, four one five, five five five, zero one three two"),
    ("4155550132", "four one five, five five five, zero one three two"),
    ("14155550132", "one, four one five, five five five, zero one three two"),
    ("+442079460018", "plus four four, two zero, seven nine four six, zero zero one eight"),
    ("1-800-555-0199!", "one, eight zero zero, five five five, zero one nine nine!"),
    ("Call 911.", "Call nine one one."),
    ("ext. 12", "extension one two"),
]
ADDRESSES = [
    ("info@example.com", "info at example dot com"),
    ("info@bright-smile.com", "info at bright dash smile dot com"),
    ("anna_m@mail.co.uk", "anna underscore m at mail dot co dot U K"),
    ("www.example.com/menu", "W W W dot example dot com slash menu"),
    ("smile.de", "smile dot D E"),
    ("12 Oak Ave., Apt. 3", "twelve Oak Avenue, apartment three"),
    ("742 Evergreen Terrace", "seven forty-two Evergreen Terrace"),
    ("1204 Oak St", "twelve oh four Oak Street"),
    ("Room 304", "Room three oh four"),
    ("1000 Oak Street", "one thousand Oak Street"),
    ("Austin, TX 78701", "Austin, TX seven eight seven zero one"),
    ("TX 78701-1234", "TX seven eight seven zero one, one two three four"),
    ("SW1A 1AA", "S W one A, one A A"),
    ("St. John", "Saint John"),
    ("on Main St.", "on Main Street."),
]
NUMBERS = [
    ("20%", "twenty percent"),
    ("10-20%", "ten to twenty percent"),
    ("1/2", "one half"),
    ("1 1/2 cups", "one and a half cups"),
    ("3/4", "three quarters"),
    ("24/7", "twenty-four seven"),
    ("-5°C", "minus five degrees Celsius"),
    ("72°F", "seventy-two degrees Fahrenheit"),
    ("100 km/h", "one hundred kilometers per hour"),
    ("1 kg", "one kilogram"),
    ("2.5 kg", "two point five kilograms"),
    ("3-5 days", "three to five days"),
    ("3.5", "three point five"),
    ("1,000,000 people", "one million people"),
    ("10:1", "ten to one"),
    ("5*3", "five times three"),
    ("~5 minutes", "about five minutes"),
    ("> $20", "more than twenty dollars"),
    ("No. 7", "number seven"),
    ("#5", "number five"),
    ("§ 5", "section five"),
    ("R&D", "R and D"),
    ("version 2.0.1", "version two point zero point one"),
    ("007", "zero zero seven"),
    ("1234567890123456", "one two three four, five six seven eight, nine zero one two, "
     "three four five six"),
]  # fmt: skip
NAMES = [
    ("Dr. Smith", "Doctor Smith"),
    ("e.g. a dog", "for example a dog"),
    ("A4", "A four"),
    ("COVID-19", "COVID nineteen"),
    ("AB-1234", "A B, one two three four"),
    ("the code AB12-C9", "the code A B one two, C nine"),
    ("Your code is 4711.", "Your code is four seven one one."),
    ("order #48213", "order number four eight, two one three"),
    ("to order 1500 chairs", "to order fifteen hundred chairs"),
    ("confirmation 123456", "confirmation one two three, four five six"),
    ("Room 42B, an MP3", "Room forty-two B, an MP three"),
    ("H2O", "H two O"),
    ("4111 1111 1111 1111", "four one one one, one one one one, one one one one, one one one one"),
    ("DE89 3704 0044 0532 0130 00", "D E eight nine, three seven zero four, zero zero four four, "
     "zero five three two, zero one three zero, zero zero"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said"), [*MONEY, *TIMES, *DATES, *TELEPHONE, *ADDRESSES, *NUMBERS, *NAMES]
)
def test_what_is_written_is_said_as_people_say_it(written, said):
    assert in_words(written, "en") == said
    assert in_words(said, "en") == said, "what is said already stays"


# Deliberately: voices read these well, or nothing tells what is meant.
@pytest.mark.parametrize(
    "text",
    [
        "The Sun shone while we sat.",
        "Mr. Miller of Acme Inc. and Mrs. Jones.",
        "Ask NASA or the FBI.",
        "It is a well-known and/or new one.",
        "Wait... no.",
        "We may march in May.",
        "I am here. No, it is not. He said so.",
    ],
)
def test_words_are_left_as_they_are(text):
    assert in_words(text, "en") == text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("on 05/06/2026", "on the fifth of June, twenty twenty-six"),
        ("on 24/12", "on the twenty-fourth of December"),
        ("on 12/24/2026", "on the twenty-fourth of December, twenty twenty-six"),
        ("250 rooms", "two hundred and fifty rooms"),
        ("£1,250.50", "one thousand two hundred and fifty pounds and fifty pence"),
        ("020 7946 0018", "zero two zero, seven nine four six, zero zero one eight"),
    ],
)
@pytest.mark.parametrize("language", ["en-GB", "en-AU"])
def test_elsewhere_the_day_comes_first(written, said, language):
    assert in_words(written, language) == said
