"""Values that a server printed."""

import pytest

from agents.engines.openai.printed_values import is_printed, value_in


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': [1, None, True]}", {"a": [1, None, True]}),
        ("b'abc'", b"abc"),
        ("Chunk(id='x', choices=[Choice(index=-1)])", {"id": "x", "choices": [{"index": -1}]}),
        ("Answer(finish_reason=<Reason.STOP: 'STOP'>)", {"finish_reason": "STOP"}),
    ],
)
def test_a_value_is_what_was_printed(text, value):
    assert is_printed(text)
    assert value_in(text) == value


@pytest.mark.parametrize(
    "text", [r"content='it\'s' id='1'", "AIMessageChunk(content=\"it's\", id='1')"]
)
def test_a_message_is_a_chunk(text):
    assert is_printed(text)
    assert value_in(text) == {"choices": [{"index": 0, "delta": {"content": "it's"}}]}


@pytest.mark.parametrize(
    "text",
    [
        "Chunk(a=open('x'))",
        "Chunk(a=[x for x in y])",
        "Chunk(a=b.c)",
        "Chunk(*a)",
        "Chunk(a=1",
        "(" * 300,
        "Chunk(a='" + "x" * 9_000 + "')",
        "We open at nine.",
    ],
)
def test_anything_else_is_none(text):
    assert value_in(text) is None


@pytest.mark.parametrize("text", ["We (all) open at=nine", "Open(9)", "contents='x'", "{1}"])
def test_words_are_no_printed_value(text):
    assert not is_printed(text)
