"""What a voice gets of a text, and how a small voice is helped with numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.text.speakable import in_words, phone_groups, speakable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**Bold** and _quiet_ and `code`", "Bold and quiet and code"),
        ("# Hours\n\n- Monday\n- Tuesday", "Hours, Monday, Tuesday"),
        ("1. Call us\n2. Come by", "Call us, Come by"),
        ("See [our page](https://x.com/a?b=c)!", "See our page!"),
        ("Visit https://smile.com now", "Visit smile.com now"),
        ("Great 😀👍🏽 news ☎️", "Great news"),
        ("<b>Hello</b> there", "Hello there"),
        ("5*3 is 15, and 5 * 3 too", "5*3 is 15, and 5 * 3 too"),
        ("20°C, isn't it?", "20°C, isn't it?"),
        ("| a | b |\n|---|---|\n| c | d |", "a, b, c, d"),
        ("Café – naïve", "Café – naïve"),
        ("1. Call us\n2. Come by\n3. Pay", "Call us, Come by, Pay"),
        ("- 3 rooms\n- 2 baths", "3 rooms, 2 baths"),
        ("12. They are free for guests.", "12. They are free for guests."),
        ("24. Dezember ist zu.", "24. Dezember ist zu."),
        ("1. Mai: zu\n2. Mai: zu", "1. Mai: zu, 2. Mai: zu"),
        ("1. Stock\n2. Stock", "1. Stock, 2. Stock"),
        ("1. Call us", "1. Call us"),
        ("- 3 degrees", "- 3 degrees"),
        ("Write to <info@x.com> or <you and me>", "Write to info@x.com or you and me"),
        ("№ 5 at 20℃", "№ 5 at 20℃"),
        ("😀", ""),
        ("---", ""),
    ],
)
def test_markup_is_not_spoken(written, said):
    assert speakable(written) == said


@given(
    st.lists(
        st.sampled_from(("We ", "12. ", "5", ". ", "\n", "Mai ", "- ", "3 ", "No. ", "x")),
        max_size=9,
    )
)
def test_no_digit_is_lost_unless_it_numbers_a_list(parts):
    text = "".join(parts)
    is_list = len(re.findall(r"(?m)^\s*(?:\d+\. )+\s*[A-Za-z]", text)) > 1
    digits = re.sub(r"\D", "", speakable(text))
    assert is_list or digits == re.sub(r"\D", "", text)


@given(st.text())
def test_what_is_speakable_has_no_needless_space(text):
    said = speakable(text)
    assert said == said.strip()
    assert "  " not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Call 555-0142.", "Call five five five, zero one four two."),
        ("(415) 555-0132", "four one five, five five five, zero one three two"),
        ("+1 415 555 0132", "plus one, four one five, five five five, zero one three two"),
        ("4155550132", "four one five, five five five, zero one three two"),
        ("1-800-555-0199!", "one, eight zero zero, five five five, zero one nine nine!"),
        ("Call 911.", "Call nine one one."),
        ("Open 9:00-17:00, Mon-Fri.", "Open 9:00 to 5 p.m., Monday to Friday."),
        ("Mon–Thu 9-5, Sat 10-2", "Monday to Thursday 9 to 5, Saturday 10 to 2"),
        ("Closed on Fri. We rest.", "Closed on Friday. We rest."),
        ("9am-5pm or noon–2pm", "9am to 5pm or noon to 2pm"),
        ("$5–$10", "$5 to $10"),
        ("Austin, TX 78701", "Austin, TX seven eight seven zero one"),
        ("the code AB12-C9", "the code A B one two C nine"),
        ("www.smile.com/new", "W W W dot smile dot com slash new"),
        ("info@bright-smile.com", "info at bright dash smile dot com"),
        ("12 Oak Ave., Apt. 3, on Jan. 5th", "12 Oak Avenue, apartment 3, on January 5th"),
        ("at 17:45", "at 5:45 p.m."),
        ("at 00:15", "at 12:15 a.m."),
    ],
)
def test_what_the_voice_misreads_is_written_out(written, said):
    assert in_words(written) == said


@pytest.mark.parametrize(
    "text",
    [
        "It is $12.50, or $1,250 a month.",
        "At 9:30 on 12/05/2025, or 2025-03-04.",
        "The Sun shone while we sat.",
        "Room 42B, an MP3, 1,000,000 people in 1999.",
        "Twenty-four seven, 24/7, 50%.",
        "It may be 12:30 p.m. already.",
    ],
)
def test_what_the_voice_reads_well_stays(text):
    assert in_words(text) == text


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        ("", []),
        ("911", ["911"]),
        ("5550142", ["555", "0142"]),
        ("4155550132", ["415", "555", "0132"]),
        ("14155550132", ["1", "415", "555", "0132"]),
        ("442079460018", ["44", "207", "946", "0018"]),
    ],
)
def test_phone_numbers_are_said_in_groups(digits, groups):
    assert phone_groups(digits) == groups
