"""Tool calls that come again: in pieces, as they grow, or thousands in a line."""

import json

import pytest

from agents.engines.chat import tool_calls
from agents.engines.chat.tests.test_tools_of_chats import function, read
from agents.engines.chat.tool_calls import (
    LONGEST_ARGUMENTS,
    MOST_CALLS,
    MOST_OF_A_FRAME,
    ToolCalls,
)
from agents.engines.conversation import ToolCall


@pytest.mark.parametrize("part", ["delta", "message"])
def test_a_line_of_thousands_of_calls_is_looked_at_to_a_bound(monkeypatch, part):
    read_texts = []

    def counting(text):
        read_texts.append(text)
        return real(text)

    real = tool_calls._object
    monkeypatch.setattr(tool_calls, "_object", counting)
    long = json.dumps({"text": "x" * (LONGEST_ARGUMENTS - 100)})
    found = read({"tool_calls": [{"index": at, **function("one", long)} for at in range(8)]})
    assert len(found.all()) == MOST_CALLS
    read_texts.clear()
    again = [{"index": 0, **function("one", f'{{"a":{at}}}')} for at in range(10_000)]
    found.take({part: {"tool_calls": again}})
    assert 0 < len(read_texts) <= 4 * MOST_OF_A_FRAME
    assert read_texts.count(long) <= MOST_CALLS


def test_arguments_in_pieces_of_messages_are_joined():
    found = ToolCalls()
    for piece in ('{"day":', '"Mon', 'day"}'):
        found.take({"message": {"tool_calls": [{"index": 0, **function("one", piece)}]}})
    assert found.all() == (ToolCall("one", '{"day":"Monday"}'),)


def test_a_message_that_repeats_what_cannot_be_read_repeats_it():
    both = [function("one", "Monday"), function("two", "Sunday")]
    found = read({"tool_calls": both})
    found.take({"message": {"tool_calls": both}})
    assert found.all() == (ToolCall("one", "Monday"), ToolCall("two", "Sunday"))


@pytest.mark.parametrize("form", [dict, json.dumps])
def test_arguments_that_grow_as_objects_are_those_of_one_call(form):
    grown = ({"a": "x"}, {"a": "xy"}, {"a": "xy", "b": 1}, {"a": "xy", "b": 1, "c": "z"})
    deltas = [{"tool_calls": [{"index": 0, **function("one", form(each))}]} for each in grown]
    assert read(*deltas).all() == (ToolCall("one", '{"a":"xy","b":1,"c":"z"}'),)
