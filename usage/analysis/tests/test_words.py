"""What a call came to, in words."""

import json

import pytest

from usage.analysis.words import summary_of, value_in_words, values_of
from usage.models import CallAnalysis

Author = CallAnalysis.Author


def test_a_models_summary_stands_as_it_is():
    found = CallAnalysis(author=Author.MODEL, outcome="message", summary="Wants a crown.")
    assert summary_of(found) == "Wants a crown."


@pytest.mark.parametrize(
    ("outcome", "first", "expected"),
    [
        (
            "answered",
            "Are you open?",
            "The caller’s first request: “Are you open?”. The agent answered.",
        ),
        ("not_helped", "", "The agent couldn’t help."),
        ("abandoned", "", "The caller said nothing."),
        (
            "abandoned",
            "Are you open?",
            "The caller’s first request: “Are you open?”. The caller hung up before an answer.",
        ),
    ],
)
def test_rules_say_what_was_asked_and_what_was_done(outcome, first, expected):
    found = CallAnalysis(author=Author.RULES, outcome=outcome, summary=first)
    assert summary_of(found) == expected


@pytest.mark.parametrize("stored", ["", "no JSON", "7", '[["name"]]', "null"])
def test_values_that_cannot_be_read_are_none(stored):
    assert values_of(CallAnalysis(field_values=stored)) == {}


def test_values_keep_the_order_in_which_they_were_declared():
    stored = json.dumps([["visitors", 1200], ["known", True], ["name", "Ada"]])
    values = values_of(CallAnalysis(field_values=stored))
    assert list(values) == ["visitors", "known", "name"]
    assert [value_in_words(value) for value in values.values()] == ["1200", "yes", "Ada"]
