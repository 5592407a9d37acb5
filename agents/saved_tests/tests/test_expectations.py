"""What an answer must have, and a model's verdict about it."""

import pytest

from agents.saved_tests.expectations import Kind, problems_of
from agents.saved_tests.judging import request, verdict

ANSWER = "We're open Monday to Friday, 9 AM to 5:30 PM. On Sundays we are closed!"


def found(answer=ANSWER, *, must="", must_not="", language="en"):
    problems = problems_of(answer, must=must, must_not=must_not, language=language)
    return [(each.kind, each.text) for each in problems]


@pytest.mark.parametrize(
    "must",
    [
        "closed",
        "CLOSED\n\n  Monday   to Friday ",
        "9 a.m.",
        "nine AM",
        "half past five | five thirty",
        "open | shut",
    ],
)
def test_words_are_found_as_they_are_written_or_said(must):
    assert found(must=must) == []


@pytest.mark.parametrize("must", ["close", "9 PM", "Tuesday", "open Sundays"])
def test_what_is_not_there_is_missing(must):
    assert found(must=must) == [(Kind.MISSING, must)]


def test_what_must_not_be_there_is_found():
    assert found(must_not="closed\nTuesday") == [(Kind.FORBIDDEN, "closed")]
    assert found("", must_not="closed") == []


def test_german_is_compared_as_it_is_said_too():
    said = "Wir haben bis siebzehn Uhr dreißig geöffnet, ein Termin kostet 20 €."
    assert found(said, must="17:30 Uhr\nzwanzig Euro", language="de") == []


def test_a_tool_that_is_called_is_part_of_the_answer():
    assert found('One moment.\n[find_order {"id": "7"}]', must="find_order") == []


@pytest.mark.parametrize(
    ("written", "meets"),
    [
        ('{"meets": true, "why": "It says so."}', True),
        ('I think {this} fits.\n```json\n{"meets": false, "why": "No."}\n```', False),
        ("Yes.", None),
        ('{"meets": "true"}', None),
        ("{" * 5_000, None),
        ("", None),
    ],
)
def test_a_verdict_is_read_wherever_it_stands(written, meets):
    verdict_of = verdict(written)
    assert (verdict_of and verdict_of[0]) == meets


def test_a_judge_reads_the_conversation_line_by_line():
    asked = request("It says nine.", [("caller", "When?"), ("agent", "At\nnine.")])
    assert asked.splitlines()[1:3] == ["caller: When?", "agent: At nine."]
