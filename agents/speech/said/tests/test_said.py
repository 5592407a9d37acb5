"""Every digit reaches the voice, in any text; and the agent's own list comes first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.said.length import said_length, said_until
from agents.speech.said.numbers import cardinal, digit_by_digit, ordinal, parted, year
from agents.speech.said.pronunciation import (
    ADDED,
    LINES,
    Fault,
    FaultInLine,
    fault_in,
    pronounced,
)
from agents.speech.said.said import Said, in_words
from agents.speech.said.telephone import groups
from agents.speech.text.speakable import speakable

LANGUAGES = ("en", "en-GB", "de")
WORDS = (
    "rooms",
    "Zimmer",
    "on",
    "am",
    "Uhr",
    "EUR",
    "May",
    "Mai",
    "code",
    "St.",
    "No.",
    "Nr.",
    "Fr.",
    "und",
    "bis",
    "to",
    "II",
    "King Ann",
    "kg",
    "h",
)
SIGNS = (
    " ",
    ".",
    ",",
    "-",
    "/",
    ":",
    "%",
    "$",
    "€",
    "+",
    "(",
    ")",
    " - ",
    "°C",
    "'",
    "x",
    "A",
    "^",
    "e",
    "²",
    "=",
)
NUMBERS = st.integers(0, 99_999).map(str) | st.sampled_from(("007", "00", "1,000", "2.5", "24."))
TEXTS = st.lists(st.sampled_from((*WORDS, *SIGNS)) | NUMBERS, max_size=12).map("".join)


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_no_digit_is_left_for_the_voice_to_guess(text, language):
    assert not re.search("[0-9]", in_words(text, language)), "a digit is not in words"


@given(st.integers(0, 10**9), st.sampled_from(LANGUAGES))
def test_the_words_of_a_number_are_said(number, language):
    digits = str(number)
    parts = (cardinal(number, language), year(number, language), digit_by_digit(digits, language))
    said = in_words(f"We have {digits} of them", language).replace(",", "")
    assert said in {f"We have {part} of them" for part in parts}


@given(st.lists(st.integers(0, 9_999), min_size=1, max_size=6), st.sampled_from(LANGUAGES))
def test_each_of_several_numbers_is_said_in_its_place(numbers, language):
    said = in_words("; ".join(f"item {number}" for number in numbers), language).split("; ")
    assert len(said) == len(numbers)
    for number, words in zip(numbers, said, strict=True):
        assert words in {f"item {say(number, language)}" for say in (cardinal, year)}


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_every_word_is_still_there(text, language):
    said = in_words(f"hello {text} world", language)
    assert said.startswith("hello ")
    assert said.endswith(" world")


@given(TEXTS)
def test_another_language_loses_no_digit(text):
    text = speakable(text)
    assert re.sub(r"\D", "", in_words(text, "fr")) == re.sub(r"\D", "", text)


@pytest.mark.parametrize("language", ["fr", "es-MX", "pl", "zh"])
def test_other_languages_keep_their_numbers_but_for_telephones(language):
    assert in_words("3,50 EUR, 24.12.2026, 20 %", language) == "3,50 EUR, 24.12.2026, 20 %"
    assert in_words("01 42 68 53 00", language) == "0 1, 4 2, 6 8, 5 3, 0 0"


def test_ordinals_of_british_english_have_their_and():
    assert ordinal(105, "en-GB") == "one hundred and fifth"
    assert ordinal(105, "en") == "one hundred fifth"


@pytest.mark.parametrize(
    "written",
    [
        "**Call** us: *5 rooms* 😀",
        "# Prices\n- 5 EUR",
        "Press `5` now → ~~then~~ wait",
    ],
)
def test_markup_never_reaches_the_voice(written):
    assert not re.search(r"[*#_`~|<>→😀]", Said("en")(written))


LIST = "Voicex = voice ex\nGmbH = G M B H\nVoicex Pro = voice ex professional\n24/7=round the clock"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Voicex is here", "voice ex is here"),
        ("VOICEX or voicex", "voice ex or voice ex"),
        ("Voicex Pro", "voice ex professional"),
        ("Voicexes", "Voicexes"),
        ("Acme GmbH.", "Acme G M B H."),
        ("open 24/7", "open round the clock"),
        ("5 rooms at **Voicex**", "five rooms at voice ex"),
    ],
)
def test_the_agents_own_list_comes_first(written, said):
    assert Said("en", LIST)(written) == said


def test_a_list_is_taken_as_far_as_it_is_one():
    assert pronounced("C++ and Ada", "C++ = see plus plus\nnonsense\n = x\nAda =\n") == (
        "see plus plus and Ada"
    )


def test_a_list_makes_no_hour_of_a_sentence():
    text = "a b " * 200
    said = pronounced(text, f"a = {'x' * 100}\nb = see")
    assert said.startswith(f"{'x' * 100} see")
    assert len(said) <= len(text) + ADDED


def test_a_replacement_is_no_pattern():
    assert pronounced("a.b and axb", "a.b = \\1 \\g<0>") == "\\1 \\g<0> and axb"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", None),
        ("\n\na = b\n", None),
        (LIST, None),
        ("a = b\nhello", FaultInLine(Fault.FORM, 2)),
        ("= b", FaultInLine(Fault.FORM, 1)),
        ("a =", FaultInLine(Fault.FORM, 1)),
        ("a" * 61 + " = b", FaultInLine(Fault.WRITTEN, 1)),
        ("a = " + "b" * 121, FaultInLine(Fault.SPOKEN, 1)),
        ("a = b\nA = c", FaultInLine(Fault.TWICE, 2)),
        ("\n".join(f"a{n} = b" for n in range(LINES)), None),
        ("\n".join(f"a{n} = b" for n in range(LINES + 1)), FaultInLine(Fault.LINES, LINES + 1)),
    ],
)
def test_what_is_wrong_with_a_list_is_found_by_its_line(text, fault):
    assert fault_in(text) == fault


@pytest.mark.parametrize("text", ["Hello there", "$1,299.99", "Call 555-0142 now", "a 20 % b"])
def test_what_was_said_grows_with_its_share(text):
    ends = [said_until(text, share / 20) for share in range(21)]
    assert ends == sorted(ends)
    assert (ends[0], ends[-1]) == (0, len(text))


def test_a_number_takes_as_long_as_its_words():
    written = "The total is $1,299.99 today"
    said = in_words(written, "en")
    assert said_length(written) == pytest.approx(len(said), rel=0.4)
    # In the middle of the sound the price is being said: it was not heard whole.
    assert said_until(written, 0.6) < written.index(" today")


@pytest.mark.parametrize("language", ["en", "en-GB", "de", "fr"])
@pytest.mark.parametrize(
    "written",
    ["+999123456789", "+4912", "+490301234567", "0301234567", "15551234567", "7911123456", "0123"],
)
def test_a_number_that_no_country_has_keeps_its_digits_in_groups(written, language):
    assert "".join(groups(written, language)) == written.removeprefix("+")


@pytest.mark.parametrize(
    ("written", "decimal", "parts"),
    [
        ("1.234.567", ".", ("1234567", "")),
        ("1,234,567", ",", ("1234567", "")),
        ("1.299,99", ".", ("1299", "99")),
        ("3.50", ",", ("3", "50")),
    ],
)
def test_a_mark_that_comes_twice_is_no_point(written, decimal, parts):
    assert parted(written, decimal) == parts


def test_years_beyond_those_that_people_halve_are_counted():
    assert year(900, "en") == "nine hundred"
    assert year(900, "de") == "neunhundert"


def test_a_list_without_a_pair_changes_nothing():
    assert Said("en", "no pair\n= \n")("abc") == "abc"
