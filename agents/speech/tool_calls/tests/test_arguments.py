"""Arguments of tools as models write them."""

from agents.speech.tool_calls.arguments import objects_in, unwrapped

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
