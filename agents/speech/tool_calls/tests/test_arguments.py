"""Arguments of tools as models write them."""

import pytest

from agents.speech.tool_calls.arguments import (
    keywords_in,
    name_in,
    object_in,
    objects_in,
    offered_name,
    unwrapped,
)

DAY = {"day": "Monday"}


def test_arguments_are_taken_out_of_a_call_around_them():
    for around in ("arguments", "parameters", "kwargs"):
        assert unwrapped({around: DAY}, "hours") == DAY
    assert unwrapped({"name": "hours", "arguments": DAY}, "hours") == DAY
    assert unwrapped({"name": "Ada", "arguments": DAY}, "hours") == {
        "name": "Ada",
        "arguments": DAY,
    }
    assert unwrapped({"arguments": "none"}, "hours") == {"arguments": "none"}


def test_objects_of_several_calls_are_told_apart():
    assert objects_in('{"day": "Monday"} {"day": "Tuesday"}') == [DAY, {"day": "Tuesday"}]
    for one in (
        '{"day": "Monday"}',
        '{"day": "Monday"}{"day": "Monday"}',
        "{}{}",
        '{"a": 1} {"b"',
        "",
    ):
        assert objects_in(one) == []
    assert objects_in('{"a": 1}{"b": 2} and so on') == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("null", {}),
        ("[]", {}),
        ("no object", None),
        ('[{"day": "Monday"}]', DAY),
        ('[{"day": "Monday"}, {}]', None),
        ('{"day": "Monday"', DAY),
        ('{"day": "Monday",}', DAY),
        ("{'day': 'Monday'}", DAY),
        ('{} {"day": "Monday"} and so on', DAY),
        ("{} and so on", {}),
        ('"{\\"day\\": \\"Monday\\"}"', DAY),
        ("[" * 1_000, None),
        ("{&quot;day&quot;: &quot;Monday&quot;}", DAY),
        ('{"text": "Tom &amp; Ann&#39;s"}', {"text": "Tom & Ann's"}),
        ('{"text": "&amp;amp;"}', {"text": "&amp;"}),  # once
        ('{"texts": [{"a": "&lt;3"}], "n": 5}', {"texts": [{"a": "<3"}], "n": 5}),
        ('{"text": "AT&T; R&D &co"}', {"text": "AT&T; R&D &co"}),
        ("&quot;", None),
    ],
)
def test_an_object_is_read_in_the_forms_that_models_write(text, expected):
    assert object_in(text) == expected


def test_texts_of_merged_calls_are_unescaped_too():
    assert objects_in('{"a": "x &amp; y"}{"a": "z"}') == [{"a": "x & y"}, {"a": "z"}]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("opening_hours", "opening_hours"),
        ("OpeningHours", "opening_hours"),
        ("opening-hours", "opening_hours"),
        ("opening_hoursopening_hours", "opening_hours"),
        ("hours", "hours"),
        ("take_message", "take_message"),  # which one of two is meant nobody knows
        ("TakeMessage", "TakeMessage"),
        ("", ""),
    ],
)
def test_a_tool_is_known_in_another_spelling_of_its_name(written, name):
    offered = ("opening_hours", "take_message", "take-message")
    assert offered_name(written, offered) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("hours", "hours"),
        ("functions.hours:0", "hours"),
        ("hours<|channel|>commentary", "hours"),
        ('hours(day="Monday")', "hours"),
        ("opening hours", "opening_hours"),
        ("<hours>", ""),
    ],
)
def test_a_name_is_read_without_what_is_around_it(written, name):
    assert name_in(written) == name


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('(day="Monday")', DAY),
        ('({"day": "Monday"})', DAY),
        ("(**rest)", None),
        ("", None),
        ('("Monday")', None),
        ('("Monday", again=True)', None),
        ("(day=today)", None),
    ],
)
def test_keywords_are_read_where_each_has_a_name_and_a_value(call, expected):
    assert keywords_in(call) == expected
