"""JSON from outside: what it may be is checked before it is parsed."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicex.bounds.bounded_json import MAX_DEPTH, UnusableJson, loads

BYTES = 100_000
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_what_the_standard_parser_reads_is_read_alike(value):
    text = json.dumps(value)
    assert loads(text, max_bytes=BYTES) == value
    assert loads(text.encode("utf-8-sig"), max_bytes=BYTES) == value


@given(st.text() | st.binary())
def test_anything_else_is_refused_with_one_error(text):
    with suppress(UnusableJson):
        loads(text, max_bytes=BYTES)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested"),
        ('{"a":' * 100_000, "longer"),
        ('{"a":' * 2_500, "nested"),
        ("1" * 31, "digits"),
        ("1e999", "too large"),
        ("NaN", "NaN"),
        ("-Infinity", "Infinity"),
        ('{"a": 1, "a": 2}', "twice"),
        ('["\\ud800"]', "half"),
        ("é" * 60_000, "longer"),
        (b"\xff", "UTF-8"),
        ('"\ud800"', "UTF-8"),
        ("[1,]", "not JSON"),
        ("", "not JSON"),
    ],
)
def test_what_is_refused_is_named(text, problem):
    with pytest.raises(UnusableJson, match=problem):
        loads(text, max_bytes=BYTES)


def test_brackets_within_texts_are_no_depth():
    assert loads(json.dumps(["[" * 100, '"[\\"' * 40]), max_bytes=BYTES)


@pytest.mark.parametrize("unit", ['"', "[", "{", '\\"', '"\\', "]", '":', "[]"])
def test_looking_at_the_depth_takes_no_longer_than_the_text(unit):
    text = unit * (400_000 // len(unit))
    started = time.process_time()
    with pytest.raises(UnusableJson):
        loads(text, max_bytes=500_000)
    assert time.process_time() - started < 1
