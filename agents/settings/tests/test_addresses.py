"""Settings that are mail addresses: read from any spelling, refused in words."""

import pytest

from agents.settings.kinds import addresses_in
from agents.settings.labels import value_in_words
from agents.settings.table import settings_of
from agents.settings.validation import problem_of, problems_of

NOTIFY, *_ = settings_of("messages")


@pytest.mark.parametrize(
    "text",
    [
        "a@example.com, b@example.org",
        "a@example.com;b@example.org",
        " a@example.com\n b@example.org\n",
    ],
)
def test_they_may_stand_apart_in_any_way(text):
    assert addresses_in(text) == ("a@example.com", "b@example.org")
    assert problem_of(NOTIFY, text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ann", "“ann” isn’t an email address"),
        ("a@example.com, @example.com", "“@example.com”"),
        ('"call me now"@example.com', "isn’t an email address"),
        (", ".join(f"a{number}@example.com" for number in range(11)), "At most 10 addresses"),
    ],
)
def test_what_is_no_address_is_named(text, said):
    assert said in problem_of(NOTIFY, text)
    assert any(said in each for each in problems_of({"messages": {"notify": text}}))


def test_the_same_address_counts_once():
    assert problem_of(NOTIFY, "a@example.com " * 40) == ""


def test_an_empty_value_says_who_is_told():
    assert value_in_words(NOTIFY, "") == "the organization’s owners"
    assert value_in_words(NOTIFY, "a@example.com b@example.org") == "a@example.com, b@example.org"
