"""Documents in JSON or YAML: read in the child, as far as they are needed, or refused."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from agents.compiler import documents
from agents.compiler.documents import read_document
from agents.compiler.process import Compiler

YAML = str(Path(find_spec("yaml").origin).parent)


def read(text):
    return read_document(text, YAML)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": [1, true, null]}', {"a": [1, True, None]}),
        ("a: [1, yes, 2026-05-04]\nb:\n  c: |\n    x\n", {"a": ["1", "yes", "2026-05-04"],
                                                           "b": {"c": "x\n"}}),
        ("{a: 1}", {"a": "1"}),
        ("- a\n- {b: []}", ["a", {"b": []}]),
        ("hello", "hello"),
        ("", None),
        ("a: 1\n---\nb: 2", {"a": "1"}),
        ('{"a": "\\ud800x"}', {"a": "?x"}),
        ('{"a": NaN, "b": 1' + "0" * 5_000 + "}", {"a": "NaN", "b": "1" + "0" * 1_999}),
    ],
)  # fmt: skip
def test_what_is_read(text, document):
    assert read(text) == {"document": document}


@pytest.mark.parametrize(
    "text",
    [
        "a: b: c",
        "\x00",
        "a: &a [x]\nb: *a",
        "a: " + "[" * (documents.MAX_DEPTH + 1),
        '{"a": ' + "[" * 40 + "]" * 40 + "}",
        '{"a": ' + "[" * 50_000,
        "- a\n" * documents.MAX_EVENTS,
        "? [a]\n: b",
    ],
)
def test_what_is_refused(text):
    assert read(text) == {"problem": documents.UNREADABLE}


def test_texts_lists_and_objects_are_cut():
    many = {f"n{number}": "x" * 3_000 for number in range(documents.MAX_ENTRIES + 5)}
    found = read(json.dumps({"a": many, "b": [0] * 500}))["document"]
    assert len(found["a"]) == documents.MAX_ENTRIES
    assert len(found["a"]["n0"]) == documents.MAX_TEXT
    assert len(found["b"]) == documents.MAX_LISTED


def test_the_child_has_yaml_and_the_longest_document_is_read_in_time():
    """It has half a second of a core, and 64 MB."""
    line = "  - {a: b, c: [d, e]}\n"
    longest = "x:\n" + line * min(199_000 // len(line), documents.MAX_EVENTS // 9 - 2)
    compiler = Compiler()
    try:
        given = {"text": longest, "yaml_folder": YAML}
        [first, *_] = compiler.ask("read", given)["document"]["x"]
    finally:
        compiler.close()
    assert first == {"a": "b", "c": ["d", "e"]}
