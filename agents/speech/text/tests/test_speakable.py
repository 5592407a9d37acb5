"""What of a text is for a voice, and what only for the eye."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.text.speakable import phone_groups, speakable


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
        ("*5 rooms* and *5* or 5 *3", "5 rooms and 5 or 5 *3"),
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
        ("Settings → Network -> Wi-Fi", "Settings, Network, Wi-Fi"),
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


def test_a_sign_before_a_number_is_no_quote_and_a_power_stays():
    assert speakable(">100 guests") == ">100 guests"
    assert speakable("> a quote") == "a quote"
    assert speakable("10^6 is a million") == "10^6 is a million"
