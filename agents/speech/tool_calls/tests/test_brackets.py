"""Brackets of calls: each closes where it is looked for alone, and none is read over and over."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.speech.tool_calls import brackets
from agents.speech.tool_calls.brackets import Closings, OpenBracket, end_of_brackets
from agents.speech.tool_calls.narrated import NarratedCalls
from agents.speech.tool_calls.written import MOST_NAMES, WrittenCall, calls_in, quoted_in

SIGNS = "(()))''\"\"\\ ,a\n"


@given(st.text(alphabet=SIGNS, max_size=60))
def test_a_bracket_closes_at_one_place_whoever_looks_and_however_it_comes(text):
    closings = Closings(text)
    for found in re.finditer(r"(?<!\\)\(", text):
        begin = found.start()
        whole = end_of_brackets(text, begin)
        assert closings.end_in(text, begin) == whole
        grows = OpenBracket(begin)
        ends = (grows.end_in(text[:size]) for size in range(begin + 1, len(text) + 1))
        assert next(filter(None, ends), None) == whole


def test_what_closes_too_far_away_does_not_close():
    text = "(" + "a" * brackets.LONGEST + ")"
    assert Closings(text).end_in(text, 0) is None
    assert Closings(text[1:]).end_in(text[1:], 0) is None
    text = "(" + "a" * (brackets.LONGEST - 2) + ")"
    assert Closings(text).end_in(text, 0) == end_of_brackets(text, 0) == brackets.LONGEST


class Counted:
    """A pattern that counts what it finds: steps over a text."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.steps = pattern, 0

    def finditer(self, *args):
        for found in self.pattern.finditer(*args):
            self.steps += 1
            yield found


@pytest.fixture
def counted(monkeypatch):
    pattern = Counted(brackets._SIGN)
    monkeypatch.setattr(brackets, "_SIGN", pattern)
    return pattern


@pytest.mark.parametrize("unit", ["(", "'(\"", "\\'(", "')", "a'   (", "hang_up('"])
def test_a_held_call_is_read_once_however_small_its_deltas(unit, counted):
    text = ("hang_up(" + unit * 6_000)[:6_000]
    narrated = NarratedCalls(("hang_up",))
    for character in text:
        narrated.push(character)
    assert 0 < counted.steps <= 6 * len(text)


@pytest.mark.parametrize("unit", ["a_(", "a_('", "a_(\\'", '\na_({"', "a_(\n"])
def test_names_with_open_brackets_read_a_text_once_for_all(unit, counted):
    text = unit * (16_000 // len(unit))
    calls_in(text, ("a_",))
    quoted_in([WrittenCall("a_", "{}")], [text])
    NarratedCalls(("a_",)).push(text)
    narrated = NarratedCalls(("a_",))
    narrated.push(text[:7_900])
    narrated.flush()
    assert 0 < counted.steps <= 8 * len(text)


def test_a_call_behind_more_than_is_read_counts_as_quoted():
    call = WrittenCall("a_", '{"x":1}')
    assert quoted_in([call], ["a_(y=1) " * 20 + "a_(x=1)"]) == {call}
    assert quoted_in([call], ["a_(y=1) " * 20]) == frozenset()
    assert quoted_in([call], ["a_(y=1) " * 900 + "a_(x=1)"]) == {call}
    assert quoted_in([call], ["a_ " * (MOST_NAMES + 1) + "a_(x=1)"]) == {call}
