"""Arguments of tools as models write them."""

import pytest

from agents.speech.tool_calls.arguments import (
    keywords_in,
    name_in,
    object_in,
    objects_in,
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
    ],
)
def test_an_object_is_read_in_the_forms_that_models_write(text, expected):
    assert object_in(text) == expected


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
